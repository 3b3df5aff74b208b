// Many pictures with their annotations on one page of HTML that needs nothing else: no network, no
// other file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "fovea/core/log.h"
#include "fovea/curate/annotation_drawing.h"
#include "fovea/curate/shown_image.h"

namespace fovea {

struct GalleryOptions {
  std::string title = {};
  int64_t thumbnail = 256;    // longer side of the small pictures, pixels
  int64_t large = 800;        // of those that a click opens; 0: none, the small ones are enlarged
  int64_t images_in_all = 0;  // of the data set, of which those given are shown
  Panels panels = Panels::truth;
};

/// The page as text. Pictures are read and shrunk on all cores; boxes, masks and keypoints are data
/// that the page draws over them. Names may hold anything: they are escaped. Error naming a picture
/// that cannot be read.
std::string gallery_page(const std::vector<ShownImage>& images, const MarkNames& names,
                         const GalleryOptions& options, Log& log);

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

/// A mask as the data of an SVG path, in pixels of the picture: its polygons, or its runs on a grid
/// of at most 128 columns and rows. Empty when there is none.
std::string path_of(const Segmentation& mask);

}  // namespace fovea
