#include "fovea/data/check_pictures.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/file_ends.h"
#include "fovea/core/files.h"
#include "fovea/core/parallel.h"
#include "fovea/core/work_progress.h"
#include "fovea/data/defects.h"
#include "fovea/image/file_name.h"

namespace fovea {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
constexpr int kFirstQuarterTurn = 5;  // EXIF orientations from here on swap height and width

/// One picture under examination.
class Look {
 public:
  Look(const Record& record, const PictureCheckOptions& options)
      : record_(record), path_(record.path), options_(options) {}

  PictureCheck run() && {
    try {
      look();
    } catch (const Error& error) {
      const bool may_not = access(path_.c_str(), R_OK) != 0 && errno == EACCES;
      set_error(may_not ? defect::kNoPermission : defect::kUnreadable,
                fmt::format("{}: {}", error.place(), error.problem()));
    }
    return std::move(check_);
  }

 private:
  void look() {
    thread_local FileEnds ends;  // its memory serves one file after the other
    ends.read(path_);
    if (ends.size() == 0) return error(defect::kEmptyFile, "the file is empty");
    if (!is_known_format(ends.first())) return name_format(ends.first());
    const ImageInfo info = probe(ends);
    check_.height = info.height;
    check_.width = info.width;
    if (!fits_limits(info) || !is_still(info) || !fits_size(info)) return;
    const std::string_view stated = format_by_name(path_);
    if (!stated.empty() && stated != name_of(info.format)) {
      remark(defect::kDisguised,
             fmt::format("is a {}, but its name says {}", name_of(info.format), stated));
    }
    look_at_pixels(info, has_end(ends, info));
    note_colors(info);
  }

  /// The first bytes of a JPEG hold its header, as a rule; of other formats all is looked through.
  ImageInfo probe(const FileEnds& ends) {
    constexpr ImageLimits kAny = {.max_pixels = kNoLimit, .max_side = kNoLimit};
    if (ends.is_whole()) return probe_image(ends.first(), path_, kAny);
    try {
      const ImageInfo info = probe_image(ends.first(), path_, kAny);
      if (info.header_bytes > 0) return info;
    } catch (const Error&) {  // the header may go on beyond these bytes
    }
    return probe_image(whole().bytes(), path_, kAny);
  }

  bool has_end(const FileEnds& ends, const ImageInfo& info) {
    const bool by_last_bytes = info.format == ImageFormat::jpeg || info.format == ImageFormat::png;
    if (by_last_bytes || ends.is_whole()) return fovea::has_end(ends.last(), info.format);
    return fovea::has_end(whole().bytes(), info.format);
  }

  const MappedFile& whole() {
    if (!whole_) whole_.emplace(path_);
    return *whole_;
  }

  /// Says what a file of no known format is.
  void name_format(std::span<const std::byte> bytes) try {
    probe_image(bytes, path_);
  } catch (const Error& problem) {
    error(defect::kOtherFormat, problem.problem());
  }

  bool fits_limits(const ImageInfo& info) {
    const ImageLimits& limits = options_.limits;
    const int64_t longest = std::max(info.height, info.width);
    if (longest > limits.max_side) {
      error(defect::kOverLimits, fmt::format("is {} x {} pixels, and a side may have {}",
                                             info.width, info.height, limits.max_side));
    } else if (info.height > limits.max_pixels / info.width) {
      error(defect::kOverLimits, fmt::format("is {} x {} pixels, over the limit of {} pixels",
                                             info.width, info.height, limits.max_pixels));
    }
    return !check_.error;
  }

  bool is_still(const ImageInfo& info) {
    if (info.animated) {
      error(defect::kAnimated,
            fmt::format("is an animated or multi-page {}", name_of(info.format)));
    }
    return !info.animated;
  }

  /// Whether the picture has the stated size, where one is stated; remarks on an EXIF turn.
  bool fits_size(const ImageInfo& info) {
    const auto fits = [&](int64_t height, int64_t width) {
      return (record_.height == 0 || record_.height == height) &&
             (record_.width == 0 || record_.width == width);
    };
    const bool is_stated = record_.height > 0 && record_.width > 0;
    if (!fits(info.height, info.width)) {
      const std::string sizes = fmt::format("is {} x {} pixels, but stated to be {} x {}",
                                            info.width, info.height, record_.width, record_.height);
      if (is_stated && fits(info.file_height, info.file_width)) {
        error(defect::kSizeBeforeTurn, sizes + ", as before its EXIF turn");
      } else {
        error(defect::kOtherSize, sizes);
      }
      return false;
    }
    if (info.orientation == 1) return true;
    const bool tells = info.orientation >= kFirstQuarterTurn && info.height != info.width;
    if (tells && is_stated) {
      remark(defect::kSizeAfterTurn,
             fmt::format("is {} x {} pixels as stated only after its EXIF turn (orientation {})",
                         info.width, info.height, info.orientation));
    } else {
      remark(defect::kTurned, fmt::format("has the EXIF orientation {}", info.orientation));
    }
    return true;
  }

  void look_at_pixels(const ImageInfo& info, bool has_its_end) {
    const bool asked = options_.depth == PictureCheckOptions::Depth::pixels;
    if (has_its_end && !asked) return;
    DecodeRemarks remarks;
    try {
      verify_image(whole().bytes(), path_, options_.limits, remarks);
    } catch (const Error& problem) {
      return error(has_its_end ? defect::kDamagedInside : defect::kUnreadable, problem.problem());
    }
    if (remarks.no_end_marker && info.format == ImageFormat::jpeg) {
      remark(defect::kNoEndMarker, "ends without the marker of its end");
    }
  }

  void note_colors(const ImageInfo& info) {
    if (info.colors == ImageColors::grey) remark(defect::kGrey, "is grey");
    if (info.colors == ImageColors::palette) remark(defect::kPalette, "has a palette");
    if (info.colors == ImageColors::cmyk) remark(defect::kInks, "is CMYK");
    if (info.has_alpha) remark(defect::kAlpha, "has an alpha channel");
    if (info.bits > 8) remark(defect::kDeep, fmt::format("has {} bits a channel", info.bits));
  }

  void remark(std::string_view code, std::string_view problem) {
    check_.remarks.push_back({.code = code, .problem = named(problem)});
  }
  void error(std::string_view code, std::string_view problem) { set_error(code, named(problem)); }
  void set_error(std::string_view code, std::string problem) {
    check_.error = {.code = code, .problem = std::move(problem)};
  }
  std::string named(std::string_view problem) const {
    return fmt::format("{}: {}", path_.string(), problem);
  }

  const Record& record_;
  const fs::path path_;
  const PictureCheckOptions& options_;
  std::optional<MappedFile> whole_ = {};
  PictureCheck check_ = {};
};

}  // namespace

std::vector<PictureCheck> check_pictures(const std::vector<Record>& records,
                                         const PictureCheckOptions& options, Log& log) {
  std::vector<PictureCheck> checks(records.size());
  const bool decodes = options.depth == PictureCheckOptions::Depth::pixels;
  WorkProgress progress(decodes ? "decode" : "headers", "images",
                        static_cast<int64_t>(records.size()), log);
  in_parallel(static_cast<int64_t>(records.size()), [&](int64_t i) {
    checks[static_cast<size_t>(i)] = Look(records[static_cast<size_t>(i)], options).run();
    progress.add(1);
  });
  return checks;
}

}  // namespace fovea
