#include "fovea/curate/finding_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fovea/core/error.h"
#include "fovea/core/json.h"
#include "fovea/data/rle.h"
#include "fovea/image/decode.h"
#include "fovea/image/draw.h"
#include "fovea/image/draw_shapes.h"
#include "fovea/image/draw_text.h"
#include "fovea/image/warp.h"

namespace fovea {
namespace {

namespace fs = std::filesystem;
using Kind = JsonValue::Kind;

constexpr int64_t kGap = 10;  // pixels between cells
constexpr Color kErrorColor = {214, 40, 57};
constexpr Color kOtherColor = {200, 110, 0};
constexpr uint8_t kGround = 70;  // grey where there is no picture

/// What a finding is about.
struct View {
  fs::path picture = {};
  std::optional<Box> box = {};  // of the object, pixels of the upright picture
  std::vector<std::vector<double>> polygons = {};
};

/// An annotation file, to look findings up in. Whatever in it is broken is left out.
class Annotations {
 public:
  Annotations(const fs::path& file, fs::path root)
      : document_(JsonDocument::read(file)), root_(std::move(root)) {
    images_ = items("images");
    annotations_ = items("annotations");
    for (const JsonValue& image : images_) {
      const auto id = image.is(Kind::object) ? image.find("id") : std::nullopt;
      if (id && id->is_whole()) place_of_id_.try_emplace(id->integer(), &image);
    }
  }

  /// `pointer` is "/images/3/file_name" or "/annotations/17/bbox".
  std::optional<View> look(std::string_view pointer) const {
    if (const auto image = entry(pointer, "/images/", images_)) return view_of(*image);
    const auto annotation = entry(pointer, "/annotations/", annotations_);
    if (!annotation) return std::nullopt;
    const auto id = annotation->find("image_id");
    if (!id || !id->is_whole()) return std::nullopt;
    const auto image = place_of_id_.find(id->integer());
    if (image == place_of_id_.end()) return std::nullopt;
    std::optional<View> view = view_of(*image->second);
    if (view) add_object(*annotation, *view);
    return view;
  }

 private:
  std::vector<JsonValue> items(std::string_view key) const {
    const JsonValue root = document_.root();
    const auto list = root.is(Kind::object) ? root.find(key) : std::nullopt;
    return list && list->is(Kind::array) ? list->items() : std::vector<JsonValue>();
  }

  static std::optional<JsonValue> entry(std::string_view pointer, std::string_view prefix,
                                        const std::vector<JsonValue>& list) {
    if (!pointer.starts_with(prefix)) return std::nullopt;
    pointer.remove_prefix(prefix.size());
    size_t index = 0;
    const auto read = std::from_chars(pointer.data(), pointer.data() + pointer.size(), index);
    if (read.ec != std::errc() || index >= list.size()) return std::nullopt;
    return list[index].is(Kind::object) ? std::optional(list[index]) : std::nullopt;
  }

  std::optional<View> view_of(const JsonValue& image) const {
    const auto name = image.find("file_name");
    if (!name || !name->is(Kind::text) || root_.empty()) return std::nullopt;
    return View{.picture = root_ / name->text()};
  }

  static std::vector<double> numbers_of(const JsonValue& list) {
    std::vector<double> numbers;
    if (!list.is(Kind::array)) return numbers;
    for (const JsonValue& item : list.items()) {
      if (!item.is(Kind::number)) return {};
      numbers.push_back(item.number());
    }
    return numbers;
  }

  static void add_object(const JsonValue& annotation, View& view) {
    if (const auto value = annotation.find("bbox")) {
      const std::vector<double> box = numbers_of(*value);
      if (box.size() == 4) view.box = {box[0], box[1], box[2], box[3]};
    }
    const auto mask = annotation.find("segmentation");
    if (!mask || !mask->is(Kind::array)) return;
    for (const JsonValue& polygon : mask->items()) {
      std::vector<double> corners = numbers_of(polygon);
      if (corners.size() >= 6 && corners.size() % 2 == 0) {
        view.polygons.push_back(std::move(corners));
      }
    }
  }

  JsonDocument document_;
  fs::path root_;
  std::vector<JsonValue> images_ = {};
  std::vector<JsonValue> annotations_ = {};
  std::unordered_map<int64_t, const JsonValue*> place_of_id_ = {};
};

/// Finds the pictures of findings; each annotation file is read once.
class Viewer {
 public:
  explicit Viewer(const SheetOptions& options) : options_(options) {}

  std::optional<View> look(const Finding& finding) {
    for (const auto& [file, root] : options_.image_roots) {
      const std::string prefix = file.string() + ":/";
      if (!finding.place.starts_with(prefix)) continue;
      return annotations(file, root)
          .look(std::string_view(finding.place).substr(prefix.size() - 1));
    }
    std::error_code error;
    if (!fs::is_regular_file(finding.place, error)) return std::nullopt;
    return View{.picture = finding.place};
  }

 private:
  const Annotations& annotations(const fs::path& file, const fs::path& root) {
    std::unique_ptr<Annotations>& read = read_[file];
    if (!read) read = std::make_unique<Annotations>(file, root);
    return *read;
  }
  const SheetOptions& options_;
  std::map<fs::path, std::unique_ptr<Annotations>> read_ = {};
};

/// The findings of each code in turn, errors before warnings; notes are nothing to look at.
std::vector<const Finding*> in_turn(const CheckReport& report) {
  struct Place {
    Severity severity;
    size_t round;  // how many of its code come before it
    const Finding* finding;
  };
  std::vector<Place> places;
  std::map<std::string_view, size_t> rounds;
  for (const Finding& finding : report.findings) {
    const Severity severity = defect_kind(finding.code).severity;
    if (severity == Severity::note || finding.code == defect::kNoJson) continue;
    places.push_back({severity, rounds[finding.code]++, &finding});
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::pair(a.severity, a.round) < std::pair(b.severity, b.round);
  });
  std::vector<const Finding*> order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.finding);
  return order;
}

/// Where the picture is looked at: all of it, or the surroundings of a small object.
Box part_to_show(const Image& image, const std::optional<Box>& box) {
  const auto height = static_cast<double>(image.height);
  const auto width = static_cast<double>(image.width);
  const Box all{.width = width, .height = height};
  if (!box || !std::isfinite(box->left + box->top + box->width + box->height)) return all;
  constexpr double kSurroundings = 8;  // times the object
  constexpr double kLeast = 64;        // pixels
  const double side = std::max({kSurroundings * box->width, kSurroundings * box->height, kLeast});
  const double x = box->left + box->width / 2;
  const double y = box->top + box->height / 2;
  const bool is_outside = x < 0 || y < 0 || x > width || y > height;
  if (is_outside || side >= std::min(width, height)) return all;
  return {.left = std::clamp(x - side / 2, 0.0, width - side),
          .top = std::clamp(y - side / 2, 0.0, height - side),
          .width = side,
          .height = side};
}

/// Tints the pixels inside the polygons, which are scaled with the picture.
void tint(Image& image, const std::vector<std::vector<double>>& polygons, Color color) {
  const PixelMask mask = pixels_of(rle_of(polygons, image.height, image.width));
  const std::array<uint8_t, 3> ink = {color.red, color.green, color.blue};
  for (size_t i = 0; i < mask.on.size(); ++i) {
    if (mask.on[i] == 0) continue;
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& value = image.pixels[3 * i + c];
      value = static_cast<uint8_t>((3 * value + 2 * ink[c]) / 5);
    }
  }
}

/// The picture with the object drawn; a grey ground where it cannot be read.
Image drawn(const View& view, Color color, int64_t cell) {
  Image image;
  try {
    image = decode_image(view.picture, {.truncated = Truncated::allow});
  } catch (const Error&) {
    return Image::filled(cell * 3 / 4, cell, kGround, kGround, kGround);
  }
  const Box part = part_to_show(image, view.box);
  const double scale = static_cast<double>(cell) / std::max(part.width, part.height);
  const auto side = [&](double pixels) {
    return std::max<int64_t>(1, static_cast<int64_t>(std::lround(pixels * scale)));
  };
  Image shown = warp(image, {scale, 0, -part.left * scale, 0, scale, -part.top * scale},
                     side(part.height), side(part.width), {kGround, kGround, kGround});
  std::vector<std::vector<double>> polygons = view.polygons;
  for (std::vector<double>& polygon : polygons) {
    for (size_t i = 0; i < polygon.size(); ++i) {
      polygon[i] =
          std::clamp((polygon[i] - (i % 2 == 0 ? part.left : part.top)) * scale, -1e6, 1e6);
    }
  }
  if (!polygons.empty()) tint(shown, polygons, color);
  if (view.box) {
    constexpr double kLeast = 5;  // pixels: a box without area is to be seen too
    const double left = (view.box->left - part.left) * scale;
    const double top = (view.box->top - part.top) * scale;
    draw_box(shown, left, top, left + std::max(kLeast, view.box->width * scale),
             top + std::max(kLeast, view.box->height * scale), color, 2);
  }
  return shown;
}

/// The problem without the picture's own path before it.
std::string_view short_problem(const Finding& finding, const fs::path& picture) {
  std::string_view problem = finding.problem;
  const std::string prefix = picture.string() + ": ";
  if (problem.starts_with(prefix)) problem.remove_prefix(prefix.size());
  return problem;
}

/// The picture of a finding, or two beside each other where it is about two.
Image picture_of(const Finding& finding, const View& view, Color color, int64_t cell) {
  if (finding.other.empty()) return drawn(view, color, cell);
  return tile({drawn(view, color, cell / 2), drawn({.picture = finding.other}, color, cell / 2)}, 2,
              0);
}

/// What is wrong, above the picture: code and defect on a ground of `color`, the problem, the file.
/// Long ones take several lines.
Image caption_of(const Finding& finding, const View& view, Color color, int64_t width) {
  constexpr int64_t kMargin = 6;  // pixels
  constexpr int64_t kRoom = 400;  // more than all lines together need
  constexpr Color kInk = {30, 30, 30};
  constexpr Color kPaleInk = {110, 110, 110};
  const DefectKind& kind = defect_kind(finding.code);
  const std::string title = fmt::format("{} {}", kind.code, kind.what);
  TextBlock block{.size = 13, .max_width = width - 2 * kMargin, .max_lines = 2};
  Image caption = Image::filled(kRoom, width, 255, 255, 255);
  int64_t y = draw_text(caption, kMargin, kMargin / 2, title, block) + kMargin;
  fill_rectangle(caption, 0, 0, static_cast<double>(width), static_cast<double>(y), color);
  block.ink = {255, 255, 255};
  draw_text(caption, kMargin, kMargin / 2, title, block);
  y += kMargin / 2;
  block = {.size = 12, .max_width = block.max_width, .max_lines = 5, .ink = kInk};
  y += draw_text(caption, kMargin, y, short_problem(finding, view.picture), block);
  block = {.size = 11, .max_width = block.max_width, .max_lines = 2, .ink = kPaleInk};
  y += draw_text(caption, kMargin, y, view.picture.filename().string(), block) + kMargin;
  caption.height = y;
  caption.pixels.resize(static_cast<size_t>(y * width * 3));
  return caption;
}

/// Caption and picture below each other.
struct Cell {
  Image caption = {};
  Image picture = {};
};

Cell cell_of(const Finding& finding, const View& view, const SheetOptions& options) {
  const bool is_error = defect_kind(finding.code).severity == Severity::error;
  const Color color = is_error ? kErrorColor : kOtherColor;
  return {.caption = caption_of(finding, view, color, options.cell),
          .picture = picture_of(finding, view, color, options.cell)};
}

/// Copies `image` to (left, top) of `page`, in which there is room for it.
void paste(const Image& image, int64_t left, int64_t top, Image& page) {
  for (int64_t y = 0; y < image.height; ++y) {
    std::copy_n(image.at(0, y), image.width * 3, page.at(left, top + y));
  }
}

/// Cells from left to right, each row as high as its highest one, captions beside each other.
Image page_of(const std::vector<Cell>& cells, const SheetOptions& options) {
  const auto columns = static_cast<size_t>(
      std::clamp<int64_t>(options.columns, 1, static_cast<int64_t>(cells.size())));
  Image page = Image::filled(kGap, static_cast<int64_t>(columns) * (options.cell + kGap) + kGap,
                             255, 255, 255);
  for (size_t row = 0; row < cells.size(); row += columns) {
    const size_t end = std::min(cells.size(), row + columns);
    int64_t caption = 0;
    int64_t picture = 0;
    for (size_t i = row; i < end; ++i) {
      caption = std::max(caption, cells[i].caption.height);
      picture = std::max(picture, cells[i].picture.height);
    }
    const int64_t top = page.height;
    page.height += caption + picture + kGap;
    page.pixels.resize(static_cast<size_t>(page.height * page.width * 3), 255);
    for (size_t i = row; i < end; ++i) {
      const Cell& cell = cells[i];
      const int64_t left = kGap + static_cast<int64_t>(i - row) * (options.cell + kGap);
      paste(cell.caption, left, top, page);
      paste(cell.picture, left + (options.cell - cell.picture.width) / 2, top + caption, page);
    }
  }
  return page;
}

}  // namespace

std::optional<Image> finding_sheet(const CheckReport& report, const SheetOptions& options) {
  Viewer viewer(options);
  std::vector<Cell> cells;
  for (const Finding* finding : in_turn(report)) {
    if (static_cast<int64_t>(cells.size()) >= options.most) break;
    if (const auto view = viewer.look(*finding)) cells.push_back(cell_of(*finding, *view, options));
  }
  if (cells.empty()) return std::nullopt;
  return page_of(cells, options);
}

}  // namespace fovea
