#include "fovea/data/check_pictures.h"

#include <fmt/core.h>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/parallel.h"
#include "fovea/data/defects.h"
#include "fovea/image/decode.h"

namespace fovea {
namespace {

PictureCheck check_picture(const Record& record) try {
  const MappedFile file(record.path);
  const ImageInfo info = probe_image(file.bytes(), record.path);
  PictureCheck check{.height = info.height, .width = info.width};
  if (info.animated) {
    check.code = defect::kAnimated;
    check.problem =
        fmt::format("{}: is an animated or multi-page {}", record.path, name_of(info.format));
  } else if ((record.width != 0 && record.width != info.width) ||
             (record.height != 0 && record.height != info.height)) {
    check.code = defect::kOtherSize;
    check.problem = fmt::format("{}: is {} x {} pixels, but stated to be {} x {}", record.path,
                                info.width, info.height, record.width, record.height);
  } else if (!has_end(file.bytes(), info.format)) {
    decode_image(file.bytes(), record.path);
  }
  return check;
} catch (const Error& error) {
  return {.code = defect::kUnreadable,
          .problem = fmt::format("{}: {}", error.place(), error.problem())};
}

}  // namespace

std::vector<PictureCheck> check_pictures(const std::vector<Record>& records) {
  std::vector<PictureCheck> checks(records.size());
  in_parallel(static_cast<int64_t>(records.size()), [&](int64_t i) {
    checks[static_cast<size_t>(i)] = check_picture(records[static_cast<size_t>(i)]);
  });
  return checks;
}

}  // namespace fovea
