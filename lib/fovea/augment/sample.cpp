#include "fovea/augment/sample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "fovea/augment/boxes.h"
#include "fovea/augment/geometry.h"
#include "fovea/data/rle.h"
#include "fovea/image/pixel_buffer.h"
#include "fovea/image/pixel_kernels.h"

namespace fovea {
namespace {

size_t bytes_of(ImageSize size) {
  return static_cast<size_t>(size.height * size.width) * 3;
}

/// The objects that a paste lays over a sample.
std::vector<Instance> pasted_objects(const Paste& paste, const Dataset& dataset,
                                     const ObjectMapper& mapper) {
  const InstanceList& all = dataset.records[static_cast<size_t>(paste.from.record)].instances;
  std::vector<Instance> chosen;
  for (const size_t i : paste.objects) chosen.push_back(all[i]);
  std::vector<Instance> objects =
      mapper.map(chosen, paste.from.file, paste.from.to_sample, paste.from.window, 0);
  std::erase_if(objects, [](const Instance& object) { return object.crowd; });
  return objects;
}

PixelMask mask_of(const Segmentation& mask, ImageSize size) {
  return pixels_of(mask.rle ? *mask.rle : rle_of(mask.polygons, size.height, size.width));
}

/// Where any of the objects is.
PixelMask union_of(const std::vector<Instance>& objects, ImageSize size) {
  PixelMask all{.height = size.height, .width = size.width};
  all.on.resize(bytes_of(size) / 3);
  for (const Instance& object : objects) {
    const PixelMask one = mask_of(object.segmentation, size);
    for (size_t i = 0; i < all.on.size(); ++i) all.on[i] |= one.on[i];
  }
  return all;
}

PixelMask mask_of(const PixelRect& rect, ImageSize size) {
  PixelMask mask{.height = size.height, .width = size.width};
  mask.on.resize(bytes_of(size) / 3);
  for (int64_t y = rect.top; y < rect.bottom(); ++y) {
    std::fill_n(mask.on.begin() + y * size.width + rect.left, rect.width, uint8_t{1});
  }
  return mask;
}

/// Paints layers on samples.
class Painter {
 public:
  Painter(const SamplePlan& plan, const Dataset& dataset, Antialias antialias,
          PictureSource& pictures)
      : plan_(plan),
        mapper_(dataset.categories),
        dataset_(dataset),
        antialias_(antialias),
        pictures_(pictures) {}

  void layer(const Layer& layer, uint8_t* pixels) const {
    fill_pixels(pixels, kFill, bytes_of(plan_.size) / 3);
    for (const Placement& placement : layer.pictures) {
      pictures_.show(placement, antialias_, {pixels, plan_.size.height, plan_.size.width});
    }
    if (layer.paste) paste(*layer.paste, pixels);
  }

 private:
  void paste(const Paste& paste, uint8_t* pixels) const {
    const auto objects = pasted_objects(paste, dataset_, mapper_);
    if (objects.empty()) return;
    const PixelMask where = union_of(objects, plan_.size);
    PixelBuffer from(bytes_of(plan_.size));
    fill_pixels(from.data(), kFill, from.size() / 3);
    pictures_.show(paste.from, antialias_, {from.data(), plan_.size.height, plan_.size.width});
    for (size_t i = 0; i < where.on.size(); ++i) {
      if (where.on[i] != 0) std::memcpy(pixels + 3 * i, from.data() + 3 * i, 3);
    }
  }

  const SamplePlan& plan_;
  const ObjectMapper mapper_;
  const Dataset& dataset_;
  const Antialias antialias_;
  PictureSource& pictures_;
};

void lay_over(const SamplePlan& plan, const PixelBuffer& second, uint8_t* pixels) {
  if (!plan.cut) return blend_into(pixels, second.data(), plan.second_share, second.size());
  for (int64_t y = plan.cut->top; y < plan.cut->bottom(); ++y) {
    const int64_t at = (y * plan.size.width + plan.cut->left) * 3;
    std::memcpy(pixels + at, second.data() + at, static_cast<size_t>(plan.cut->width) * 3);
  }
}

void fill_with_noise(const PixelRect& rect, ImageSize size, Rng rng, uint8_t* pixels) {
  for (int64_t y = rect.top; y < rect.bottom(); ++y) {
    uint8_t* row = pixels + (y * size.width + rect.left) * 3;
    for (int64_t i = 0; i < rect.width * 3; ++i) row[i] = static_cast<uint8_t>(rng.bits());
  }
}

/// Takes what is covered from an object. False when too little is left of it to be one.
bool uncover(Instance& object, const PixelMask& cover, ImageSize size, double min_visible) {
  PixelMask mask = object.segmentation.empty()
                       ? mask_of(PixelRect{.left = static_cast<int64_t>(object.box.left),
                                           .top = static_cast<int64_t>(object.box.top),
                                           .width = static_cast<int64_t>(object.box.width),
                                           .height = static_cast<int64_t>(object.box.height)},
                                 size)
                       : mask_of(object.segmentation, size);
  const int64_t before = mask.area();
  for (size_t i = 0; i < mask.on.size(); ++i)
    mask.on[i] = cover.on[i] != 0 ? uint8_t{0} : mask.on[i];
  const int64_t after = mask.area();
  if (after == before) return true;
  if (after == 0) return false;
  const double left = static_cast<double>(after) / static_cast<double>(before);
  object.crowd = object.crowd || left < min_visible;
  object.area *= left;
  if (!object.segmentation.empty()) {
    object.box = common_part(mask.bounds(), object.box);
    object.segmentation = {.rle = runs_of(mask)};
  }
  for (Keypoint& point : object.keypoints) {
    const auto x = static_cast<int64_t>(point.x);
    const auto y = static_cast<int64_t>(point.y);
    const bool inside = x >= 0 && y >= 0 && x < size.width && y < size.height;
    const bool hidden = inside && cover.on[static_cast<size_t>(y * size.width + x)] != 0;
    if (point.visibility == 2 && hidden) point.visibility = 1;
  }
  return object.box.width >= 1 && object.box.height >= 1;
}

void cover(std::vector<Instance>& objects, const PixelMask& with, ImageSize size,
           double min_visible) {
  std::erase_if(objects,
                [&](Instance& object) { return !uncover(object, with, size, min_visible); });
}

std::vector<Instance> layer_objects(const Layer& layer, const Dataset& dataset,
                                    const ObjectMapper& mapper, double min_visible) {
  std::vector<Instance> objects;
  for (const Placement& placement : layer.pictures) {
    const Record& record = dataset.records[static_cast<size_t>(placement.record)];
    auto mapped = mapper.map(record.instances, placement.file, placement.to_sample,
                             placement.window, min_visible);
    std::move(mapped.begin(), mapped.end(), std::back_inserter(objects));
  }
  if (!layer.paste) return objects;
  auto pasted = pasted_objects(*layer.paste, dataset, mapper);
  const ImageSize size = layer.paste->from.window.sample;
  if (!pasted.empty()) cover(objects, union_of(pasted, size), size, min_visible);
  std::move(pasted.begin(), pasted.end(), std::back_inserter(objects));
  return objects;
}

}  // namespace

void paint(const SamplePlan& plan, const Dataset& dataset, Antialias antialias,
           PictureSource& pictures, uint8_t* pixels) {
  const Painter painter(plan, dataset, antialias, pictures);
  painter.layer(plan.first, pixels);
  if (plan.second) {
    PixelBuffer second(bytes_of(plan.size));
    painter.layer(*plan.second, second.data());
    lay_over(plan, second, pixels);
  }
}

void vary_colours(const SamplePlan& plan, const Draws& draws, uint8_t* pixels) {
  const SamplePixels all = {pixels, plan.size.height, plan.size.width};
  for (const PixelChange& change : plan.changes) change_pixels(change, all);
  change_colours(plan.colour, all);
  if (plan.blur > 0) blur(all, plan.blur);
  if (plan.noise > 0) add_noise(all, plan.noise, draws.of(Draw::noise, 1));
  for (size_t i = 0; i < plan.erased.size(); ++i) {
    fill_with_noise(plan.erased[i], plan.size, draws.of(Draw::erase, static_cast<int64_t>(i) + 1),
                    pixels);
  }
}

std::vector<Instance> objects_of(const SamplePlan& plan, const Dataset& dataset,
                                 const ObjectMapper& mapper, double min_visible) {
  std::vector<Instance> objects = layer_objects(plan.first, dataset, mapper, min_visible);
  if (!plan.second) return objects;
  std::vector<Instance> others = layer_objects(*plan.second, dataset, mapper, min_visible);
  if (plan.cut) {
    const PixelMask inside = mask_of(*plan.cut, plan.size);
    PixelMask outside = inside;
    for (uint8_t& on : outside.on) on = on == 0 ? 1 : 0;
    cover(objects, inside, plan.size, min_visible);
    cover(others, outside, plan.size, min_visible);
  }
  std::move(others.begin(), others.end(), std::back_inserter(objects));
  return objects;
}

Frame fit_into(const Image& image, ImageSize out, ImageSize window, uint8_t* pixels) {
  const ImageSize file = {.height = image.height, .width = image.width};
  const Frame frame{.a = fit(file, out), .file_height = file.height, .file_width = file.width};
  fill_pixels(pixels, kFill, bytes_of(window) / 3);
  warp_into(image, frame.a, Antialias::block_mean, {0, 0, window.width, window.height},
            {pixels, window.height, window.width});
  return frame;
}

}  // namespace fovea
