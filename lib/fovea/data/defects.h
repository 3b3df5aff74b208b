// What can be wrong with an annotation file. Each defect has a code that never changes its meaning,
// so that messages, `data.allow` and scripts can name it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// A note is worth knowing and nothing to correct: it is never counted as a warning.
enum class Severity { error, warning, note };
std::string_view name_of(Severity severity);  ///< "error", "warning", "note"

/// What `allow` does with an error: nothing, or the annotation, image or category that has it is
/// passed over.
enum class IfAllowed { impossible, drops_entry };

struct DefectKind {
  std::string_view code;  // "D204"
  Severity severity;
  IfAllowed if_allowed;     // warnings and notes never stop anything
  std::string_view what;    // one line: what it is and why it matters
  std::string_view remedy;  // one line
};

// D1xx: the file's shape and ids. D2xx: boxes. D3xx: masks. D4xx: keypoints. D5xx: pictures. D6xx:
// several splits. D7xx: what there is of each class, and what is there twice. x01 to x49 are
// errors, x51 to x79 warnings, x81 to x99 notes.
namespace defect {
inline constexpr std::string_view kNoJson = "D100";
inline constexpr std::string_view kMissingKey = "D101";
inline constexpr std::string_view kWrongType = "D102";
inline constexpr std::string_view kNotWhole = "D103";
inline constexpr std::string_view kDuplicateImage = "D104";
inline constexpr std::string_view kDuplicateCategory = "D105";
inline constexpr std::string_view kDuplicateAnnotation = "D106";
inline constexpr std::string_view kDanglingImage = "D107";
inline constexpr std::string_view kDanglingCategory = "D108";
inline constexpr std::string_view kNoImages = "D109";
inline constexpr std::string_view kNoCategories = "D110";
inline constexpr std::string_view kByteOrderMark = "D151";
inline constexpr std::string_view kNoSize = "D152";
inline constexpr std::string_view kNoCrowdFlag = "D153";
inline constexpr std::string_view kNoArea = "D154";
inline constexpr std::string_view kIdZero = "D155";
inline constexpr std::string_view kSameName = "D156";
inline constexpr std::string_view kUnusedCategory = "D157";
inline constexpr std::string_view kBoxShape = "D201";
inline constexpr std::string_view kBoxEmpty = "D204";
inline constexpr std::string_view kBoxOutside = "D205";
inline constexpr std::string_view kBoxReachesOut = "D251";
inline constexpr std::string_view kBoxTiny = "D252";
inline constexpr std::string_view kBoxTwice = "D253";
inline constexpr std::string_view kAreaAboveBox = "D254";
inline constexpr std::string_view kPolygon = "D301";
inline constexpr std::string_view kRle = "D302";
inline constexpr std::string_view kRleSize = "D303";
inline constexpr std::string_view kMaskShape = "D304";
inline constexpr std::string_view kCrowdPolygon = "D351";
inline constexpr std::string_view kMaskBesideBox = "D352";
inline constexpr std::string_view kKeypoints = "D401";
inline constexpr std::string_view kVisibility = "D402";
inline constexpr std::string_view kKeypointCount = "D451";
inline constexpr std::string_view kFileName = "D501";
inline constexpr std::string_view kFileOutside = "D502";
inline constexpr std::string_view kFileMissing = "D503";
inline constexpr std::string_view kUnreadable = "D504";
inline constexpr std::string_view kAnimated = "D505";
inline constexpr std::string_view kOtherSize = "D506";
inline constexpr std::string_view kOverLimits = "D507";
inline constexpr std::string_view kEmptyFile = "D508";
inline constexpr std::string_view kNoPermission = "D509";
inline constexpr std::string_view kDamagedInside = "D510";
inline constexpr std::string_view kOtherFormat = "D511";
inline constexpr std::string_view kSizeBeforeTurn = "D512";
inline constexpr std::string_view kSameFile = "D551";
inline constexpr std::string_view kNameCase = "D552";
inline constexpr std::string_view kNameForm = "D553";
inline constexpr std::string_view kSizeAfterTurn = "D554";
inline constexpr std::string_view kTurned = "D555";
inline constexpr std::string_view kDisguised = "D556";
inline constexpr std::string_view kNoEndMarker = "D557";
inline constexpr std::string_view kUnlisted = "D558";
inline constexpr std::string_view kGrey = "D581";
inline constexpr std::string_view kPalette = "D582";
inline constexpr std::string_view kAlpha = "D583";
inline constexpr std::string_view kDeep = "D584";
inline constexpr std::string_view kInks = "D585";
inline constexpr std::string_view kLeak = "D601";
inline constexpr std::string_view kOtherCategories = "D602";
inline constexpr std::string_view kNearLeak = "D651";
inline constexpr std::string_view kClassInOneSplit = "D652";
inline constexpr std::string_view kSharedIds = "D681";
inline constexpr std::string_view kSharedNames = "D682";
inline constexpr std::string_view kCopy = "D751";
inline constexpr std::string_view kNearCopy = "D752";
inline constexpr std::string_view kRareClass = "D753";
inline constexpr std::string_view kImbalance = "D754";
inline constexpr std::string_view kMostlyEmpty = "D755";
}  // namespace defect

/// Every kind, by rising code.
std::span<const DefectKind> defect_kinds();

/// The kind of that code; Error with the nearest codes when there is none.
const DefectKind& defect_kind(std::string_view code);

/// Errors whose entries a reader passes over.
struct Allowed {
  std::vector<std::string> codes = {};
  std::string advice = "data.allow=[{}] passes over such entries";  // of other errors, {}: the code
};

/// Error unless each code is that of an error that can be allowed.
void expect_allowable(const std::vector<std::string>& codes);

/// One thing that is wrong.
struct Finding {
  std::string_view code;
  std::string place = {};  // "train.json:/annotations/3/bbox"
  std::string problem = {};
  std::string other = {};  // the second picture, of a finding about two
};

/// All that is wrong, as far as it is worth showing.
struct CheckReport {
  int64_t most_of_a_kind = 20;                 // that are kept of each code
  std::vector<Finding> findings = {};          // in the order in which they were met
  std::map<std::string, int64_t> counts = {};  // by code, those that are not kept too
  std::vector<std::string> pictures = {};      // that image entries name, sound ones and others
  /// Counts a finding, or several of which one may be kept; `make` gives that one.
  template <class Make>
  void add(std::string_view code, int64_t times, const Make& make) {
    int64_t& count = counts[std::string(code)];
    if (count < most_of_a_kind) findings.push_back(make());
    count += times;
  }
  template <class Make>
  void add(std::string_view code, const Make& make) {
    add(code, 1, make);
  }
};

/// What a reader met and went on after.
struct ReadReport {
  struct Count {
    int64_t times = 0;
    std::string place = {};  // of the first: "/annotations/3"
    std::string first = {};  // its message: "train.json:/annotations/3: ..."
  };
  std::map<std::string, Count> warnings = {};  // by code
  std::map<std::string, Count> allowed = {};   // errors that `allow` named: what was dropped
  /// "12 x D153 no `iscrowd` (taken as 0) from /annotations/3 on, ...", one line; empty when there
  /// was nothing.
  std::string describe() const;
};

}  // namespace fovea
