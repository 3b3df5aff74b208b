#include "fovea/formats/voc_xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <pugixml.hpp>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/formats/text.h"

namespace fovea {
namespace {

/// The elements of one file, with their lines.
class Reader {
 public:
  Reader(std::string_view text, const fs::path& file, VocCorners corners)
      : text_(text), file_(file), corners_(corners) {}

  VocAnnotation read(Passed& passed, Losses& lost) {
    const pugi::xml_parse_result result =
        document_.load_buffer(text_.data(), text_.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!result) {
      const auto offset = static_cast<size_t>(std::max<std::ptrdiff_t>(result.offset, 0));
      fail(file_, fmt::format("{}", line_at(text_, offset)),
           fmt::format("no XML at byte {}: {}", offset, result.description()),
           "correct it, or write it again");
    }
    const pugi::xml_node root = document_.child("annotation");
    if (!root) {
      fail(file_, "1", "has no element <annotation>", "name annotations of Pascal VOC");
    }
    VocAnnotation annotation{.filename = root.child("filename").text().get()};
    read_size(root.child("size"), annotation);
    for (const pugi::xml_node object : root.children("object")) {
      passed.entry([&] { read_object(object, annotation, lost); });
    }
    return annotation;
  }

 private:
  static std::string_view word(const pugi::xml_node& node) { return trimmed(node.text().get()); }

  void read_size(const pugi::xml_node& size, VocAnnotation& annotation) const {
    if (!size) return;
    annotation.width = side(size, "width");
    annotation.height = side(size, "height");
  }

  /// 0 where there is none: some programs write zeros for what they do not know.
  int64_t side(const pugi::xml_node& size, const char* name) const {
    const pugi::xml_node node = size.child(name);
    if (!node) return 0;
    const std::optional<int64_t> pixels = whole_number_of(word(node));
    if (pixels && *pixels >= 0) return *pixels;
    fail_at(node, fmt::format("<{}> is `{}`", name, shortened(word(node))),
            "give whole pixels, or leave <size> out");
  }

  void read_object(const pugi::xml_node& object, VocAnnotation& annotation, Losses& lost) {
    const std::string name(word(object.child("name")));
    if (name.empty()) fail_at(object, "an object without <name>", "say what it is, or drop it");
    Instance instance{.box = box_of(object), .crowd = flag(object, "difficult")};
    count_losses(object, lost);
    annotation.instances.push_back(std::move(instance));
    annotation.classes.push_back(name);
    annotation.lines.push_back(next_line(object));
  }

  Box box_of(const pugi::xml_node& object) const {
    const pugi::xml_node box = object.child("bndbox");
    if (!box) fail_at(object, "an object without <bndbox>", "give it a box, or drop it");
    const double left = corner(box, "xmin");
    const double top = corner(box, "ymin");
    const double last = corners_ == VocCorners::from_one ? 1 : 0;  // pixel of the far corner
    const double width = corner(box, "xmax") - left + last;
    const double height = corner(box, "ymax") - top + last;
    return {.left = left - last, .top = top - last, .width = width, .height = height};
  }

  double corner(const pugi::xml_node& box, const char* name) const {
    const pugi::xml_node node = box.child(name);
    if (!node) fail_at(box, fmt::format("a box without <{}>", name), "add it");
    const std::optional<double> value = number_of(word(node));
    constexpr double kMost = 1e7;  // pixels
    if (value && std::abs(*value) <= kMost) return *value;
    fail_at(node, fmt::format("<{}> is `{}`", name, shortened(word(node))),
            "give a place in pixels");
  }

  bool flag(const pugi::xml_node& object, const char* name) const {
    const pugi::xml_node node = object.child(name);
    const std::string_view text = word(node);
    if (text.empty() || text == "0" || text == "Unspecified" || text == "false" ||
        text == "False") {
      return false;
    }
    if (text == "1" || text == "true" || text == "True") return true;
    fail_at(node, fmt::format("<{}> is `{}`", name, shortened(text)), "give 0 or 1");
  }

  void count_losses(const pugi::xml_node& object, Losses& lost) const {
    for (const pugi::xml_node node : object.children()) {
      const std::string_view name = node.name();
      if (name == "pose") {
        if (!word(node).empty() && word(node) != "Unspecified") lost.add(Loss::poses);
      } else if (name == "truncated") {
        if (flag(object, "truncated")) lost.add(Loss::truncated);
      } else if (name == "occluded") {
        if (flag(object, "occluded")) lost.add(Loss::occluded);
      } else if (name == "part") {
        lost.add(Loss::parts);
      } else if (name != "name" && name != "bndbox" && name != "difficult" && !name.empty()) {
        lost.add(Loss::elements);
      }
    }
  }

  /// The line of an object, counted on from that of the one before.
  int64_t next_line(const pugi::xml_node& object) {
    const auto at = static_cast<size_t>(std::max<std::ptrdiff_t>(object.offset_debug(), 0));
    if (at < counted_) return line_of(object);
    line_ += std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                        text_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    counted_ = at;
    return line_;
  }
  int64_t line_of(const pugi::xml_node& node) const {
    return line_at(text_, static_cast<size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0)));
  }
  [[noreturn]] void fail_at(const pugi::xml_node& node, std::string_view problem,
                            std::string_view remedy) const {
    fail(file_, fmt::format("{}", line_of(node)), problem, remedy);
  }

  std::string_view text_;
  const fs::path& file_;
  VocCorners corners_;
  size_t counted_ = 0;  // bytes before the object read last, and its line
  int64_t line_ = 1;
  pugi::xml_document document_ = {};
};

void add(pugi::xml_node& parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

/// xmin, ymin, xmax, ymax of a box inside the picture.
std::array<double, 4> corners_of(const Box& box, const Record& record, bool fractions,
                                 Losses& lost) {
  std::array<double, 4> corners = {box.left + 1, box.top + 1, box.right(), box.bottom()};
  if (fractions) return corners;
  const std::array<double, 4> exact = corners;
  for (double& corner : corners) corner = std::round(corner);
  corners[0] = std::min(corners[0], static_cast<double>(record.width));
  corners[1] = std::min(corners[1], static_cast<double>(record.height));
  corners[2] = std::max(corners[2], corners[0]);  // a pixel at least
  corners[3] = std::max(corners[3], corners[1]);
  if (corners != exact) lost.add(Loss::fractions);
  return corners;
}

void add_object(pugi::xml_node& root, const Instance& instance, const Box& inside,
                const Record& record, const std::vector<Category>& categories, bool fractions,
                Losses& lost) {
  if (!instance.keypoints.empty()) lost.add(Loss::keypoints);
  if (!instance.segmentation.empty()) {
    lost.add(instance.crowd ? Loss::crowd_regions : Loss::masks);
  }
  pugi::xml_node object = root.append_child("object");
  add(object, "name", categories[static_cast<size_t>(instance.label)].name);
  add(object, "pose", "Unspecified");
  add(object, "truncated", "0");
  add(object, "difficult", instance.crowd ? "1" : "0");
  pugi::xml_node box = object.append_child("bndbox");
  const std::array<double, 4> corners = corners_of(inside, record, fractions, lost);
  constexpr std::array<const char*, 4> kNames = {"xmin", "ymin", "xmax", "ymax"};
  for (size_t i = 0; i < corners.size(); ++i) {
    add(box, kNames[i], fmt::format("{}", corners[i] + 0.0));  // no -0
  }
}

}  // namespace

VocAnnotation parse_voc(std::string_view text, const fs::path& file, VocCorners corners,
                        Passed& passed, Losses& lost) {
  return Reader(expect_text(text, file), file, corners).read(passed, lost);
}

std::string voc_text(const Record& record, const std::string& filename,
                     const std::vector<Category>& categories, bool fractions, Losses& lost) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("annotation");
  add(root, "folder", "JPEGImages");
  add(root, "filename", filename);
  pugi::xml_node size = root.append_child("size");
  add(size, "width", fmt::format("{}", record.width));
  add(size, "height", fmt::format("{}", record.height));
  add(size, "depth", "3");  // pictures are read as RGB
  add(root, "segmented", "0");
  for (const Instance instance : record.instances) {
    const std::optional<Box> inside = clipped_to(record, instance.box, lost);
    if (!inside) continue;
    add_object(root, instance, *inside, record, categories, fractions, lost);
  }
  std::ostringstream text;
  root.print(text, "  ");
  return std::move(text).str();
}

}  // namespace fovea
