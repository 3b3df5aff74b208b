// A data set in the layout of Pascal VOC, whose annotation files voc_xml.h reads and writes.
#pragma once

#include <filesystem>
#include <vector>

#include "fovea/formats/splits.h"
#include "fovea/formats/voc_xml.h"
#include "fovea/formats/writing.h"

namespace fovea {

/// Whether a folder has one of the layouts of read_voc.
bool is_voc(const std::filesystem::path& root);

/// Reads, in this order:
///   1. Annotations/NAME.xml and JPEGImages/, with the names of each split in
///      ImageSets/Main/SPLIT.txt (train, val and test; trainval where there is no train); without
///      such lists everything is `train`
///   2. SPLIT/NAME.xml beside the pictures
///   3. NAME.xml beside the pictures, all of them `train`
/// The picture is the one that <filename> names, or else one called as the XML file. Classes come
/// in the order of classes.txt (splits.h), or sorted where there is no such file.
std::vector<Split> read_voc(const std::filesystem::path& root, VocCorners corners,
                            Reading& reading);

/// JPEGImages/, Annotations/, ImageSets/Main/SPLIT.txt, classes.txt. All pictures lie in one
/// folder: one whose name is taken gets that of its split in front.
void write_voc(std::vector<Split> splits, bool fractions, Writing& writing);

}  // namespace fovea
