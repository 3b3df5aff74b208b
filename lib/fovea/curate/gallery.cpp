#include "fovea/curate/gallery.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <sstream>

#include "fovea/core/json.h"
#include "fovea/core/parallel.h"
#include "fovea/core/work_progress.h"
#include "fovea/curate/gallery_template.h"
#include "fovea/data/rle.h"
#include "fovea/image/decode.h"
#include "fovea/image/encode.h"
#include "fovea/image/warp.h"

namespace fovea {
namespace {

constexpr int kQuality = 82;          // of the JPEG pictures
constexpr int64_t kMaskCells = 128;   // a side, of masks given as runs
constexpr double kMostOnALine = 1e5;  // pixels: no picture is larger

/// Text for HTML, inside an element or a quoted attribute.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// JSON that may stand inside a script element: no tag or comment can end it.
std::string for_script(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    switch (c) {
      case '<':
        out += "\\u003c";
        break;
      case '>':
        out += "\\u003e";
        break;
      case '&':
        out += "\\u0026";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// One decimal is more than a screen shows.
double rounded(double pixels) {
  return std::round(std::clamp(pixels, -kMostOnALine, kMostOnALine) * 10) / 10;
}

void add_number(std::string& path, double value) {
  path += fmt::format("{:g}", rounded(value));
}

std::string path_of_polygons(const std::vector<std::vector<double>>& polygons) {
  std::string path;
  for (const std::vector<double>& polygon : polygons) {
    for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
      path += i == 0 ? 'M' : 'L';
      add_number(path, polygon[i]);
      path += ' ';
      add_number(path, polygon[i + 1]);
    }
    if (!polygon.empty()) path += 'Z';
  }
  return path;
}

/// Bars of cells that are on in the middle, from top to bottom of each column.
std::string path_of_runs(const Rle& rle) {
  const PixelMask mask = pixels_of(rle);
  const double cell = std::max(1.0, static_cast<double>(std::max(mask.width, mask.height)) /
                                        static_cast<double>(kMaskCells));
  const auto cells = [cell](int64_t pixels) {
    return static_cast<int64_t>(std::ceil(static_cast<double>(pixels) / cell));
  };
  const auto is_on = [&](int64_t column, int64_t row) {
    if (row >= cells(mask.height)) return false;
    const auto middle = [cell](int64_t place, int64_t size) {
      const double position = (static_cast<double>(place) + 0.5) * cell;
      return std::min(static_cast<int64_t>(position), size - 1);
    };
    const int64_t x = middle(column, mask.width);
    const int64_t y = middle(row, mask.height);
    return mask.on[static_cast<size_t>(y * mask.width + x)] != 0;
  };
  std::string path;
  for (int64_t column = 0; column < cells(mask.width); ++column) {
    int64_t first = -1;  // of a bar that has begun
    for (int64_t row = 0; row <= cells(mask.height); ++row) {
      const bool on = is_on(column, row);
      if (on && first < 0) first = row;
      if (on || first < 0) continue;
      const double height = static_cast<double>(row - first) * cell;
      path += fmt::format("M{:g} {:g}h{:g}v{:g}h{:g}Z", rounded(static_cast<double>(column) * cell),
                          rounded(static_cast<double>(first) * cell), rounded(cell),
                          rounded(height), -rounded(cell));
      first = -1;
    }
  }
  return path;
}

std::string_view word_of(Verdict verdict) {
  constexpr std::array<std::string_view, 5> words = {"", "right", "missed", "wrong", "excused"};
  return words[static_cast<size_t>(verdict)];
}

void write_marks(JsonWriter& out, std::string_view name, const std::vector<Mark>& marks) {
  out.key(name).begin_array();
  for (const Mark& mark : marks) {
    const Box& box = mark.box;
    out.begin_object().field("label", mark.label).key("box").begin_array();
    for (const double number : {box.left, box.top, box.width, box.height}) {
      out.value(rounded(number));
    }
    out.end_array();
    if (mark.score > 0) {
      out.field("score", std::round(mark.score * 1000) / 1000);
    } else {
      out.field("id", mark.id);
    }
    if (mark.crowd) out.field("crowd", true);
    if (mark.verdict != Verdict::none) out.field("verdict", word_of(mark.verdict));
    if (!mark.segmentation.empty()) out.field("mask", path_of(mark.segmentation));
    if (!mark.keypoints.empty()) {
      out.key("points").begin_array();
      for (const Keypoint& point : mark.keypoints) {
        out.value(rounded(point.x)).value(rounded(point.y)).value(point.visibility);
      }
      out.end_array();
    }
    out.end_object();
  }
  out.end_array();
}

/// A picture whose longer side is `side` or, where it is smaller, its own, as the address of a
/// JPEG.
std::string data_address(const Image& picture, int64_t side) {
  const auto longer = static_cast<double>(std::max(picture.height, picture.width));
  const double scale = std::min(1.0, static_cast<double>(side) / longer);
  const auto scaled = [scale](int64_t pixels) {
    return std::max<int64_t>(1, std::llround(static_cast<double>(pixels) * scale));
  };
  const Image small =
      warp(picture, {scale, 0, 0, 0, scale, 0}, scaled(picture.height), scaled(picture.width));
  return "data:image/jpeg;base64," + base64(encode_jpeg(small, kQuality));
}

/// What the page knows of an image, and its large picture.
struct Entry {
  std::string json = {};
  std::string large = {};
};

Entry entry_of(const ShownImage& image, const GalleryOptions& options) {
  const Image picture = decode_image(image.record->path);
  std::ostringstream text;
  JsonWriter out(text);
  const std::filesystem::path path(image.record->path);
  out.begin_object().field("name", path.filename().string()).field("id", image.record->id);
  out.field("width", picture.width).field("height", picture.height);
  out.field("thumb", data_address(picture, options.thumbnail));
  write_marks(out, "truth", image.truth);
  write_marks(out, "found", image.found);
  out.end_object();
  Entry entry{.json = text.str()};
  // Of a picture no larger than its thumbnail there is nothing more to show.
  const bool has_more = std::max(picture.height, picture.width) > options.thumbnail;
  if (has_more && options.large > options.thumbnail) {
    entry.large = data_address(picture, options.large);
  }
  return entry;
}

std::string head_json(const MarkNames& names, const GalleryOptions& options) {
  std::ostringstream text;
  JsonWriter out(text);
  out.begin_object().field("title", options.title);
  out.field("inAll", options.images_in_all);
  out.field("compared", options.panels == Panels::truth_and_found);
  out.key("classes").begin_array();
  for (size_t label = 0; label < names.categories.size(); ++label) {
    const Color color = color_of(static_cast<int64_t>(label));
    out.begin_object().field("name", names.categories[label].name);
    out.field("color", fmt::format("rgb({},{},{})", color.red, color.green, color.blue));
    out.key("skeleton").begin_array();
    if (label < names.skeletons.size()) {
      for (const auto& [a, b] : names.skeletons[label]) out.value(a).value(b);
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return text.str();
}

/// The template with the text between its marks; each occurs once.
std::string filled(std::string_view page,
                   const std::vector<std::pair<std::string_view, std::string>>& parts) {
  std::string out;
  for (const auto& [mark, text] : parts) {  // in the order of the template
    const size_t place = page.find(mark);
    out.append(page.substr(0, place)).append(text);
    page.remove_prefix(place + mark.size());
  }
  return out.append(page);
}

}  // namespace

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      const auto byte = i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : uint8_t{0};
      group = group << 8U | byte;
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return out;
}

std::string path_of(const Segmentation& mask) {
  return mask.rle ? path_of_runs(*mask.rle) : path_of_polygons(mask.polygons);
}

std::string gallery_page(const std::vector<ShownImage>& images, const MarkNames& names,
                         const GalleryOptions& options, Log& log) {
  std::vector<Entry> entries(images.size());
  const auto count = static_cast<int64_t>(images.size());
  WorkProgress progress("page", "images", count, log);
  in_parallel(count, [&](int64_t i) {
    entries[static_cast<size_t>(i)] = entry_of(images[static_cast<size_t>(i)], options);
    progress.add();
  });
  std::string list;
  std::string large;
  for (size_t i = 0; i < entries.size(); ++i) {
    list += (i == 0 ? "" : ",\n");
    list += for_script(entries[i].json);
    if (entries[i].large.empty()) continue;
    large += fmt::format("<script type=\"text/plain\" id=\"large-{}\">{}</script>\n", i,
                         entries[i].large);
  }
  return filled(kGalleryTemplate, {{"{{title}}", escaped(options.title)},
                                   {"{{head}}", for_script(head_json(names, options))},
                                   {"{{images}}", list},
                                   {"{{large}}", large}});
}

}  // namespace fovea
