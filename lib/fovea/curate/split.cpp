#include "fovea/curate/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "fovea/core/counted.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/part_folder.h"
#include "fovea/curate/disjoint_sets.h"
#include "fovea/curate/near_duplicates.h"
#include "fovea/curate/split_facts.h"
#include "fovea/data/picture_folder.h"

namespace fovea {
namespace {

/// Images of much the same number of objects: 0, 1, 2 to 3, 4 to 7 ... 64 and more.
constexpr size_t kBins = 8;
size_t bin_of(int64_t objects) {
  size_t bin = 0;
  for (; objects > 0 && bin + 1 < kBins; objects /= 2) ++bin;
  return bin;
}

class Splitter {
 public:
  Splitter(const fs::path& json, const SplitOptions& options, Log& log)
      : text_(json), options_(options), log_(log), facts_(read_split_facts(text_)) {
    if (images() == 0) fail(json, "/images", "lists no image", "name another file");
    name_parts();
  }

  void divide() {
    expect_pictures();
    join_images();
    const std::vector<StratifyGroup> groups = stratify_groups();
    if (groups.size() < report_.parts.size()) {
      fail(text_.file(), "/images",
           fmt::format("{} in {} cannot be divided into {} parts",
                       counted(static_cast<int64_t>(images()), "image"),
                       counted(std::ssize(groups), "group"), report_.parts.size()),
           "ask for fewer parts, or group by another field");
    }
    log_.line(fmt::format("dividing {} images in {} groups", images(), groups.size()));
    const std::vector<size_t> part_of_group =
        stratify(groups, 2 * facts_.classes.size() + kBins, sizes_, options_.seed);
    for (size_t i = 0; i < images(); ++i) part_of_image_.push_back(part_of_group[group_of_[i]]);
    count();
    remark();
  }

  void write(const fs::path& out) {
    log_.expect_wanted();
    PartFolder folder(out, "annotations");
    if (options_.folds == 0) {
      for (size_t part = 0; part < report_.parts.size(); ++part) {
        const std::string& name = report_.parts[part];
        write_part_file(folder.path(), name, {part});
        place(folder.path() / name, [&](size_t image) { return part_of_image_[image] == part; });
      }
    } else {
      for (size_t fold = 0; fold < folds(); ++fold) {
        log_.expect_wanted();
        write_fold(folder.path(), fold);
      }
      place(folder.path() / "images", [](size_t) { return true; });
    }
    folder.finish();
  }

  SplitReport& report() { return report_; }

 private:
  size_t images() const { return facts_.file_names.size(); }
  size_t folds() const { return static_cast<size_t>(options_.folds); }
  bool has_pictures() const { return !options_.images.empty(); }

  /// Names and sizes of the parts; of folds first the folds, then what is held out of them.
  void name_parts() {
    const auto all = static_cast<int64_t>(images());
    const std::vector<int64_t> sizes = images_of(options_.parts, all);
    if (options_.folds == 0) {
      for (const PartSize& part : options_.parts) report_.parts.push_back(part.name);
      sizes_ = sizes;
      return;
    }
    int64_t left = all;
    for (size_t i = 0; i < sizes.size(); ++i) {
      const std::string& name = options_.parts[i].name;
      if (name == "train" || name == "val") continue;
      held_out_.push_back(name);
      sizes_.push_back(sizes[i]);
      left -= sizes[i];
    }
    if (left < options_.folds) {
      fail(
          text_.file(), "/images",
          fmt::format("{} cannot be divided into {} folds", counted(left, "image"), options_.folds),
          left < 2 ? "name a file with more images, or hold out fewer"
                   : fmt::format("ask for at most {} folds", left));
    }
    std::vector<PartSize> equal;
    for (int64_t fold = 0; fold < options_.folds; ++fold) {
      equal.push_back({.name = fmt::format("fold{}", fold), .amount = 1});
      report_.parts.push_back(equal.back().name);
    }
    const std::vector<int64_t> fold_sizes = images_of(equal, left);
    sizes_.insert(sizes_.begin(), fold_sizes.begin(), fold_sizes.end());
    report_.parts.insert(report_.parts.end(), held_out_.begin(), held_out_.end());
  }

  /// Error when the pictures are not where the file says.
  void expect_pictures() {
    if (!has_pictures()) return;
    PictureFolder pictures(options_.images);
    std::optional<size_t> first;
    int64_t missing = 0;
    for (size_t i = 0; i < images(); ++i) {
      const std::string& name = facts_.file_names[i];
      const auto found = name.empty() ? PictureFolder::Found::no : pictures.look(name);
      if (found == PictureFolder::Found::yes) continue;
      if (found == PictureFolder::Found::closed) {
        fail(text_.file(), fmt::format("/images/{}/file_name", i),
             fmt::format("{} lies behind a folder that may not be entered",
                         (options_.images / name).string()),
             "check its permissions");
      }
      if (missing++ == 0) first = i;
    }
    if (!first) return;
    fail(text_.file(), fmt::format("/images/{}/file_name", *first),
         fmt::format("\"{}\" is not in {}{}", facts_.file_names[*first], options_.images.string(),
                     missing > 1 ? fmt::format(" (the first of {} such images)", missing) : ""),
         "name the folder of the pictures with --images, or leave such images out with "
         "`fovea-data clean --drop D501,D502,D503`");
  }

  void join_images() {
    DisjointSets joined(images());
    const auto join_same = [&](const std::vector<std::string>& names) {
      std::unordered_map<std::string, size_t> first;
      for (size_t i = 0; i < names.size(); ++i) {
        if (!names[i].empty()) joined.join(i, first.try_emplace(names[i], i).first->second);
      }
    };
    join_same(facts_.file_names);  // one picture, listed twice
    if (!options_.group_by.empty()) {
      const std::vector<std::string> names = group_names(text_, facts_, options_.group_by);
      report_.without_field = std::count(names.begin(), names.end(), "");
      join_same(names);
    }
    for (const std::vector<size_t>& alike : pictures_alike()) {
      ++report_.alike_groups;
      report_.alike_images += static_cast<int64_t>(alike.size());
      for (const size_t image : alike) joined.join(image, alike.front());
    }
    std::map<size_t, size_t> number;  // of a group, by its first image
    for (size_t i = 0; i < images(); ++i) {
      group_of_.push_back(number.try_emplace(joined.first_of(i), number.size()).first->second);
    }
    groups_ = number.size();
  }

  std::vector<std::vector<size_t>> pictures_alike() {
    if (!has_pictures() || options_.duplicates == SplitDuplicates::none) return {};
    std::vector<fs::path> files;
    for (const std::string& name : facts_.file_names) files.push_back(options_.images / name);
    DuplicateOptions options;
    if (options_.duplicates == SplitDuplicates::exact) options.max_distance.reset();
    return duplicate_groups(files, options, log_);
  }

  /// What each group shows: of class c its objects (label 2 c) and images with it (2 c + 1), then
  /// its images by the number of their objects.
  std::vector<StratifyGroup> stratify_groups() {
    std::vector<std::map<size_t, int64_t>> shown(groups_);
    std::vector<StratifyGroup> groups(groups_, {.images = 0});
    for (size_t i = 0; i < images(); ++i) {
      const size_t group = group_of_[i];
      ++groups[group].images;
      int64_t objects = 0;
      for (const Shows& of_class : facts_.objects[i]) {
        shown[group][2 * of_class.label] += of_class.amount;
        ++shown[group][2 * of_class.label + 1];
        objects += of_class.amount;
      }
      ++shown[group][2 * facts_.classes.size() + bin_of(objects)];
    }
    for (size_t i = 0; i < groups_; ++i) {
      for (const auto& [label, amount] : shown[i]) groups[i].shows.push_back({label, amount});
      if (groups[i].images < 2) continue;
      ++report_.groups;
      report_.grouped_images += groups[i].images;
      largest_group_ = std::max(largest_group_, groups[i].images);
    }
    return groups;
  }

  void count() {
    const size_t parts = report_.parts.size();
    report_.totals.resize(parts);
    for (const std::string& name : facts_.classes) {
      report_.classes.push_back({.name = name, .shares = std::vector<PartShare>(parts)});
    }
    for (size_t i = 0; i < images(); ++i) {
      const size_t part = part_of_image_[i];
      ++report_.totals[part].images;
      for (const Shows& shown : facts_.objects[i]) {
        PartShare& share = report_.classes[shown.label].shares[part];
        ++share.images;
        share.objects += shown.amount;
        report_.totals[part].objects += shown.amount;
      }
    }
    set_wanted(report_.totals);
    for (SplitReport::Class& of_class : report_.classes) set_wanted(of_class.shares);
  }

  /// What the parts would have in exact proportion to their sizes.
  void set_wanted(std::vector<PartShare>& shares) const {
    int64_t all_images = 0;
    int64_t all_objects = 0;
    for (const PartShare& share : shares) {
      all_images += share.images;
      all_objects += share.objects;
    }
    for (size_t part = 0; part < shares.size(); ++part) {
      const double size = static_cast<double>(sizes_[part]) / static_cast<double>(images());
      shares[part].wanted_images = size * static_cast<double>(all_images);
      shares[part].wanted_objects = size * static_cast<double>(all_objects);
    }
  }

  /// What could not be as it was asked for.
  void remark() {
    if (report_.without_field > 0) {
      report_.remarks.push_back(fmt::format("{} images have no `{}`: nothing keeps them together",
                                            report_.without_field, options_.group_by));
    }
    for (size_t part = 0; part < report_.parts.size(); ++part) {
      if (report_.totals[part].images == sizes_[part]) continue;
      report_.remarks.push_back(fmt::format(
          "{} has {} images instead of {}: groups stay whole, the largest has {}",
          report_.parts[part], report_.totals[part].images, sizes_[part], largest_group_));
    }
    for (const SplitReport::Class& of_class : report_.classes) {
      int64_t all = 0;
      std::string without;
      for (size_t part = 0; part < of_class.shares.size(); ++part) {
        all += of_class.shares[part].images;
        if (of_class.shares[part].images > 0) continue;
        without += fmt::format("{}{}", without.empty() ? "" : ", ", report_.parts[part]);
      }
      if (without.empty()) continue;
      report_.remarks.push_back(all == 0 ? fmt::format("no image shows `{}`", of_class.name)
                                         : fmt::format("`{}` is in {} image{} only: none in {}",
                                                       of_class.name, all, all == 1 ? "" : "s",
                                                       without));
    }
  }

  /// annotations/instances_NAME.json below `folder`, of the images of some parts.
  void write_part_file(const fs::path& folder, const std::string& name,
                       const std::vector<size_t>& parts) const {
    std::vector<bool> is_in(report_.parts.size(), false);
    for (const size_t part : parts) is_in[part] = true;
    CocoEdit edit;
    std::vector<bool>& dropped_images = edit.of(CocoList::images).dropped;
    for (const size_t part : part_of_image_) dropped_images.push_back(!is_in[part]);
    std::vector<bool>& dropped = edit.of(CocoList::annotations).dropped;
    dropped.reserve(facts_.image_of_annotation.size());
    for (const uint32_t image : facts_.image_of_annotation)
      dropped.push_back(dropped_images[image]);
    make_folder(folder / "annotations");
    text_.write(folder / "annotations" / fmt::format("instances_{}.json", name), edit);
  }

  /// train of the other folds, val of this one, and the parts that are held out of all.
  void write_fold(const fs::path& folder, size_t fold) const {
    const fs::path root = folder / report_.parts[fold];
    std::vector<size_t> others;
    for (size_t other = 0; other < folds(); ++other) {
      if (other != fold) others.push_back(other);
    }
    write_part_file(root, "train", others);
    write_part_file(root, "val", {fold});
    for (size_t i = 0; i < held_out_.size(); ++i) {
      write_part_file(root, held_out_[i], {folds() + i});
    }
    if (options_.placing == Placing::none || !has_pictures()) return;
    std::vector<std::string> names = {"train", "val"};
    names.insert(names.end(), held_out_.begin(), held_out_.end());
    for (const std::string& name : names) {
      std::error_code error;
      fs::create_directory_symlink(fs::path("..") / "images", root / name, error);
      if (!error) continue;
      fail(root / name, "", "the link to the pictures could not be made: " + error.message(),
           "name a folder on a file system that has links, or use --pictures none");
    }
  }

  template <class IsIn>
  void place(const fs::path& folder, const IsIn& is_in) {
    if (options_.placing == Placing::none || !has_pictures()) return;
    std::vector<std::string> names;
    for (size_t i = 0; i < images(); ++i) {
      if (is_in(i)) names.push_back(facts_.file_names[i]);
    }
    place_pictures(names, options_.images, folder, options_.placing, log_);
  }

  CocoText text_;
  SplitOptions options_;
  Log& log_;
  SplitFacts facts_;
  SplitReport report_ = {};
  std::vector<int64_t> sizes_ = {};         // images wanted, by part
  std::vector<std::string> held_out_ = {};  // parts that belong to no fold
  std::vector<size_t> group_of_ = {};       // by image
  size_t groups_ = 0;
  int64_t largest_group_ = 1;
  std::vector<size_t> part_of_image_ = {};
};

}  // namespace

SplitReport split_coco(const fs::path& json, const fs::path& out, const SplitOptions& options,
                       Log& log) {
  log.line(fmt::format("reading {}", json.string()));
  Splitter splitter(json, options, log);
  splitter.divide();
  splitter.write(out);
  return std::move(splitter.report());
}

}  // namespace fovea
