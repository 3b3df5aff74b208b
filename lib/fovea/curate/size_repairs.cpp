#include "fovea/curate/size_repairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "fovea/data/check_pictures.h"
#include "fovea/data/defects.h"
#include "fovea/data/picture_folder.h"

namespace fovea {
namespace {

/// The picture of an image whose stated size is missing or another.
struct Contradiction {
  int64_t height = 0;  // of the picture
  int64_t width = 0;
  bool has_objects = false;
  bool fits = true;            // every box lies in the picture, no mask has another size
  bool needs_picture = false;  // some box lies in the picture but not in the stated size
};
using Contradictions = std::unordered_map<size_t, Contradiction>;  // by image

Contradictions contradictions_of(const std::vector<ImageFacts>& images, const fs::path& folder,
                                 Log& log) {
  PictureFolder pictures(folder);
  std::vector<Record> records;
  std::vector<size_t> image_of_record;
  for (size_t i = 0; i < images.size(); ++i) {
    const fs::path name(images[i].file_name);
    if (name.empty() || pictures.look(name) != PictureFolder::Found::yes) continue;
    records.push_back({.path = (folder / name).string()});
    image_of_record.push_back(i);
  }
  const std::vector<PictureCheck> checks = check_pictures(records, {}, log);
  Contradictions found;
  for (size_t i = 0; i < checks.size(); ++i) {
    const size_t image = image_of_record[i];
    const PictureCheck& check = checks[i];
    const ImageFacts& stated = images[image];
    if (check.error) continue;
    if (check.height == stated.height && check.width == stated.width) continue;
    found[image] = {.height = check.height, .width = check.width};
  }
  return found;
}

bool lies_in(const Box& box, int64_t height, int64_t width) {
  return box.left >= -1 && box.top >= -1 && box.right() <= static_cast<double>(width) + 1 &&
         box.bottom() <= static_cast<double>(height) + 1;
}

/// The size that runs are encoded for.
std::optional<std::array<int64_t, 2>> mask_size(JsonNode annotation) {
  const auto mask = annotation.find("segmentation");
  const auto size = mask && mask->type() == '{' ? mask->find("size") : std::nullopt;
  if (!size || size->type() != '[') return {};
  std::array<int64_t, 2> sides = {};
  size_t count = 0;
  const bool whole =
      size->each_item([&](JsonNode item) { return count < 2 && item.read(sides[count++]); });
  if (!whole || count != 2) return {};
  return sides;
}

/// What the annotations of these images say of their sizes.
void hear_annotations(const CocoText& text, const References& references, Contradictions& found) {
  std::mutex mutex;
  text.read(CocoList::annotations, [&](size_t, JsonNode entry) {
    const auto id = entry.type() == '{' ? entry.find("image_id") : std::nullopt;
    const auto number = id ? whole_of(*id) : std::nullopt;
    const auto image = number ? references.image_of_id.find(*number) : references.image_of_id.end();
    if (image == references.image_of_id.end()) return;
    const auto contradiction = found.find(image->second);
    if (contradiction == found.end()) return;
    const std::lock_guard lock(mutex);
    Contradiction& picture = contradiction->second;
    const ImageFacts& stated = references.images[image->second];
    picture.has_objects = true;
    if (const auto box = box_of(entry)) {
      const bool in_picture = lies_in(*box, picture.height, picture.width);
      picture.fits &= in_picture;
      const bool is_stated = stated.height > 0 && stated.width > 0;
      picture.needs_picture |=
          is_stated && in_picture && !lies_in(*box, stated.height, stated.width);
    }
    if (const auto size = mask_size(entry)) {
      const bool of_picture = (*size)[0] == picture.height && (*size)[1] == picture.width;
      picture.fits &= of_picture;
      picture.needs_picture |= of_picture;
    }
  });
}

/// Whether one may be the other made larger or smaller, or turned: boxes would have to follow.
bool may_be_mapped(const ImageFacts& stated, const Contradiction& picture) {
  if (stated.height == 0 || stated.width == 0) return true;
  if (picture.height == stated.width && picture.width == stated.height) return true;
  const double down = static_cast<double>(picture.height) / static_cast<double>(stated.height);
  const double across = static_cast<double>(picture.width) / static_cast<double>(stated.width);
  const double rounding = 1.0 / static_cast<double>(std::min(stated.height, stated.width));
  return picture.height != stated.height && picture.width != stated.width &&
         std::abs(down - across) <= 2 * rounding * std::max(down, across);
}

bool is_certain(const ImageFacts& stated, const Contradiction& picture) {
  const bool same_height = stated.height == 0 || stated.height == picture.height;
  const bool same_width = stated.width == 0 || stated.width == picture.width;
  if (!picture.has_objects || (same_height && same_width)) return true;
  return picture.fits && (picture.needs_picture || !may_be_mapped(stated, picture));
}

void take_side(std::string_view key, int64_t stated, int64_t now, EntryRepair& repair) {
  if (stated == now) return;
  repair.change({.code = stated == 0 ? defect::kNoSize : defect::kOtherSize,
                 .key = std::string(key),
                 .now = std::to_string(now),
                 .why = "read from the picture"});
}

}  // namespace

void repair_sizes(const CocoText& text, const fs::path& folder, References& references,
                  std::vector<EntryRepair>& repairs, Log& log) {
  Contradictions found = contradictions_of(references.images, folder, log);
  if (found.empty()) return;
  hear_annotations(text, references, found);
  for (const auto& [index, picture] : found) {
    ImageFacts& image = references.images[index];
    if (!is_certain(image, picture)) {
      image.size_is_in_doubt = true;
      continue;
    }
    take_side("width", image.width, picture.width, repairs[index]);
    take_side("height", image.height, picture.height, repairs[index]);
    image.width = picture.width;
    image.height = picture.height;
  }
}

}  // namespace fovea
