#include "fovea/formats/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/part_folder.h"
#include "fovea/data/find_dataset.h"
#include "fovea/data/rle.h"
#include "fovea/formats/coco.h"
#include "fovea/formats/csv.h"
#include "fovea/formats/folders.h"
#include "fovea/formats/text.h"
#include "fovea/formats/voc.h"
#include "fovea/formats/yolo.h"

namespace fovea {
namespace {

std::vector<Split> read(const fs::path& in, Format format, const ConvertOptions& options,
                        Reading& reading) {
  switch (format) {
    case Format::coco:
      return read_coco_splits(in, options.images, reading);
    case Format::yolo:
      return read_yolo(in, reading);
    case Format::voc:
      return read_voc(in, options.voc_corners, reading);
    case Format::csv:
      return read_csv(in, reading);
    case Format::folders:
      return read_class_folders(in, reading);
  }
  return {};
}

void write(std::vector<Split> splits, const std::vector<CocoExtras>& extras,
           const ConvertOptions& options, Writing& writing) {
  switch (options.to) {
    case Format::yolo:
      return write_yolo(std::move(splits), options.yolo_lines, writing);
    case Format::voc:
      return write_voc(std::move(splits), options.voc_fractions, writing);
    case Format::csv:
      return write_csv(std::move(splits), writing);
    case Format::coco:
    case Format::folders:
      return write_coco_splits(splits, extras, writing);
  }
}

// ---- what only COCO has a place for ----

/// Whether the area that a reader of the target works out is the one that was there.
bool keeps_area(const Instance& instance, const Record& record, bool keeps_masks) {
  const Segmentation none;
  const Segmentation& mask = keeps_masks ? instance.segmentation : none;
  for (const std::vector<double>& polygon : mask.polygons) {
    for (const double coordinate : polygon) {
      if (std::abs(coordinate) > kMaxCoordinate) return false;
    }
  }
  const double area = object_area(mask, instance.box, record.height, record.width);
  return std::abs(area - instance.area) <= 1e-6 * std::abs(instance.area);
}

void count_areas_and_ids(const Split& split, const ConvertOptions& options, bool keeps_masks,
                         Losses& lost) {
  for (const Record& record : split.dataset.records) {
    lost.add(Loss::image_ids);
    for (const Instance instance : record.instances) {
      if (instance.crowd && options.to != Format::voc) continue;  // counted as a crowd
      lost.add(Loss::annotation_ids);
      if (!keeps_area(instance, record, keeps_masks)) lost.add(Loss::areas);
    }
  }
}

int64_t fields_in(const std::unordered_map<int64_t, CocoExtras::Fields>& others) {
  int64_t count = 0;
  for (const auto& [id, fields] : others) count += static_cast<int64_t>(fields.size());
  return count;
}

void count_extras(const CocoExtras& extras, Losses& lost) {
  lost.add(Loss::file_fields, static_cast<int64_t>(extras.file.size()));
  lost.add(Loss::image_fields, fields_in(extras.images));
  lost.add(Loss::annotation_fields, fields_in(extras.annotations));
  lost.add(Loss::category_fields, fields_in(extras.categories));
}

void count_coco_losses(const std::vector<Split>& splits, const std::vector<CocoExtras>& extras,
                       const ConvertOptions& options, Losses& lost) {
  const bool keeps_masks = options.to == Format::yolo &&
                           options.yolo_lines.value_or(lines_for(splits)) == YoloLines::outlines;
  for (const Split& split : splits) count_areas_and_ids(split, options, keeps_masks, lost);
  for (const CocoExtras& others : extras) count_extras(others, lost);
  const std::vector<Category>& categories = splits.front().dataset.categories;
  for (size_t i = 0; i < categories.size(); ++i) {
    if (categories[i].id != static_cast<int64_t>(i) + 1) lost.add(Loss::category_ids);
  }
}

// ---- the whole ----

/// Where a source lies: of a data.yaml or a .csv the folder too, whose pictures it names; of a COCO
/// file, which may lie anywhere, the file alone.
fs::path place_of(const fs::path& in, Format from) {
  if (fs::is_directory(in) || from == Format::coco) return in;
  return in.has_parent_path() ? in.parent_path() : fs::path(".");
}

void expect_name(const std::string& name, const fs::path& picture, Format to) {
  std::string_view what;
  const bool has_control = std::any_of(name.begin(), name.end(),
                                       [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (!is_text(name)) {
    what = "is no UTF-8 text";
  } else if (to == Format::voc && has_control) {
    what = "has a line end or another control character";
  } else {
    return;
  }
  fail(fmt::format("the name of the picture `{}` {}, which {} cannot hold",
                   shortened(picture.filename().string()), what, name_of(to)),
       "rename the picture");
}

/// Error for a picture whose name would not be read again as it is.
void expect_names(const std::vector<Split>& splits, Format to) {
  if (to == Format::yolo) return;  // it lists no names
  for (const Split& split : splits) {
    for (size_t i = 0; i < split.names.size(); ++i) {
      expect_name(split.names[i], split.dataset.records[i].path, to);
    }
  }
}

void count_read(const std::vector<Split>& splits, ConvertReport& report) {
  size_t classes = 0;
  for (const Split& split : splits) {
    ConvertReport::SplitCount count{.name = split.name, .images_read = std::ssize(split.names)};
    for (const Record& record : split.dataset.records) {
      count.objects_read += std::ssize(record.instances);
    }
    report.splits.push_back(std::move(count));
    classes = std::max(classes, split.dataset.categories.size());
  }
  if (classes > 0) return;
  fail(splits.front().dataset.file, "", "there is no object, and no list of the classes",
       fmt::format("list them in {}, a name a line", kClassNames));
}

void count_written(const Writing& writing, ConvertReport& report) {
  report.classes = writing.classes;
  for (size_t i = 0; i < writing.written.size(); ++i) {
    report.splits[i].images = writing.written[i].images;
    report.splits[i].objects = writing.written[i].objects;
  }
}

/// The format that was named, or the one that the layout tells, which is said.
void set_format(const fs::path& in, const ConvertOptions& options, ConvertReport& report,
                Log& log) {
  if (options.from) {
    report.from = *options.from;
  } else {
    GuessedFormat guess = guess_format(in);
    report.from = guess.format;
    report.guessed = std::move(guess.why);
    log.line(
        fmt::format("{}: taken for {}: {}", in.string(), name_of(report.from), report.guessed));
  }
  if (!options.images.empty() && report.from != Format::coco) {
    fail(fmt::format("--images is for annotations of COCO, and {} is {}", in.string(),
                     name_of(report.from)),
         "leave it out");
  }
}

}  // namespace

std::string_view name_of(Format format) {
  constexpr std::string_view kNames[] = {"coco", "yolo", "voc", "csv", "folders"};
  return kNames[static_cast<size_t>(format)];
}

GuessedFormat guess_format(const fs::path& in) {
  if (fs::is_directory(in) && !splits_of(in).empty()) {
    return {.format = Format::coco, .why = "it has COCO annotations"};
  }
  if (fs::is_regular_file(in) && in.extension() == ".json") {
    return {.format = Format::coco, .why = "it is a JSON file"};
  }
  if (const fs::path file = find_yolo_data(in); !file.empty()) {
    return {.format = Format::yolo, .why = "it has a " + file.filename().string()};
  }
  if (is_voc(in)) return {.format = Format::voc, .why = "it has XML annotations"};
  if (const auto files = find_csv(in); !files.empty() && is_box_csv(files.front().second)) {
    return {.format = Format::csv,
            .why = fmt::format("{} lists boxes", files.front().second.filename().string())};
  }
  if (is_class_folders(in)) {
    return {.format = Format::folders, .why = "it has folders of pictures and nothing else"};
  }
  fail(in, "", "has the layout of no format that is known",
       "see `fovea-data convert --help` for the layouts, or name one with --from");
}

ConvertReport convert(const fs::path& in, const fs::path& out, const ConvertOptions& options,
                      Log& log) {
  ConvertReport report;
  std::error_code error;
  if (!fs::exists(in, error)) fail(in, "", "no such file or folder", "check the name");
  set_format(in, options, report, log);
  std::vector<fs::path> outputs = options.outputs;
  outputs.push_back(out);
  expect_outside({place_of(in, report.from)}, outputs);
  expect_new_folder(out);
  Reading reading{.log = log,
                  .passed = {.skip = options.skip_bad},
                  .needs_pictures = options.pictures != Placing::none};
  std::vector<Split> splits = read(in, report.from, options, reading);
  expect_outside(reading.places, outputs);
  count_read(splits, report);
  expect_names(splits, options.to);
  PartFolder folder(out, options.to == Format::coco ? "annotations" : "");
  std::vector<CocoExtras> extras;
  if (report.from == Format::coco) {
    for (const Split& split : splits) extras.push_back(read_coco_extras(split.dataset.file));
  }
  Writing writing{.out = folder.path(), .lost = reading.lost};
  if (report.from == Format::coco && options.to != Format::coco) {
    count_coco_losses(splits, extras, options, writing.lost);
  }
  write(std::move(splits), extras, options, writing);
  count_written(writing, report);
  place_pictures(writing.pictures, options.pictures, log);
  folder.finish();
  report.lost = std::move(writing.lost);
  report.passed = std::move(reading.passed);
  report.remarks = std::move(reading.remarks);
  return report;
}

}  // namespace fovea
