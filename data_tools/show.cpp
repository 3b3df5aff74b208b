#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>
#include <set>

#include "commands.h"
#include "console.h"
#include "drawn_names.h"
#include "fovea/core/counted.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/parallel.h"
#include "fovea/core/part_folder.h"
#include "fovea/core/random.h"
#include "fovea/core/work_progress.h"
#include "fovea/curate/gallery.h"
#include "fovea/data/read_picture.h"
#include "fovea/image/encode.h"
#include "named_splits.h"
#include "outputs.h"

namespace fovea {
namespace {

struct ShowOptions {
  DatasetChoice data = {};
  std::string predictions = {};
  std::string iou_type = "bbox";
  double score = 0.3;
  std::vector<std::string> images = {};
  std::vector<std::string> classes = {};
  int64_t limit = 200;
  uint64_t seed = 0;
  bool first = false;
  fs::path out = {};
  fs::path html = {};
  GalleryOptions gallery = {};
  bool quiet = false;
};

bool is_picture_name(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

/// What is written must be new, and never among the data.
void expect_outputs(const ShowOptions& options, const SplitSource& source) {
  if (options.out.empty() && options.html.empty()) {
    fail("nothing says where the pictures should go",
         "name a folder with --out, or a page with --html");
  }
  expect_outside(options.data.dataset, source.images, {options.out, options.html});
  expect_different({{"DATASET", options.data.dataset},
                    {"--predictions", options.predictions},
                    {"--out", options.out},
                    {"--html", options.html}});
  expect_output_file(options.html);
  if (is_picture_name(options.out) && !fs::is_directory(options.out)) {
    expect_output_file(options.out);
  } else if (!options.out.empty() && fs::exists(options.out) &&
             !(fs::is_directory(options.out) && fs::is_empty(options.out))) {
    fail(options.out, "", "is there already and is no empty folder", "name a new folder");
  }
}

/// The split that is shown, and the folder of its pictures.
SplitSource source_of(const ShowOptions& options, Log& log) {
  const std::vector<SplitSource> sources = sources_of(options.data);
  const SplitSource& source = sources.front();
  if (source.images.empty()) {
    fail(source.annotations, "", "is shown on its pictures, but their folder is not known",
         "name it with --images");
  }
  if (sources.size() > 1) {
    log.line(fmt::format("showing the split `{}`; --split names another", source.name));
  }
  return source;
}

/// Labels by name. Error naming the nearest for one that there is not.
std::set<int64_t> labels_named(const std::vector<std::string>& wanted,
                               const std::vector<Category>& categories) {
  std::vector<std::string> known;
  known.reserve(categories.size());
  for (const Category& category : categories) known.push_back(category.name);
  std::set<int64_t> labels;
  for (const std::string& name : wanted) {
    const size_t before = labels.size();
    for (size_t label = 0; label < known.size(); ++label) {
      if (known[label] == name) labels.insert(static_cast<int64_t>(label));
    }
    if (labels.size() == before && std::find(known.begin(), known.end(), name) == known.end()) {
      fail(fmt::format("--class: there is no class `{}`", name), suggestion(name, known));
    }
  }
  return labels;
}

bool is_called(const Record& record, const std::string& wanted) {
  const fs::path path(record.path);
  return std::to_string(record.id) == wanted || path.filename() == wanted ||
         path.string().ends_with("/" + wanted);
}

/// The images that were asked for, in the order of the file.
std::vector<ShownImage> images_named(const std::vector<std::string>& wanted,
                                     const Dataset& dataset) {
  std::vector<bool> is_wanted(dataset.records.size(), wanted.empty());
  for (const std::string& name : wanted) {
    bool is_there = false;
    for (size_t i = 0; i < dataset.records.size(); ++i) {
      if (!is_called(dataset.records[i], name)) continue;
      is_wanted[i] = true;
      is_there = true;
    }
    if (!is_there) {
      fail(dataset.file, "", fmt::format("has no image with the id or file name `{}`", name),
           "give an id of \"images\", or a name as \"file_name\" has it");
    }
  }
  std::vector<ShownImage> images;
  for (size_t i = 0; i < dataset.records.size(); ++i) {
    if (is_wanted[i]) images.push_back({.record = &dataset.records[i]});
  }
  return images;
}

/// Only marks of these classes, and only images that have one.
void keep_classes(const std::set<int64_t>& labels, std::vector<ShownImage>& images) {
  if (labels.empty()) return;
  const auto is_other = [&](const Mark& mark) { return !labels.contains(mark.label); };
  for (ShownImage& image : images) {
    std::erase_if(image.truth, is_other);
    std::erase_if(image.found, is_other);
  }
  std::erase_if(images,
                [](const ShownImage& image) { return image.truth.empty() && image.found.empty(); });
}

/// At most so many, drawn by chance or the first ones, in the order of the file.
void keep_some(const ShowOptions& options, std::vector<ShownImage>& images) {
  if (options.limit == 0 || static_cast<int64_t>(images.size()) <= options.limit) return;
  const auto limit = static_cast<size_t>(options.limit);
  if (!options.first) {
    std::vector<int64_t> places =
        permutation(static_cast<int64_t>(images.size()), rng_for(Stream::order, options.seed));
    places.resize(limit);
    std::sort(places.begin(), places.end());
    std::vector<ShownImage> chosen;
    chosen.reserve(limit);
    for (const int64_t place : places) {
      chosen.push_back(std::move(images[static_cast<size_t>(place)]));
    }
    images = std::move(chosen);
  }
  images.resize(limit);
}

IouType type_of(const std::string& name) {
  return name == "segm" ? IouType::segm : name == "bbox" ? IouType::bbox : IouType::keypoints;
}

std::vector<ShownImage> shown_images(const ShowOptions& options, const Dataset& dataset) {
  const std::set<int64_t> labels = labels_named(options.classes, dataset.categories);
  std::vector<ShownImage> images = images_named(options.images, dataset);
  for (ShownImage& image : images) image.truth = marks_of(*image.record);
  if (!options.predictions.empty()) {
    const PredictionOptions reading{.iou_type = type_of(options.iou_type), .score = options.score};
    add_predictions(options.predictions, dataset, reading, images);
  }
  keep_classes(labels, images);
  keep_some(options, images);
  if (images.empty()) fail(dataset.file, "", "has no image with these classes", "name others");
  if (!options.predictions.empty()) {
    for (ShownImage& image : images) judge(image, type_of(options.iou_type));
  }
  return images;
}

/// "beach.jpg"; where that is taken "beach_17.jpg".
std::string file_name_of(const Record& record, std::set<std::string>& taken) {
  const std::string stem = fs::path(record.path).stem().string();
  std::string name = stem + ".jpg";
  for (int64_t number = record.id; !taken.insert(name).second; ++number) {
    name = fmt::format("{}_{}.jpg", stem, number);
  }
  return name;
}

/// Draws them into a folder, whole or absent, or one into a file.
void draw(const ShowOptions& options, const Dataset& dataset, const MarkNames& names,
          const std::vector<ShownImage>& images, Log& log) {
  const auto drawn = [&](const ShownImage& image) {
    return draw_shown(read_picture(dataset, *image.record), image, names, options.gallery.panels);
  };
  if (is_picture_name(options.out) && !fs::is_directory(options.out)) {
    if (images.size() != 1) {
      fail(options.out, "", fmt::format("is one picture, but {} are to be drawn", images.size()),
           "name one with --image, or a folder with --out");
    }
    return save_image(options.out, drawn(images.front()));
  }
  PartFolder folder(options.out);
  std::set<std::string> taken;
  std::vector<fs::path> files;
  files.reserve(images.size());
  for (const ShownImage& image : images) {
    files.push_back(folder.path() / file_name_of(*image.record, taken));
  }
  const auto count = static_cast<int64_t>(images.size());
  WorkProgress progress("draw", "images", count, log);
  in_parallel(count, [&](int64_t i) {
    save_image(files[static_cast<size_t>(i)], drawn(images[static_cast<size_t>(i)]));
    progress.add();
  });
  folder.finish();
}

/// What became of the predictions, one line.
std::string verdicts_of(const std::vector<ShownImage>& images) {
  int64_t right = 0;
  int64_t wrong = 0;
  int64_t missed = 0;
  for (const ShownImage& image : images) {
    for (const Mark& mark : image.truth) missed += mark.verdict == Verdict::missed ? 1 : 0;
    for (const Mark& mark : image.found) {
      right += mark.verdict == Verdict::right ? 1 : 0;
      wrong += mark.verdict == Verdict::wrong ? 1 : 0;
    }
  }
  return fmt::format("at IoU 0.5: {} found, {} missed, {} wrong\n", counted(right, "object"),
                     missed, counted(wrong, "prediction"));
}

void show(ShowOptions options) {
  ConsoleLog log(options.quiet ? ConsoleLog::Voice::quiet : ConsoleLog::Voice::normal);
  log.heed_signals();
  const SplitSource source = source_of(options, log);
  expect_outputs(options, source);
  const Dataset dataset = std::move(read_splits({source}, Look::at_pictures, log).front().dataset);
  const std::vector<ShownImage> images = shown_images(options, dataset);
  const MarkNames names = {.categories = dataset.categories,
                           .skeletons = read_skeletons(dataset.file, dataset.categories)};
  options.gallery.panels = options.predictions.empty() ? Panels::truth : Panels::truth_and_found;
  options.gallery.images_in_all = static_cast<int64_t>(dataset.records.size());
  options.gallery.title = fmt::format("{} of {}", source.name, dataset.file.filename().string());
  if (!options.html.empty()) {
    write_whole(options.html, gallery_page(images, names, options.gallery, log));
    fmt::print("{}: {} of {}\n", options.html.string(), counted(std::ssize(images), "picture"),
               dataset.records.size());
  }
  if (!options.out.empty()) {
    warn_of_missing_letters(dataset.categories, log);
    draw(options, dataset, names, images, log);
    fmt::print("{}: {} of {}\n", options.out.string(), counted(std::ssize(images), "picture"),
               dataset.records.size());
  }
  if (!options.predictions.empty()) fmt::print("{}", verdicts_of(images));
}

void add_choice(CLI::App& parser, ShowOptions& options) {
  parser.add_option("--image", options.images,
                    "only these: ids, or file names as the file has them");
  parser.add_option("--class", options.classes,
                    "only objects of these classes, on the images that have some");
  parser.add_option("--limit", options.limit, "pictures at most, drawn by chance; 0: all")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}))
      ->capture_default_str();
  CLI::Option* const seed =
      parser.add_option("--seed", options.seed, "of the chance; same seed, same pictures")
          ->capture_default_str();
  parser.add_flag("--first", options.first, "the first ones of the file instead")->excludes(seed);
}

void add_predictions_options(CLI::App& parser, ShowOptions& options) {
  CLI::Option* const predictions = parser.add_option(
      "--predictions", options.predictions,
      "a COCO results file, shown beside the truth: green what was found and what found it (IoU "
      "0.5, same class), orange and dashed what was missed, red what is wrong");
  parser.add_option("--score", options.score, "predictions below it are left out")
      ->needs(predictions)
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  parser
      .add_option("--iou-type", options.iou_type,
                  "what of the predictions is shown and compared: bbox, segm or keypoints (which "
                  "are compared by their boxes)")
      ->needs(predictions)
      ->check(CLI::IsMember({"bbox", "segm", "keypoints"}))
      ->capture_default_str();
}

}  // namespace

Command add_show(CLI::App& program) {
  const auto options = std::make_shared<ShowOptions>();
  CLI::App* parser = program.add_subcommand(
      "show", "Pictures with their annotations, and predictions beside the truth");
  parser->set_help_flag("--help,-h", "this text");
  parser
      ->add_option("DATASET|FILE.json", options->data.dataset,
                   "folder of a data set, or one COCO annotation file")
      ->required();
  parser->add_option("--split", options->data.split,
                     "split of DATASET: train, val, test (the first there is)");
  parser->add_option("--images", options->data.images, "folder of the pictures of FILE.json");
  parser->add_option("--out", options->out,
                     "new folder for a JPEG of each picture, or one .png or .jpg file");
  parser->add_option("--html", options->html,
                     "write one page to look through, which needs no other file and no network");
  add_choice(*parser, *options);
  add_predictions_options(*parser, *options);
  parser
      ->add_option("--thumbnail", options->gallery.thumbnail,
                   "longer side of the pictures on the page, pixels")
      ->check(CLI::Range(int64_t{32}, int64_t{4096}))
      ->capture_default_str();
  parser
      ->add_option("--large", options->gallery.large,
                   "the same of those that a click opens (0.1 MB each at 800); 0: the small ones, "
                   "enlarged")
      ->check(CLI::Range(int64_t{0}, int64_t{8192}))
      ->capture_default_str();
  parser->add_flag("--quiet", options->quiet, "no progress");
  return {parser, [options] {
            show(*options);
            return 0;
          }};
}

}  // namespace fovea
