#include "fovea/data/defects.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fovea/core/error.h"

namespace fovea {
namespace {

constexpr auto kStops = IfAllowed::impossible;
constexpr auto kDrops = IfAllowed::drops_entry;

constexpr auto kKinds = std::to_array<DefectKind>({
    {defect::kNoJson, Severity::error, kStops, "the file is no JSON",
     "correct it, or write it again"},
    {defect::kMissingKey, Severity::error, kDrops, "a key is missing", "add it"},
    {defect::kWrongType, Severity::error, kDrops, "a value of the wrong type",
     "correct the program that wrote it"},
    {defect::kNotWhole, Severity::error, kDrops, "an id that is not a whole number",
     "write ids as whole numbers without quotes"},
    {defect::kDuplicateImage, Severity::error, kDrops, "two images share an id",
     "give each image an id of its own"},
    {defect::kDuplicateCategory, Severity::error, kDrops, "two categories share an id",
     "give each category an id of its own"},
    {defect::kDuplicateAnnotation, Severity::error, kDrops, "two annotations share an id",
     "give each annotation an id of its own"},
    {defect::kDanglingImage, Severity::error, kDrops,
     "an annotation of an image that is not listed", "list the image, or drop the annotation"},
    {defect::kDanglingCategory, Severity::error, kDrops,
     "an annotation of a category that is not listed", "list the category, or drop the annotation"},
    {defect::kNoImages, Severity::error, kStops, "no image is listed", "name another file"},
    {defect::kNoCategories, Severity::error, kStops, "no category is listed",
     "list the classes under `categories`"},
    {defect::kByteOrderMark, Severity::warning, kStops,
     "the file begins with a byte-order mark, which many readers refuse",
     "save it as UTF-8 without one"},
    {defect::kNoSize, Severity::warning, kStops, "no `width` or `height` (read from the picture)",
     "add them"},
    {defect::kNoCrowdFlag, Severity::warning, kStops, "no `iscrowd` (taken as 0)", "add it"},
    {defect::kNoArea, Severity::warning, kStops, "no `area` (the box's is taken)", "add it"},
    {defect::kIdZero, Severity::warning, kStops,
     "annotation id 0, which pycocotools never counts as found", "number annotations from 1"},
    {defect::kSameName, Severity::warning, kStops, "two categories share a name",
     "name them apart, or make them one category"},
    {defect::kUnusedCategory, Severity::warning, kStops, "a category without annotations",
     "annotate some, or leave the category out"},
    {defect::kBoxShape, Severity::error, kDrops, "a box that is no list of 4 numbers",
     "write it as [left, top, width, height]"},
    {defect::kBoxEmpty, Severity::error, kDrops, "a box without area",
     "give it a positive width and height, or drop it"},
    {defect::kBoxOutside, Severity::error, kDrops, "a box wholly outside its image",
     "correct the box or the image's size, or drop it"},
    {defect::kBoxReachesOut, Severity::warning, kStops,
     "a box that reaches out of its image by more than a pixel", "clip it"},
    {defect::kBoxTiny, Severity::warning, kStops, "a box less than a pixel wide or high",
     "drop it, or correct the unit: boxes are in pixels"},
    {defect::kBoxTwice, Severity::warning, kStops, "the same box of the same class twice",
     "drop one of them"},
    {defect::kAreaAboveBox, Severity::warning, kStops, "an area larger than its box",
     "write the area of the mask in square pixels"},
    {defect::kPolygon, Severity::error, kDrops, "a polygon that is no list of at least 3 points",
     "write it as [x0, y0, x1, y1, ...]"},
    {defect::kRle, Severity::error, kDrops, "runs that are no RLE", "encode the mask again"},
    {defect::kRleSize, Severity::error, kDrops, "a mask whose size is not its image's",
     "encode it for the image's [height, width]"},
    {defect::kMaskShape, Severity::error, kDrops, "a mask that is neither polygons nor RLE",
     "write polygons as [[x0, y0, ...], ...] or RLE as {\"size\", \"counts\"}"},
    {defect::kCrowdPolygon, Severity::warning, kStops, "a crowd given as polygons",
     "encode its mask as RLE"},
    {defect::kMaskBesideBox, Severity::warning, kStops,
     "a mask that ends more than 2 pixels from its box", "correct the box or the mask"},
    {defect::kKeypoints, Severity::error, kDrops, "keypoints that are no list of x, y, visibility",
     "write three numbers for each keypoint of the category"},
    {defect::kVisibility, Severity::error, kDrops, "a keypoint's visibility other than 0, 1 or 2",
     "use 0 (not labelled), 1 (hidden) or 2 (visible)"},
    {defect::kKeypointCount, Severity::warning, kStops,
     "`num_keypoints` is not the number of labelled keypoints",
     "count those of visibility 1 and 2"},
    {defect::kFileName, Severity::error, kDrops, "an empty file name", "name the picture"},
    {defect::kFileOutside, Severity::error, kDrops, "a file name that leaves the image folder",
     "use names relative to the image folder, without `..`"},
    {defect::kFileMissing, Severity::error, kDrops, "a picture that does not exist",
     "check the name and the image folder"},
    {defect::kUnreadable, Severity::error, kDrops, "a picture that cannot be read",
     "copy it again from its source, save it anew as JPEG or PNG, or drop it"},
    {defect::kAnimated, Severity::error, kDrops, "an animated or multi-page picture",
     "save the frames that are meant as JPEG or PNG files"},
    {defect::kOtherSize, Severity::error, kDrops, "a picture of another size than is stated",
     "correct its width, height and boxes, or put the right picture there"},
    {defect::kSameFile, Severity::warning, kStops, "a picture that is listed twice",
     "list it once, with all its annotations"},
    {defect::kNameCase, Severity::warning, kStops,
     "a file name that differs from another in upper and lower case only",
     "rename one: some file systems take them for the same"},
    {defect::kLeak, Severity::error, kStops, "the same picture in two splits",
     "drop it from one of them: figures on pictures that were trained on say nothing"},
    {defect::kOtherCategories, Severity::error, kStops, "other categories than in another split",
     "use the same ids and names in all splits"},
});

std::vector<std::string> all_codes() {
  std::vector<std::string> codes;
  codes.reserve(kKinds.size());
  for (const DefectKind& kind : kKinds) codes.emplace_back(kind.code);
  return codes;
}

void append_counts(std::string& line, const std::map<std::string, ReadReport::Count>& counts,
                   std::string_view after) {
  for (const auto& [code, count] : counts) {
    if (!line.empty()) line += ", ";
    const std::string where = count.place.empty() ? "" : fmt::format(" at {}", count.place);
    const std::string others = count.times > 1 ? " first" : "";
    line += fmt::format("{} x {} {}{}{}{}", count.times, code, defect_kind(code).what, after,
                        where.empty() ? "" : others, where);
  }
}

}  // namespace

std::span<const DefectKind> defect_kinds() {
  return kKinds;
}

const DefectKind& defect_kind(std::string_view code) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const DefectKind& kind) { return kind.code == code; });
  if (found == kKinds.end()) {
    const std::string near = suggestion(code, all_codes());
    fail(fmt::format("`{}` is no code of a defect", code),
         near.empty() ? "codes look like D204, as messages give them" : near);
  }
  return *found;
}

void expect_allowable(const std::vector<std::string>& codes) {
  for (const std::string& code : codes) {
    const DefectKind& kind = defect_kind(code);
    if (kind.severity == Severity::warning) {
      fail(fmt::format("{} is a warning, which needs no permission", code), "leave it out");
    }
    if (kind.if_allowed == IfAllowed::impossible) {
      fail(fmt::format("{} cannot be allowed: {}", code, kind.what), "correct the file");
    }
  }
}

std::string ReadReport::describe() const {
  std::string line;
  append_counts(line, allowed, ": passed over");
  append_counts(line, warnings, "");
  return line;
}

}  // namespace fovea
