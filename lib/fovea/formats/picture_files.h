// The pictures of a data set whose annotations do not list them with their sizes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "fovea/formats/splits.h"

namespace fovea {

/// A picture and what to call it inside its split.
struct PictureFile {
  std::filesystem::path path = {};
  std::string name = {};  // "a/1.jpg"
};

/// Every picture in a folder and the folders in it, by rising name. Links are followed where they
/// stay inside.
std::vector<PictureFile> pictures_in(const std::filesystem::path& folder);

/// The objects of one picture.
struct PictureObjects {
  int64_t height = 0;  // of the picture, after the EXIF turn
  int64_t width = 0;
  std::vector<Instance> instances = {};
  std::vector<std::string> classes = {};  // of the instances, where labels are not known yet
  Passed passed = {};
  Losses lost = {};
  bool is_bad = false;  // passed over as a whole
};

/// Reads the header of every picture and calls read(i, objects) after it, on all cores. The first
/// Error in the order of the pictures is thrown, or its picture passed over.
std::vector<PictureObjects> read_pictures(const std::vector<PictureFile>& pictures,
                                          Reading& reading,
                                          const std::function<void(size_t, PictureObjects&)>& read);

/// Records of the pictures that were not passed over, numbered from 1 on, and their annotations
/// too. Takes the instances out of `objects`. Error when no picture is left.
Split make_split(const std::string& name, const std::filesystem::path& file,
                 const std::vector<PictureFile>& pictures, std::vector<PictureObjects>& objects,
                 const std::vector<Category>& categories);

/// Labels from class names: places in `names`, or, where that is empty, in the sorted list of the
/// names that occur, which then fills it. Error, or objects passed over, at a name that is not
/// listed.
void label_by_name(std::vector<std::vector<PictureObjects>>& splits,
                   std::vector<std::string>& names, const std::filesystem::path& list,
                   Reading& reading);

/// File names of which no two are the same, also without their extension: what lies beside them
/// (a.txt, a.xml) is named by that.
class TargetNames {
 public:
  /// `name`, or something like it when that is taken.
  std::string take(const std::string& name, Losses& lost);

 private:
  std::unordered_set<std::string> taken_ = {};
};

}  // namespace fovea
