#include "fovea/formats/splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>
#include <utility>

#include "fovea/core/files.h"
#include "fovea/data/rle.h"
#include "fovea/formats/text.h"

namespace fovea {
namespace {

constexpr auto kLossKinds = std::to_array<LossKind>({
    {Loss::crowds, "crowds", "crowd regions, left out: the format has no place for what to ignore"},
    {Loss::crowd_regions, "crowd_regions", "masks of crowds, whose boxes are kept as `difficult`"},
    {Loss::runs, "runs", "RLE masks, now polygons around the same pixels"},
    {Loss::masks, "masks", "masks, of which the boxes are kept"},
    {Loss::missing_masks, "missing_masks", "objects without a mask, now with their box as outline"},
    {Loss::joined_parts, "joined_parts",
     "masks whose parts, joined into one outline, cover other pixels (parts that overlap)"},
    {Loss::boxes_beside_masks, "boxes_beside_masks",
     "boxes other than those around the outline, which is all that is kept"},
    {Loss::keypoints, "keypoints", "objects with keypoints, which are left out"},
    {Loss::areas, "areas", "areas other than those of the mask or box that is kept"},
    {Loss::image_ids, "image_ids", "image ids; a reader numbers the images again"},
    {Loss::annotation_ids, "annotation_ids", "annotation ids; a reader numbers them again"},
    {Loss::category_ids, "category_ids", "category ids that become other numbers"},
    {Loss::merged_classes, "merged_classes", "classes that share their name with another, now one"},
    {Loss::class_names, "class_names", "class names with control characters or blanks at an end"},
    {Loss::fractions, "fractions", "boxes moved to whole pixels"},
    {Loss::clipped, "clipped", "objects that reach out of their picture, now clipped to it"},
    {Loss::outside, "outside", "objects with nothing inside their picture, left out"},
    {Loss::renamed, "renamed", "pictures under another name, so that no two share one"},
    {Loss::file_fields, "file_fields", "entries about the whole file (info, licences, ...)"},
    {Loss::image_fields, "image_fields", "further fields of images (licence, URL, date, ...)"},
    {Loss::annotation_fields, "annotation_fields", "further fields of annotations"},
    {Loss::category_fields, "category_fields",
     "further fields of categories (supercategory, keypoints, ...)"},
    {Loss::poses, "poses", "poses"},
    {Loss::truncated, "truncated", "objects marked as truncated"},
    {Loss::occluded, "occluded", "objects marked as occluded"},
    {Loss::parts, "parts", "parts of objects"},
    {Loss::elements, "elements", "other elements"},
    {Loss::columns, "columns", "other columns"},
});
static_assert(kLossKinds.size() == static_cast<size_t>(Loss::count_));

/// Without control characters and blanks at the ends.
std::string plain_name(std::string_view name) {
  std::string plain(name);
  std::replace_if(
      plain.begin(), plain.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return std::string(trimmed(plain));
}

}  // namespace

void Losses::add(Loss loss, int64_t times) {
  if (times > 0) times_[loss] += times;
}

void Losses::add(const Losses& others) {
  for (const auto& [loss, times] : others.times_) add(loss, times);
}

std::vector<Losses::Entry> Losses::entries() const {
  std::vector<Entry> entries;
  for (const auto& [loss, times] : times_) {
    entries.push_back({.kind = kLossKinds[static_cast<size_t>(loss)], .times = times});
  }
  return entries;
}

int64_t Losses::of(Loss loss) const {
  const auto found = times_.find(loss);
  return found == times_.end() ? 0 : found->second;
}

void Passed::add(std::string message) {
  ++count;
  if (messages.size() < kMostMessages) messages.push_back(std::move(message));
}

void Passed::add(const Passed& others) {
  count += others.count;
  for (const std::string& message : others.messages) {
    if (messages.size() < kMostMessages) messages.push_back(message);
  }
}

std::vector<Category> categories_of(const std::vector<std::string>& names) {
  std::vector<Category> categories;
  categories.reserve(names.size());
  for (const std::string& name : names) {
    categories.push_back({.id = static_cast<int64_t>(categories.size()) + 1, .name = name});
  }
  return categories;
}

std::vector<Category> unite_categories(std::vector<Split>& splits, Losses& lost) {
  std::vector<std::string> names;
  std::unordered_map<std::string, int64_t> places;
  std::unordered_map<std::string, bool> odd;  // names that were made plain
  for (Split& split : splits) {
    std::vector<int64_t> united;  // by the split's own labels
    std::vector<bool> taken;      // by this split
    for (const Category& category : split.dataset.categories) {
      const std::string name = plain_name(category.name);
      if (name.empty()) {
        fail(split.dataset.file, "", fmt::format("category {} has no name", category.id),
             "give it one");
      }
      if (name != category.name && odd.try_emplace(category.name, true).second) {
        lost.add(Loss::class_names);
      }
      const auto [place, is_new] = places.try_emplace(name, static_cast<int64_t>(names.size()));
      if (is_new) names.push_back(name);
      taken.resize(names.size());
      if (taken[static_cast<size_t>(place->second)]) lost.add(Loss::merged_classes);
      taken[static_cast<size_t>(place->second)] = true;
      united.push_back(place->second);
    }
    for (Record& record : split.dataset.records) {
      std::vector<Instance> instances;
      instances.reserve(record.instances.size());
      for (Instance instance : record.instances) {
        instance.label = united[static_cast<size_t>(instance.label)];
        instances.push_back(std::move(instance));
      }
      record.instances = instances;
    }
  }
  std::vector<Category> categories = categories_of(names);
  for (Split& split : splits) split.dataset.categories = categories;
  return categories;
}

std::vector<std::string> read_class_names(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  const std::string content = read_whole(file);
  std::vector<std::string> names;
  std::unordered_map<std::string, size_t> lines;
  for (const std::string_view line : lines_of(expect_text(content, file))) {
    names.emplace_back(trimmed(line));
    const std::string place = fmt::format("{}", names.size());
    if (names.back().empty()) fail(file, place, "a line without a class", "take it out");
    const auto [earlier, is_new] = lines.try_emplace(names.back(), names.size());
    if (is_new) continue;
    fail(file, place,
         fmt::format("`{}` stands on line {} already", shortened(names.back()), earlier->second),
         "name each class once");
  }
  return names;
}

std::string class_names_text(const std::vector<Category>& categories) {
  std::string text;
  for (const Category& category : categories) text += category.name + "\n";
  return text;
}

void expect_sound_box(const Box& box, int64_t height, int64_t width, const fs::path& file,
                      std::string_view place) {
  if (!(box.width > 0 && box.height > 0)) {
    fail(file, place, fmt::format("the box is {} x {} pixels", box.width, box.height),
         "give it a positive width and height, or drop it");
  }
  if (box.right() > 0 && box.bottom() > 0 && box.left < static_cast<double>(width) &&
      box.top < static_cast<double>(height)) {
    return;
  }
  fail(file, place,
       fmt::format("the box from ({}, {}) to ({}, {}) lies outside its picture of {} x {} pixels",
                   box.left, box.top, box.right(), box.bottom(), width, height),
       "correct it, or drop it");
}

bool reaches_out(const Record& record, const Box& box) {
  constexpr double kRounding = 1e-9;  // pixels
  return box.left < -kRounding || box.top < -kRounding ||
         box.right() > static_cast<double>(record.width) + kRounding ||
         box.bottom() > static_cast<double>(record.height) + kRounding;
}

std::optional<Box> clipped_to(const Record& record, const Box& box, Losses& lost) {
  const auto width = static_cast<double>(record.width);
  const auto height = static_cast<double>(record.height);
  const double left = std::clamp(box.left, 0.0, width);
  const double top = std::clamp(box.top, 0.0, height);
  const Box kept{.left = left,
                 .top = top,
                 .width = std::clamp(box.right(), 0.0, width) - left,
                 .height = std::clamp(box.bottom(), 0.0, height) - top};
  if (kept.width <= 0 || kept.height <= 0) {
    lost.add(Loss::outside);
    return {};
  }
  if (!reaches_out(record, box)) return box;  // to its last digit
  lost.add(Loss::clipped);
  return kept;
}

double object_area(const Segmentation& mask, const Box& box, int64_t height, int64_t width) {
  if (mask.empty()) return box.width * box.height;
  return static_cast<double>(area_of(runs_of(mask, height, width)));
}

std::string usual_split_name(std::string_view name) {
  if (name == "valid" || name == "validation") return "val";
  if (name == "training") return "train";
  return std::string(name);
}

}  // namespace fovea
