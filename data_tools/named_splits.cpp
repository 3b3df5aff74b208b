#include "named_splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fovea/core/counted.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/data/coco.h"
#include "fovea/data/find_dataset.h"

namespace fovea {
namespace {

/// What is wrong with a file of which nothing could be used, or only a part.
void report_errors(const fs::path& file, const CheckReport& report, bool is_usable, Log& log) {
  int64_t errors = 0;
  std::string codes;
  const Finding* first = nullptr;
  for (const auto& [code, times] : report.counts) {
    if (defect_kind(code).severity != Severity::error) continue;
    errors += times;
    codes += fmt::format("{}{} x {}", codes.empty() ? "" : ", ", times, code);
  }
  for (const Finding& finding : report.findings) {
    if (first != nullptr || defect_kind(finding.code).severity != Severity::error) continue;
    first = &finding;
  }
  if (!is_usable && first != nullptr) {
    throw Error(first->place, fmt::format("{}: {}", first->code, first->problem),
                defect_kind(first->code).remedy);
  }
  if (errors > 0) {
    log.warning(fmt::format(
        "{}: {} with errors ({}) {} passed over; `fovea-data check` names "
        "them",
        file.string(), counted(errors, "entry", "entries"), codes, errors == 1 ? "is" : "are"));
  }
}

constexpr std::string_view kNameFile =
    "name the annotation file, and the folder of its pictures with --images";

}  // namespace

std::vector<SplitSource> sources_of(const DatasetChoice& choice, Look look) {
  if (!fs::is_directory(choice.dataset)) {
    expect_file(choice.dataset, "a COCO annotation file or the folder of a data set");
    if (!choice.split.empty()) {
      fail("--split belongs to the folder of a data set", "leave it out, or name the folder");
    }
    const SplitFiles files = files_of(choice.dataset, choice.images);
    return {{choice.dataset.stem().string(), files.annotations, files.images}};
  }
  if (!choice.images.empty()) {
    fail("--images belongs to a single annotation file", "leave it out, or name the file");
  }
  std::vector<std::string> names = {choice.split};
  if (choice.split.empty()) names = splits_of(choice.dataset);
  if (names.empty()) names = {"train"};  // find_split says what was looked for
  std::vector<SplitSource> sources;
  for (const std::string& name : names) {
    const SplitFiles found = look == Look::at_pictures
                                 ? find_split(choice.dataset, name, kNameFile)
                                 : find_annotations(choice.dataset, name, kNameFile);
    sources.push_back({name, found.annotations, found.images});
  }
  return sources;
}

std::vector<NamedSplit> read_splits(const std::vector<SplitSource>& sources, Look look, Log& log) {
  std::vector<NamedSplit> splits;
  for (const SplitSource& source : sources) {
    log.line(fmt::format("reading {}", source.annotations.string()));
    CheckReport report;
    fs::path images;
    if (look == Look::at_pictures) images = source.images;
    Dataset dataset = check_coco(source.annotations, images, report);
    report_errors(source.annotations, report, !dataset.records.empty(), log);
    splits.push_back({source.name, std::move(dataset)});
  }
  return splits;
}

}  // namespace fovea
