#include "fovea/curate/size_repairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "fovea/curate/mask_repairs.h"
#include "fovea/data/check_pictures.h"
#include "fovea/data/defects.h"
#include "fovea/data/picture_folder.h"

namespace fovea {
namespace {

/// The picture of an image whose stated size is missing or another.
struct Contradiction {
  ImageSize picture = {};
  bool has_objects = false;
  bool needs_picture = false;  // something lies in the picture but not in the stated size
  // The first annotation of which something reaches out of the picture, and the first of which
  // something lies outside it or has another size.
  std::optional<size_t> reaching = {};
  std::optional<size_t> foreign = {};
};
using Contradictions = std::unordered_map<size_t, Contradiction>;  // by image

Contradictions contradictions_of(const std::vector<ImageFacts>& images,
                                 const std::vector<EntryRepair>& repairs,
                                 const std::vector<ImageSize>& pictures) {
  Contradictions found;
  for (size_t i = 0; i < images.size(); ++i) {
    const ImageSize& picture = pictures[i];
    if (picture.height == 0 || repairs[i].drops() || !images[i].size_doubt.empty()) continue;
    if (picture.height == images[i].height && picture.width == images[i].width) continue;
    found[i] = {.picture = picture};
  }
  return found;
}

bool lies_in(const Box& box, const ImageSize& size) {
  return box.left >= -1 && box.top >= -1 && box.right() <= static_cast<double>(size.width) + 1 &&
         box.bottom() <= static_cast<double>(size.height) + 1;
}

bool lies_outside(const Box& box, const ImageSize& size) {
  return box.right() <= 0 || box.bottom() <= 0 || box.left >= static_cast<double>(size.width) ||
         box.top >= static_cast<double>(size.height);
}

void note_first(size_t annotation, std::optional<size_t>& first) {
  first = std::min(annotation, first.value_or(annotation));
}

void hear_box(size_t annotation, const Box& box, const ImageFacts& stated, Contradiction& found) {
  if (!lies_in(box, found.picture)) {
    note_first(annotation, found.reaching);
    if (lies_outside(box, found.picture)) note_first(annotation, found.foreign);
  } else if (stated.height > 0 && stated.width > 0) {
    found.needs_picture |= !lies_in(box, {.height = stated.height, .width = stated.width});
  }
}

void hear_mask(size_t annotation, const MaskFacts& mask, const ImageFacts& stated,
               Contradiction& found) {
  if (mask.value && mask.value->type() == '{') {
    found.needs_picture |= mask.mask.rle.has_value();
    if (mask.mask.rle) return;
    note_first(annotation, found.reaching);
    note_first(annotation, found.foreign);
  } else if (mask.extent) {
    hear_box(annotation, *mask.extent, stated, found);
  }
}

/// What the annotations of these images say of their sizes. Of a box without area its mask speaks,
/// for it is drawn around that.
void hear_annotations(const CocoText& text, const References& references,
                      const std::vector<EntryRepair>& repairs, Contradictions& found) {
  std::mutex mutex;
  text.read(CocoList::annotations, [&](size_t index, JsonNode entry) {
    if (repairs[index].drops()) return;
    const auto id = entry.type() == '{' ? entry.find("image_id") : std::nullopt;
    const auto number = id ? whole_of(*id) : std::nullopt;
    const auto image = number ? references.image_of_id.find(*number) : references.image_of_id.end();
    if (image == references.image_of_id.end()) return;
    const auto contradiction = found.find(image->second);
    if (contradiction == found.end()) return;
    Contradiction& heard = contradiction->second;
    const ImageFacts& stated = references.images[image->second];
    const auto box = box_of(entry);
    const MaskFacts mask = mask_facts(entry, heard.picture.height, heard.picture.width);
    const std::lock_guard lock(mutex);
    heard.has_objects = true;
    if (box && box->width > 0 && box->height > 0) hear_box(index, *box, stated, heard);
    hear_mask(index, mask, stated, heard);
  });
}

/// Whether one may be the other made larger or smaller, or turned: boxes would have to follow.
bool may_be_mapped(const ImageFacts& stated, const ImageSize& picture) {
  if (stated.height == 0 || stated.width == 0) return true;
  if (picture.height == stated.width && picture.width == stated.height) return true;
  const double down = static_cast<double>(picture.height) / static_cast<double>(stated.height);
  const double across = static_cast<double>(picture.width) / static_cast<double>(stated.width);
  const double rounding = 1.0 / static_cast<double>(std::min(stated.height, stated.width));
  return picture.height != stated.height && picture.width != stated.width &&
         std::abs(down - across) <= 2 * rounding * std::max(down, across);
}

/// Why the size of the picture may not be the right one; empty: it is.
std::string doubt_about(const ImageFacts& stated, const Contradiction& found,
                        const std::filesystem::path& file) {
  const bool differs = (stated.height != 0 && stated.height != found.picture.height) ||
                       (stated.width != 0 && stated.width != found.picture.width);
  if (const auto unfit = differs ? found.reaching : found.foreign) {
    return fmt::format("{}:/annotations/{} does not fit the picture", file.string(), *unfit);
  }
  const bool is_mapped =
      differs && found.has_objects && !found.needs_picture && may_be_mapped(stated, found.picture);
  if (!is_mapped) return {};
  return "the picture may be that of the stated size, scaled or turned";
}

void take_side(std::string_view key, int64_t stated, int64_t now, EntryRepair& repair) {
  if (stated == now) return;
  repair.change({.code = stated == 0 ? defect::kNoSize : defect::kOtherSize,
                 .key = std::string(key),
                 .now = std::to_string(now),
                 .why = "read from the picture"});
}

}  // namespace

std::vector<ImageSize> picture_sizes(const std::vector<ImageFacts>& images,
                                     const std::filesystem::path& folder, Log& log) {
  PictureFolder pictures(folder);
  std::vector<Record> records;
  std::vector<size_t> image_of_record;
  for (size_t i = 0; i < images.size(); ++i) {
    const std::filesystem::path name(images[i].file_name);
    if (name.empty() || pictures.look(name) != PictureFolder::Found::yes) continue;
    records.push_back({.path = (folder / name).string()});
    image_of_record.push_back(i);
  }
  const std::vector<PictureCheck> checks = check_pictures(records, {}, log);
  std::vector<ImageSize> sizes(images.size());
  for (size_t i = 0; i < checks.size(); ++i) {
    if (checks[i].error) continue;
    sizes[image_of_record[i]] = {.height = checks[i].height, .width = checks[i].width};
  }
  return sizes;
}

void repair_sizes(const CocoText& text, const std::vector<ImageSize>& pictures,
                  const std::vector<EntryRepair>& annotations, References& references,
                  std::vector<EntryRepair>& images) {
  Contradictions found = contradictions_of(references.images, images, pictures);
  if (found.empty()) return;
  hear_annotations(text, references, annotations, found);
  for (const auto& [index, contradiction] : found) {
    ImageFacts& image = references.images[index];
    image.size_doubt = doubt_about(image, contradiction, text.file());
    if (!image.size_doubt.empty()) continue;
    const ImageSize& picture = contradiction.picture;
    take_side("width", image.width, picture.width, images[index]);
    take_side("height", image.height, picture.height, images[index]);
    image.width = picture.width;
    image.height = picture.height;
  }
}

}  // namespace fovea
