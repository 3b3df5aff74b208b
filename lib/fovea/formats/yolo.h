// A data set in YOLO's layout: data.yaml (yolo_yaml.h) and a label file (yolo_labels.h) for each
// picture, found by replacing the last folder `images` of its path by `labels` and its extension by
// .txt; beside the picture where there is no such folder.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "fovea/formats/splits.h"
#include "fovea/formats/writing.h"
#include "fovea/formats/yolo_labels.h"

namespace fovea {

/// The data.yaml that `root` is or holds: data.yaml, data.yml, dataset.yaml, or its only .yaml.
/// Empty when there is none.
std::filesystem::path find_yolo_data(const std::filesystem::path& root);

/// Reads the splits that data.yaml names. An entry is a folder of pictures, also `images` beside
/// `labels`, or a .txt list of pictures, relative to `path:`, which is relative to data.yaml; lines
/// of a list that begin with ./ are relative to the list. Where `path:` does not exist the folder
/// of data.yaml is taken, and a `../` that leads nowhere is left out, as exports of Roboflow need
/// it.
std::vector<Split> read_yolo(const std::filesystem::path& root, Reading& reading);

/// Outlines when an object other than a crowd has a mask.
YoloLines lines_for(const std::vector<Split>& splits);

/// data.yaml, images/SPLIT/NAME, labels/SPLIT/NAME.txt, for every picture, also one without
/// objects.
void write_yolo(std::vector<Split> splits, std::optional<YoloLines> lines, Writing& writing);

}  // namespace fovea
