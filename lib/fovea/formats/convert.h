// A data set from one format to another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/data/place_pictures.h"
#include "fovea/formats/splits.h"
#include "fovea/formats/voc_xml.h"
#include "fovea/formats/yolo_labels.h"

namespace fovea {

enum class Format { coco, yolo, voc, csv, folders };
std::string_view name_of(Format format);  ///< "coco"

struct GuessedFormat {
  Format format = Format::coco;
  std::string why = {};  // "it has a data.yaml"
};

/// The format of a folder by its layout, looked for in the order of `Format`, or of a file by its
/// name. Error when it has none.
GuessedFormat guess_format(const std::filesystem::path& in);

struct ConvertOptions {
  std::optional<Format> from = {};    // guessed where it is absent
  Format to = Format::coco;           // not folders
  std::filesystem::path images = {};  // folder of the pictures of a COCO file
  Placing pictures = Placing::link;   // none: COCO is read without pictures where there are none
  bool skip_bad = false;              // pass over what is bad instead of stopping at it
  std::optional<YoloLines> yolo_lines = {};         // absent: outlines where there is a mask
  VocCorners voc_corners = VocCorners::from_one;    // of a source
  bool voc_fractions = false;                       // corners of a target that are no whole pixels
  std::vector<std::filesystem::path> outputs = {};  // other files to be written, outside the source
};

struct ConvertReport {
  Format from = Format::coco;
  std::string guessed = {};  // why `from` was taken; empty when it was named
  struct SplitCount {
    std::string name = {};
    int64_t images = 0;  // written
    int64_t objects = 0;
    int64_t images_read = 0;
    int64_t objects_read = 0;
  };
  std::vector<SplitCount> splits = {};
  int64_t classes = 0;  // written
  Losses lost = {};
  Passed passed = {};
  std::vector<std::string> remarks = {};
};

/// Makes the folder `out`, which must be absent or empty and outside of all that is read: `in`, and
/// what it names elsewhere; whole or absent, also when `log` has it Stopped. `in`, a folder or a
/// file of the format, is only read. Error for a picture whose name the target cannot hold.
ConvertReport convert(const std::filesystem::path& in, const std::filesystem::path& out,
                      const ConvertOptions& options, Log& log);

}  // namespace fovea
