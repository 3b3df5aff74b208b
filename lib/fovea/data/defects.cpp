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
    {defect::kOverLimits, Severity::error, kDrops, "a picture over the limits of size",
     "make it smaller, or raise `--max-pixels` if it is to be trusted"},
    {defect::kEmptyFile, Severity::error, kDrops, "an empty file", "copy it again, or drop it"},
    {defect::kNoPermission, Severity::error, kDrops, "a picture that may not be read",
     "give yourself the permission: chmod u+rX, of its folder too"},
    {defect::kDamagedInside, Severity::error, kDrops,
     "damaged pixel data behind a sound header (found by `--decode`)",
     "copy it again from its source, or drop it"},
    {defect::kOtherFormat, Severity::error, kDrops,
     "no picture of a format that is read (JPEG, PNG, WebP, TIFF, BMP)",
     "convert it to JPEG or PNG, or drop it"},
    {defect::kSizeBeforeTurn, Severity::error, kDrops,
     "a size that fits only before the EXIF turn: the boxes were drawn on the picture as stored",
     "turn size and boxes with the picture, or take the orientation out of the file"},
    {defect::kSameFile, Severity::warning, kStops, "a picture that is listed twice",
     "list it once, with all its annotations"},
    {defect::kNameCase, Severity::warning, kStops,
     "a file name that differs from another in upper and lower case only",
     "rename one: some file systems take them for the same"},
    {defect::kNameForm, Severity::warning, kStops,
     "a file name that differs from another in its Unicode form only: it looks the same",
     "rename one: some file systems take them for the same"},
    {defect::kSizeAfterTurn, Severity::warning, kStops,
     "a size that fits only after the EXIF turn, which many programs leave out",
     "save the picture upright, without an orientation"},
    {defect::kTurned, Severity::warning, kStops,
     "an EXIF turn of which the size does not tell whether the boxes follow it",
     "save the picture upright, without an orientation, and look at its boxes"},
    {defect::kDisguised, Severity::warning, kStops, "a name that states another format",
     "rename it: other programs go by the name"},
    {defect::kNoEndMarker, Severity::warning, kStops,
     "a JPEG without its end marker, though all its pixels are there",
     "save it anew: other programs may refuse it"},
    {defect::kUnlisted, Severity::warning, kStops, "a picture that no image entry names",
     "list it (without annotations it teaches what is no object), or move it away"},
    {defect::kGrey, Severity::note, kStops, "a grey picture (read as RGB of equal parts)",
     "nothing needs to be done"},
    {defect::kPalette, Severity::note, kStops, "a picture with a palette (read as RGB)",
     "nothing needs to be done"},
    {defect::kAlpha, Severity::note, kStops,
     "a picture with alpha, which is dropped: what it hides is seen",
     "lay it over a ground where that matters"},
    {defect::kDeep, Severity::note, kStops,
     "more than 8 bits a channel, of which the high 8 are read", "nothing needs to be done"},
    {defect::kInks, Severity::note, kStops, "a CMYK picture, read without its colour profile",
     "convert it to RGB where its colours matter"},
    {defect::kLeak, Severity::error, kStops, "the same picture in two splits",
     "drop it from one of them: figures on pictures that were trained on say nothing"},
    {defect::kOtherCategories, Severity::error, kStops, "other categories than in another split",
     "use the same ids and names in all splits"},
    {defect::kNearLeak, Severity::warning, kStops,
     "nearly the same picture in two splits: saved anew, resized, turned or mirrored",
     "drop it from one of them: figures on pictures that were trained on say nothing"},
    {defect::kClassInOneSplit, Severity::warning, kStops,
     "a class that one split has objects of and another has none of",
     "split anew, stratified by class, or annotate some there"},
    {defect::kSharedIds, Severity::note, kStops, "image ids that two splits share",
     "give each image an id of its own before the splits are put together"},
    {defect::kSharedNames, Severity::note, kStops, "file names that two splits share",
     "keep their folders apart"},
    {defect::kCopy, Severity::warning, kStops, "a picture whose bytes are those of another image",
     "list it once, with all its annotations"},
    {defect::kNearCopy, Severity::warning, kStops,
     "nearly the same picture as another image of the split",
     "drop one, or keep both on one side of every split"},
    {defect::kRareClass, Severity::warning, kStops, "a class with fewer than 10 objects",
     "annotate more, or leave the class out"},
    {defect::kImbalance, Severity::warning, kStops,
     "a class with over 100 times the objects of another",
     "add pictures of the small class, or train on them more often"},
    {defect::kMostlyEmpty, Severity::warning, kStops,
     "more than half of the images are without annotations",
     "annotate them, or drop some unless they are meant to teach what is no object"},
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

std::string_view name_of(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames = {"error", "warning", "note"};
  return kNames[static_cast<size_t>(severity)];
}

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
    if (kind.severity != Severity::error) {
      fail(fmt::format("{} is a {}, which needs no permission", code, name_of(kind.severity)),
           "leave it out");
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
