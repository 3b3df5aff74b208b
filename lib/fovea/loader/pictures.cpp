#include "fovea/loader/pictures.h"

#include <algorithm>
#include <utility>

#include "fovea/data/read_picture.h"
#include "fovea/image/decode_part.h"
#include "fovea/loader/passed_over.h"

namespace fovea {
namespace {

constexpr int64_t kMegabyte = 1'000'000;

int64_t budget(const LoaderOptions& options, Cache kind) {
  return options.cache == kind ? options.cache_mb * kMegabyte : 0;
}

/// Mosaics whose pictures are neighbours meet each of them again soon.
int64_t recent_count(const AugmentOptions& augment, const LoaderOptions& options) {
  const bool is_wanted = augment.mosaic.p > 0 && augment.mosaic.near > 0;
  return is_wanted && options.cache != Cache::decoded ? 2 * augment.mosaic.near : 0;
}

/// Errors of reading a record's picture, with the record.
template <class Read>
auto naming(int64_t record, const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    throw UnreadablePicture(record, error);
  }
}

}  // namespace

Pictures::Pictures(const Dataset& dataset, ImageSize sample, const AugmentOptions& augment,
                   const LoaderOptions& options)
    : dataset_(dataset),
      sample_(sample),
      augment_(augment),
      cache_(options.cache),
      keeps_recent_(recent_count(augment, options) > 0),
      decoded_(static_cast<int64_t>(dataset.records.size()), budget(options, Cache::decoded)),
      files_(static_cast<int64_t>(dataset.records.size()), budget(options, Cache::files)),
      recent_(recent_count(augment, options)) {}

ImageSize Pictures::size_of(int64_t record) {
  return naming(record, [&] { return find_size(record); });
}

void Pictures::show(const Placement& placement, Antialias antialias, Canvas out) {
  naming(placement.record, [&] { show_picture(placement, antialias, out); });
}

ImageSize Pictures::find_size(int64_t record) {
  const Record& stated = dataset_.records[static_cast<size_t>(record)];
  if (stated.height > 0 && stated.width > 0) return {stated.height, stated.width};
  {
    const std::lock_guard lock(mutex_);
    const auto known = sizes_.find(record);
    if (known != sizes_.end()) return known->second;
  }
  const ImageInfo info = probe_image(bytes_of(record)->bytes(), stated.path);
  const std::lock_guard lock(mutex_);
  return sizes_[record] = {.height = info.height, .width = info.width};
}

void Pictures::show_picture(const Placement& placement, Antialias antialias, Canvas out) {
  const int64_t shrink = antialias == Antialias::none ? 1 : shrink_of(placement.file);
  const auto scale = static_cast<double>(shrink);
  const Projection map = compose(placement.to_sample, Affine{scale, 0, 0, 0, scale, 0});
  if (keeps_recent_ || cache_ == Cache::decoded) {
    if (const auto image = whole(placement.record, shrink)) {
      const StageTimer timer(stages_, Stage::warp);
      return warp_into(*image, map, antialias, placement.window.part, out);
    }
  }
  const auto sides = [shrink](int64_t side) { return (side + shrink - 1) / shrink; };
  const PixelRect part = needed_part(sides(placement.file.height), sides(placement.file.width), map,
                                     antialias, placement.window.part);
  if (part.width <= 0 || part.height <= 0) return;
  const Record& record = dataset_.records[static_cast<size_t>(placement.record)];
  const auto bytes = bytes_of(placement.record);
  DecodedPart decoded;
  {
    const StageTimer timer(stages_, Stage::decode);
    decoded = decode_part(bytes->bytes(), record.path, part, shrink);
  }
  expect_stated_size(dataset_, record, decoded.file_height, decoded.file_width);
  const StageTimer timer(stages_, Stage::warp);
  warp_into({decoded.pixels, decoded.place, decoded.whole_height, decoded.whole_width}, map,
            antialias, placement.window.part, out);
}

std::shared_ptr<const Image> Pictures::whole(int64_t record, int64_t shrink) {
  if (auto kept = decoded_.find(record)) return kept;
  if (auto kept = recent_.find(record)) return kept;
  const Record& stated = dataset_.records[static_cast<size_t>(record)];
  const ImageSize file = size_of(record);
  const auto sides = [shrink](int64_t side) { return (side + shrink - 1) / shrink; };
  const int64_t size = sides(file.height) * sides(file.width) * 3;
  if (!keeps_recent_ && !decoded_.has_room(size)) return nullptr;
  const auto bytes = bytes_of(record);
  const StageTimer timer(stages_, Stage::decode);
  DecodedPart decoded = decode_part(bytes->bytes(), stated.path,
                                    {0, 0, sides(file.width), sides(file.height)}, shrink);
  expect_stated_size(dataset_, stated, decoded.file_height, decoded.file_width);
  auto image = std::make_shared<const Image>(std::move(decoded.pixels));
  decoded_.keep(record, image, size);
  recent_.keep(record, image);
  return image;
}

std::shared_ptr<const FileBytes> Pictures::bytes_of(int64_t record) {
  if (auto kept = files_.find(record)) return kept;
  std::shared_ptr<const FileBytes> bytes;
  {
    const StageTimer timer(stages_, Stage::read);
    bytes = reads_.read(dataset_.records[static_cast<size_t>(record)].path);
  }
  files_.keep(record, bytes, static_cast<int64_t>(bytes->bytes().size()));
  return bytes;
}

int64_t Pictures::shrink_of(ImageSize file) const {
  const double scale = largest_sample_scale(augment_, file, sample_);
  int64_t shrink = 1;
  while (shrink < 8 && scale * 2 * static_cast<double>(shrink) <= 1 + 1e-9) shrink *= 2;
  return shrink;
}

}  // namespace fovea
