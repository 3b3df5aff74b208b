#include "fovea/curate/clean.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/json_text.h"
#include "fovea/curate/repairs.h"
#include "fovea/curate/size_repairs.h"
#include "fovea/data/coco.h"
#include "fovea/data/coco_text.h"

namespace fovea {
namespace {

constexpr auto kLists = {CocoList::images, CocoList::categories, CocoList::annotations};

std::string shortened(std::string_view json) {
  constexpr size_t kMost = 80;
  if (json.size() <= kMost) return std::string(json);
  return fmt::format("{}...", json.substr(0, kMost - 3));
}

/// The fields of an entry but its id, in an order and a way of writing that are always the same.
std::string saying_of(std::string_view entry) {
  const JsonDocument document = JsonDocument::parse(entry, "");
  std::vector<std::string> fields;
  for (const auto& [key, value] : document.root().fields()) {
    if (key != "id") fields.push_back(fmt::format("{}:{}", quoted_text(key), value.raw()));
  }
  std::sort(fields.begin(), fields.end());
  std::string saying;
  for (const std::string& field : fields) saying.append(field).append(",");
  return saying;
}

class Cleaner {
 public:
  Cleaner(const fs::path& in, const CleanOptions& options) : text_(in), options_(options) {
    for (const CocoList list : kLists) repairs(list).resize(text_.entries(list).size());
  }

  /// Finds all that is to be done to the entries that were not dropped before. What is dropped here
  /// may have kept a size in doubt: then everything is looked at again without it, so that a second
  /// cleaning would find nothing new.
  void repair(Log& log) {
    bool again = true;
    while (again) {
      const size_t before = dropped();
      repair_categories();
      repair_images(log);
      log.expect_wanted();
      repair_annotations();
      again = dropped() > before && is_any_size_in_doubt();
    }
  }

  /// Drops the entries of errors that are to be dropped; how many. The rest is to be repaired anew.
  size_t drop(const CheckReport& found, const fs::path& draft) {
    const Places places = kept();
    size_t count = 0;
    for (const Finding& finding : found.findings) {
      const auto& codes = options_.drop;
      if (std::find(codes.begin(), codes.end(), finding.code) == codes.end()) continue;
      for (const CocoList list : kLists) {
        const auto index = entry_of(finding.place, draft, list);
        if (!index) continue;
        EntryRepair& repair = repairs(list)[places[static_cast<size_t>(list)].at(*index)];
        if (repair.drops()) continue;
        ++count;
        repair.changes = {{.code = finding.code, .why = finding.problem}};
      }
    }
    if (count > 0) drop_what_dangles();
    return count;
  }

  /// Adds to findings about a size why it was not taken from the picture.
  void explain_sizes(const fs::path& draft, CheckReport& found) const {
    if (options_.images.empty()) return;
    const Places places = kept();
    for (Finding& finding : found.findings) {
      if (finding.code != defect::kOtherSize && finding.code != defect::kNoSize) continue;
      const auto index = entry_of(finding.place, draft, CocoList::images);
      if (!index) continue;
      const size_t image = places[static_cast<size_t>(CocoList::images)].at(*index);
      const std::string& doubt = references_.images[image].size_doubt;
      if (!doubt.empty()) finding.problem += fmt::format(" (not repaired: {})", doubt);
    }
  }

  /// Valid as long as this.
  CocoEdit edit() const {
    CocoEdit edit;
    for (const CocoList list : kLists) {
      ListEdit& of_list = edit.of(list);
      const auto entries = text_.entries(list);
      of_list.dropped.resize(entries.size());
      of_list.changed.resize(entries.size());
      of_list.text = [this, list](size_t i) { return repaired_text(list, i); };
      for (size_t i = 0; i < entries.size(); ++i) {
        const EntryRepair& repair = repairs(list)[i];
        of_list.dropped[i] = repair.drops();
        of_list.changed[i] = !repair.changes.empty() && !repair.drops();
      }
    }
    return edit;
  }

  const CocoText& text() const { return text_; }

  CleanReport report() const {
    CleanReport report;
    if (text_.has_byte_order_mark()) {
      ++report.counts[std::string(defect::kByteOrderMark)].repaired;
      report.actions.push_back({.kind = CleanAction::Kind::dropped,
                                .code = defect::kByteOrderMark,
                                .place = text_.file().string(),
                                .why = "the byte-order mark before the text"});
    }
    for (const CocoList list : kLists) {
      for (size_t i = 0; i < repairs(list).size(); ++i) account(list, i, report);
    }
    return report;
  }

 private:
  /// By list: of the entries that are not dropped, their places in the source.
  using Places = std::array<std::vector<size_t>, kCocoLists>;
  Places kept() const {
    Places places;
    for (const CocoList list : kLists) {
      for (size_t i = 0; i < repairs(list).size(); ++i) {
        if (!repairs(list)[i].drops()) places[static_cast<size_t>(list)].push_back(i);
      }
    }
    return places;
  }

  size_t dropped() const {
    size_t count = 0;
    for (const auto& list : repairs_) {
      count += static_cast<size_t>(
          std::count_if(list.begin(), list.end(), [](const auto& entry) { return entry.drops(); }));
    }
    return count;
  }

  bool is_any_size_in_doubt() const {
    return std::any_of(references_.images.begin(), references_.images.end(),
                       [](const ImageFacts& image) { return !image.size_doubt.empty(); });
  }

  std::vector<EntryRepair>& repairs(CocoList list) { return repairs_[static_cast<size_t>(list)]; }
  const std::vector<EntryRepair>& repairs(CocoList list) const {
    return repairs_[static_cast<size_t>(list)];
  }

  std::string repaired_text(CocoList list, size_t index) const {
    std::string text(text_.entries(list)[index]);
    for (const Change& change : repairs(list)[index].changes) {
      text = with_field(text, change.key, change.now);
    }
    return text;
  }

  void repair_categories() {
    references_.category_of_id.clear();
    std::vector<CategoryFacts> facts(repairs(CocoList::categories).size());
    text_.read(CocoList::categories, [&](size_t i, JsonNode entry) {
      EntryRepair& repair = repairs(CocoList::categories)[i];
      if (!repair.drops()) repair = repair_category(entry, facts[i]);
    });
    for (size_t i = 0; i < facts.size(); ++i) {
      register_entry(CocoList::categories, i, facts[i].id, references_.category_of_id,
                     defect::kDuplicateCategory);
    }
  }

  void repair_images(Log& log) {
    references_.image_of_id.clear();
    references_.images.assign(repairs(CocoList::images).size(), {});
    text_.read(CocoList::images, [&](size_t i, JsonNode entry) {
      EntryRepair& repair = repairs(CocoList::images)[i];
      if (!repair.drops()) repair = repair_image(entry, references_.images[i]);
    });
    for (size_t i = 0; i < references_.images.size(); ++i) {
      register_entry(CocoList::images, i, references_.images[i].id, references_.image_of_id,
                     defect::kDuplicateImage);
    }
    if (options_.images.empty()) return;
    if (!picture_sizes_) picture_sizes_ = picture_sizes(references_.images, options_.images, log);
    repair_sizes(text_, *picture_sizes_, repairs(CocoList::annotations), references_,
                 repairs(CocoList::images));
  }

  /// The first entry of an id keeps it; another that says nothing else is dropped.
  void register_entry(CocoList list, size_t index, std::optional<int64_t> id,
                      std::unordered_map<int64_t, size_t>& places, std::string_view code) {
    if (!id || repairs(list)[index].drops()) return;
    const auto [earlier, is_new] = places.try_emplace(*id, index);
    if (is_new) return;
    if (saying_of(repaired_text(list, index)) != saying_of(repaired_text(list, earlier->second))) {
      // Which of the two is meant, nobody knows: nothing is held against a size.
      if (list != CocoList::images) return;
      for (const size_t image : {index, earlier->second}) {
        references_.images[image].size_doubt = "another image has the same id";
      }
      return;
    }
    repairs(list)[index].changes = {
        {.code = code, .why = fmt::format("says what entry {} says", earlier->second)}};
  }

  void repair_annotations() {
    std::vector<AnnotationFacts> facts(repairs(CocoList::annotations).size());
    const auto entries = text_.entries(CocoList::annotations);
    text_.read(CocoList::annotations, [&](size_t i, JsonNode entry) {
      EntryRepair& repair = repairs(CocoList::annotations)[i];
      if (!repair.drops()) repair = repair_annotation(entries[i], entry, references_, facts[i]);
    });
    drop_repetitions(facts);
    number_annotations(facts);
  }

  /// Annotations that differ in their id alone: the first one stays.
  void drop_repetitions(const std::vector<AnnotationFacts>& facts) {
    std::vector<EntryRepair>& list = repairs(CocoList::annotations);
    std::unordered_map<uint64_t, size_t> first;       // by likeness
    std::unordered_map<std::string, size_t> sayings;  // of those that are like another
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].drops() || facts[i].likeness == 0) continue;
      const auto [earlier, is_new] = first.try_emplace(facts[i].likeness, i);
      if (is_new) continue;
      const auto saying = [&](size_t index) {
        return saying_of(repaired_text(CocoList::annotations, index));
      };
      sayings.try_emplace(saying(earlier->second), earlier->second);
      const auto [same, says_something_new] = sayings.try_emplace(saying(i), i);
      if (says_something_new) continue;
      list[i].changes = {{.code = defect::kBoxTwice,
                          .why = fmt::format("says what annotation {} of the list says, mask and "
                                             "all",
                                             same->second)}};
    }
  }

  /// Gives free ids to those without one of their own: 0 is none, as pycocotools never counts its
  /// match.
  void number_annotations(const std::vector<AnnotationFacts>& facts) {
    std::vector<EntryRepair>& list = repairs(CocoList::annotations);
    std::unordered_set<int64_t> taken;
    taken.reserve(list.size());
    std::vector<size_t> without;
    for (size_t i = 0; i < list.size(); ++i) {
      if (list[i].drops()) continue;
      const bool has_own = facts[i].id && *facts[i].id != 0 && taken.insert(*facts[i].id).second;
      if (!has_own) without.push_back(i);
    }
    if (without.empty()) return;
    constexpr int64_t kMost = int64_t{1} << 53;  // a double still has it
    int64_t next = taken.empty() ? 0 : *std::max_element(taken.begin(), taken.end());
    if (next < 0 || next > kMost - static_cast<int64_t>(list.size())) next = 0;
    for (const size_t i : without) {
      do ++next;
      while (taken.contains(next));
      list[i].change({.code = id_code(i, facts[i]),
                      .key = "id",
                      .now = std::to_string(next),
                      .why = "a free id: nothing refers to those of annotations"});
    }
  }

  std::string_view id_code(size_t index, const AnnotationFacts& facts) const {
    if (facts.id) return *facts.id == 0 ? defect::kIdZero : defect::kDuplicateAnnotation;
    const bool is_there = field_of(text_.entries(CocoList::annotations)[index], "id").has_value();
    return is_there ? defect::kNotWhole : defect::kMissingKey;
  }

  /// The entry of a list that a finding lies in, if it lies in one: FILE:/LIST/INDEX...
  static std::optional<size_t> entry_of(std::string_view place, const fs::path& file,
                                        CocoList list) {
    const std::string start = fmt::format("{}:/{}/", file.string(), name_of(list));
    if (!place.starts_with(start)) return {};
    place.remove_prefix(start.size());
    size_t index = 0;
    const auto read = std::from_chars(place.data(), place.data() + place.size(), index);
    if (read.ec != std::errc()) return {};
    return index;
  }

  /// The annotations of images and categories that were dropped.
  void drop_what_dangles() {
    const auto ids_of = [this](CocoList list) {
      std::unordered_set<int64_t> ids;
      std::vector<std::optional<int64_t>> found(text_.entries(list).size());
      text_.read(list, [&](size_t i, JsonNode entry) {
        const auto id = entry.type() == '{' ? entry.find("id") : std::nullopt;
        if (id && !repairs(list)[i].drops()) found[i] = whole_of(*id);
      });
      for (const auto& id : found) {
        if (id) ids.insert(*id);
      }
      return ids;
    };
    const std::unordered_set<int64_t> images = ids_of(CocoList::images);
    const std::unordered_set<int64_t> categories = ids_of(CocoList::categories);
    text_.read(CocoList::annotations, [&](size_t i, JsonNode entry) {
      EntryRepair& repair = repairs(CocoList::annotations)[i];
      if (repair.drops()) return;
      const auto dangles = [&](std::string_view key, const std::unordered_set<int64_t>& ids) {
        const auto field = entry.find(key);
        const auto id = field ? whole_of(*field) : std::nullopt;
        return id && !ids.contains(*id);
      };
      if (dangles("image_id", images)) {
        repair.changes = {{.code = defect::kDanglingImage, .why = "its image was dropped"}};
      } else if (dangles("category_id", categories)) {
        repair.changes = {{.code = defect::kDanglingCategory, .why = "its category was dropped"}};
      }
    });
  }

  /// What was done to one entry.
  void account(CocoList list, size_t index, CleanReport& report) const {
    const std::string entry = fmt::format("{}:/{}/{}", text_.file().string(), name_of(list), index);
    for (const Change& change : repairs(list)[index].changes) {
      CleanReport::Count& count = report.counts[std::string(change.code)];
      const int64_t times = change.drops() ? ++count.dropped : ++count.repaired;
      if (times > options_.most_of_a_kind) continue;
      CleanAction action{.code = change.code, .place = entry, .now = change.now, .why = change.why};
      if (change.drops()) {
        action.kind = CleanAction::Kind::dropped;
      } else if (const auto was = field_of(text_.entries(list)[index], change.key)) {
        action.place += "/" + change.key;
        action.was = shortened(*was);
      } else {
        action.place += "/" + change.key;
        action.kind = CleanAction::Kind::added;
      }
      action.now = shortened(action.now);
      report.actions.push_back(std::move(action));
    }
  }

  CocoText text_;
  CleanOptions options_;
  References references_ = {};
  std::array<std::vector<EntryRepair>, kCocoLists> repairs_ = {};
  std::optional<std::vector<ImageSize>> picture_sizes_ = {};  // once they were read
};

/// Findings in the draft become those of the file that it becomes.
void show_as(const fs::path& name, const fs::path& draft, CheckReport& report) {
  const std::string from = draft.string();
  for (Finding& finding : report.findings) {
    if (!finding.place.starts_with(from)) continue;
    finding.place = name.string() + finding.place.substr(from.size());
  }
}

/// Leaves as many findings of each code.
void keep_most(CheckReport& report, int64_t most_of_a_kind) {
  std::map<std::string_view, int64_t> kept;
  std::erase_if(report.findings,
                [&](const Finding& finding) { return ++kept[finding.code] > most_of_a_kind; });
}

}  // namespace

std::string_view name_of(CleanAction::Kind kind) {
  switch (kind) {
    case CleanAction::Kind::changed:
      return "changed";
    case CleanAction::Kind::added:
      return "added";
    case CleanAction::Kind::dropped:
      return "dropped";
  }
  return "";
}

CleanReport::Count CleanReport::totals() const {
  Count totals;
  for (const auto& [code, count] : counts) {
    totals.repaired += count.repaired;
    totals.dropped += count.dropped;
  }
  return totals;
}

CleanReport clean_coco(const fs::path& in, const fs::path& out, const CleanOptions& options,
                       Log& log) {
  expect_allowable(options.drop);
  log.line(fmt::format("reading {}", in.string()));
  Cleaner cleaner(in, options);
  cleaner.repair(log);
  PartFile draft(out);
  CheckReport left;
  for (;;) {
    log.expect_wanted();
    log.line(fmt::format("writing {} and checking it", out.string()));
    cleaner.text().write(draft.path(), cleaner.edit());
    left = {.most_of_a_kind = options.drop.empty() ? options.most_of_a_kind
                                                   : std::numeric_limits<int64_t>::max()};
    check_coco(draft.path(), options.images, left);
    if (options.drop.empty() || cleaner.drop(left, draft.path()) == 0) break;
    cleaner.repair(log);
  }
  log.expect_wanted();
  cleaner.explain_sizes(draft.path(), left);
  show_as(options.shown_as.empty() ? out : options.shown_as, draft.path(), left);
  keep_most(left, options.most_of_a_kind);
  draft.finish();
  CleanReport report = cleaner.report();
  report.left = std::move(left);
  return report;
}

}  // namespace fovea
