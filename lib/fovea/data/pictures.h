// The pixels of a data set's files.
#pragma once

#include <cstdint>
#include <memory>

#include "fovea/core/options.h"
#include "fovea/data/memory_cache.h"
#include "fovea/data/transforms.h"
#include "fovea/data/vocabulary.h"

namespace fovea {

/// Decodes the picture of a record. Error naming the file when it cannot be read or is not of the
/// size that the record states (0: states none).
Image read_picture(const Dataset& dataset, const Record& record);

/// A picture as training keeps it.
struct Picture {
  std::shared_ptr<const Image> image = {};
  ImageSize file = {};    // pixels of the file's picture
  Affine from_file = {};  // file pixels -> pixels of `image`
};

/// The decoded pictures of a data set, some of them kept in memory. One that is larger than any
/// sample will show it is shrunk by a whole factor, the same with and without memory to keep it.
class Pictures {
 public:
  /// `dataset` must outlive this.
  Pictures(const Dataset& dataset, ImageSize out, const AugmentOptions& options,
           int64_t cache_bytes);
  Picture get(int64_t index);  ///< from any thread

 private:
  Picture read(int64_t index) const;
  const Dataset& dataset_;
  const ImageSize out_;
  const AugmentOptions options_;
  MemoryCache<Picture> cache_;
};

}  // namespace fovea
