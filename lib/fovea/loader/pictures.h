// The pictures of a data set as training reads them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fovea/augment/options.h"
#include "fovea/augment/sample.h"
#include "fovea/core/files.h"
#include "fovea/loader/file_reads.h"
#include "fovea/loader/memory_cache.h"
#include "fovea/loader/options.h"
#include "fovea/loader/recent_cache.h"
#include "fovea/loader/stages.h"

namespace fovea {

/// Reads and decodes what is shown. A picture that is larger than any sample shows it is decoded in
/// 1/2, 1/4 or 1/8 of its size, if it may be smoothed; of one that is not kept only the part is
/// decoded that is seen. What is in memory changes the time, never a pixel.
class Pictures final : public PictureSource {
 public:
  /// `dataset` must outlive this.
  Pictures(const Dataset& dataset, ImageSize sample, const AugmentOptions& augment,
           const LoaderOptions& options);

  /// Height and width of a picture: as its record states, otherwise by the file's header. This and
  /// show() throw UnreadablePicture.
  ImageSize size_of(int64_t record);
  void show(const Placement& placement, Antialias antialias, Canvas out) override;

  bool has(int64_t record) const { return decoded_.find(record) || files_.find(record); }

  Stages& stages() { return stages_; }
  const FileReads& reads() const { return reads_; }

 private:
  ImageSize find_size(int64_t record);
  void show_picture(const Placement& placement, Antialias antialias, Canvas out);
  std::shared_ptr<const FileBytes> bytes_of(int64_t record);
  /// The whole picture, in 1/shrink of its size.
  std::shared_ptr<const Image> whole(int64_t record, int64_t shrink);
  int64_t shrink_of(ImageSize file) const;

  const Dataset& dataset_;
  const ImageSize sample_;
  const AugmentOptions augment_;
  const Cache cache_;
  const bool keeps_recent_;
  MemoryCache<Image> decoded_;
  MemoryCache<FileBytes> files_;
  RecentCache<Image> recent_;
  Stages stages_ = {};
  FileReads reads_;
  std::mutex mutex_ = {};                    // of what follows
  std::map<int64_t, ImageSize> sizes_ = {};  // of records that state none
};

}  // namespace fovea
