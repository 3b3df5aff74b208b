#include "fovea/curate/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace fovea {
namespace {

constexpr double kSmall = 32.0 * 32.0;  // square pixels: COCO's area ranges
constexpr double kLarge = 96.0 * 96.0;
constexpr int64_t kInputStep = 32;  // input sides are multiples of the coarsest usual stride

/// Value number `part` * (count - 1) of sorted values, between two of them where it is no whole
/// number.
double percentile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  const double place = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const double rest = place - static_cast<double>(below);
  if (below + 1 == sorted.size()) return sorted[below];
  return sorted[below] + rest * (sorted[below + 1] - sorted[below]);
}

Histogram histogram(std::vector<double> edges) {
  const size_t count = edges.size();
  return {.edges = std::move(edges), .counts = std::vector<int64_t>(count)};
}

void count_in(Histogram& histogram, double value) {
  const auto above = std::upper_bound(histogram.edges.begin(), histogram.edges.end(), value);
  const auto bin = std::max<std::ptrdiff_t>(above - histogram.edges.begin() - 1, 0);
  ++histogram.counts[static_cast<size_t>(bin)];
}

template <int64_t kSide>
void count_in(CellCounts<kSide>& cells, double x, double y) {
  const auto cell = [](double part) {
    const double place = std::floor(part * static_cast<double>(kSide));
    return static_cast<int64_t>(std::clamp(place, 0.0, static_cast<double>(kSide - 1)));
  };
  ++cells.counts[static_cast<size_t>(cell(y) * kSide + cell(x))];
}

/// Goes through the records of one part.
class Gatherer {
 public:
  Gatherer(std::string name, size_t classes)
      : class_sides_(classes), class_areas_(classes), last_image_(classes, -1) {
    part_.name = std::move(name);
    part_.classes.resize(classes);
    part_.image_histogram = histogram({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 30, 50, 100, 200});
    part_.side_histogram = histogram({0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512});
    part_.aspect_histogram = histogram({0, 0.1, 0.2, 1.0 / 3, 0.5, 0.75, 4.0 / 3, 2, 3, 5, 10});
  }

  /// `label_of` gives the common label of a label of the data set.
  void add(const Dataset& dataset, const std::vector<size_t>& label_of) {
    for (const Record& record : dataset.records) add(record, label_of);
  }

  PartStatistics finish() && {
    part_.objects_an_image = spread_of(std::move(counts_));
    part_.side = spread_of(std::move(sides_));
    part_.relative_side = spread_of(std::move(relative_sides_));
    part_.aspect = spread_of(std::move(aspects_));
    part_.picture_width = spread_of(std::move(widths_));
    part_.picture_height = spread_of(std::move(heights_));
    part_.picture_aspect = spread_of(std::move(picture_aspects_));
    for (const auto& [size, images] : sizes_) {
      part_.picture_sizes.push_back({.width = size.first, .height = size.second, .images = images});
    }
    std::stable_sort(
        part_.picture_sizes.begin(), part_.picture_sizes.end(),
        [](const PictureSize& a, const PictureSize& b) { return a.images > b.images; });
    finish_classes();
    finish_input_sides();
    finish_pairs();
    return std::move(part_);
  }

 private:
  void add(const Record& record, const std::vector<size_t>& label_of) {
    const int64_t image = part_.images++;
    const bool is_sized = record.width > 0 && record.height > 0;
    is_sized ? add_size(record) : void(++part_.unsized_images);
    if (record.instances.empty()) ++part_.empty_images;
    int64_t objects = 0;
    for (const auto& instance : record.instances) {
      const size_t label = label_of[static_cast<size_t>(instance.label)];
      if (instance.crowd) {
        ++part_.crowds;
        ++part_.classes[label].crowds;
        continue;
      }
      ++objects;
      if (last_image_[label] != image) {
        last_image_[label] = image;
        ++part_.classes[label].images;
        present_.push_back(static_cast<uint32_t>(label));
      }
      add_object(instance, label);
      if (is_sized) add_place(instance.box, record);
    }
    present_ends_.push_back(present_.size());
    part_.over_100 += objects > 100 ? 1 : 0;
    counts_.push_back(static_cast<double>(objects));
    count_in(part_.image_histogram, static_cast<double>(objects));
  }

  void add_size(const Record& record) {
    ++sizes_[{record.width, record.height}];
    const auto width = static_cast<double>(record.width);
    const auto height = static_cast<double>(record.height);
    widths_.push_back(width);
    heights_.push_back(height);
    picture_aspects_.push_back(width / height);
  }

  void add_object(const PackedInstance& instance, size_t label) {
    ClassStatistics& of_class = part_.classes[label];
    ++part_.objects;
    ++of_class.objects;
    const bool is_small = instance.area < kSmall;
    const bool is_large = instance.area > kLarge;
    int64_t PartStatistics::*const size = is_small   ? &PartStatistics::small
                                          : is_large ? &PartStatistics::large
                                                     : &PartStatistics::medium;
    int64_t ClassStatistics::*const class_size = is_small   ? &ClassStatistics::small
                                                 : is_large ? &ClassStatistics::large
                                                            : &ClassStatistics::medium;
    ++(part_.*size);
    ++(of_class.*class_size);
    class_areas_[label] += instance.area;
    const Box& box = instance.box;
    const double side = std::sqrt(box.width * box.height);
    sides_.push_back(side);
    class_sides_[label].push_back(static_cast<float>(side));
    aspects_.push_back(box.width / box.height);
    count_in(part_.side_histogram, side);
    count_in(part_.aspect_histogram, box.width / box.height);
    add_marks(instance);
  }

  void add_marks(const PackedInstance& instance) {
    if (instance.has_mask()) ++part_.masks;
    int64_t labelled = 0;
    for (const Keypoint& point : instance.keypoints()) labelled += point.visibility > 0 ? 1 : 0;
    part_.keypoints += labelled;
    part_.keypoint_objects += labelled > 0 ? 1 : 0;
  }

  /// What is seen in relation to the picture.
  void add_place(const Box& box, const Record& record) {
    const auto width = static_cast<double>(record.width);
    const auto height = static_cast<double>(record.height);
    const double side = std::sqrt(box.width * box.height);
    relative_sides_.push_back(side / std::sqrt(width * height));
    sides_at_one_.push_back(side / std::max(width, height));
    count_in(part_.centres, (box.left + box.width / 2) / width,
             (box.top + box.height / 2) / height);
    count_in(part_.extents, box.width / width, box.height / height);
    const bool touches =
        box.left < 1 || box.top < 1 || box.right() > width - 1 || box.bottom() > height - 1;
    part_.at_edge += touches ? 1 : 0;
  }

  void finish_classes() {
    for (size_t label = 0; label < part_.classes.size(); ++label) {
      ClassStatistics& of_class = part_.classes[label];
      if (of_class.objects == 0) continue;
      of_class.mean_area = class_areas_[label] / static_cast<double>(of_class.objects);
      const std::vector<float>& sides = class_sides_[label];
      std::vector<double> sorted(sides.begin(), sides.end());
      std::sort(sorted.begin(), sorted.end());
      of_class.median_side = percentile(sorted, 0.5);
    }
  }

  void finish_input_sides() {
    std::vector<double>& sides = sides_at_one_;
    std::sort(sides.begin(), sides.end());
    for (const int64_t side : {320, 416, 512, 640, 800, 1024, 1280}) {
      const auto pixels = static_cast<double>(side);
      const auto part_below = [&](double least) {
        const auto end = std::lower_bound(sides.begin(), sides.end(), least / pixels);
        return sides.empty()
                   ? 0.0
                   : static_cast<double>(end - sides.begin()) / static_cast<double>(sides.size());
      };
      part_.input_sides.push_back({.side = side,
                                   .below_8 = part_below(8),
                                   .below_16 = part_below(16),
                                   .median = percentile(sides, 0.5) * pixels});
    }
    const double tenth = percentile(sides, 0.1);
    for (const int64_t pixels : {8, 16, 32}) {
      const double exact = tenth > 0 ? static_cast<double>(pixels) / tenth : 0;
      const auto steps = static_cast<int64_t>(std::ceil(exact / kInputStep - 1e-9));
      part_.needed_sides.push_back({.pixels = pixels, .side = steps * kInputStep});
    }
  }

  /// Which classes lie in the same images.
  void finish_pairs() {
    std::vector<int64_t>& labels = part_.together.labels;
    for (size_t label = 0; label < part_.classes.size(); ++label) {
      if (part_.classes[label].images > 0) labels.push_back(static_cast<int64_t>(label));
    }
    const auto images = [&](int64_t label) {
      return part_.classes[static_cast<size_t>(label)].images;
    };
    std::stable_sort(labels.begin(), labels.end(),
                     [&](int64_t a, int64_t b) { return images(a) > images(b); });
    if (labels.size() > kMostPaired) labels.resize(kMostPaired);
    constexpr auto kNone = std::numeric_limits<size_t>::max();
    std::vector<size_t> place(part_.classes.size(), kNone);
    for (size_t i = 0; i < labels.size(); ++i) place[static_cast<size_t>(labels[i])] = i;
    part_.together.images.assign(labels.size() * labels.size(), 0);
    std::vector<size_t> present;
    size_t first = 0;
    for (const size_t end : present_ends_) {
      present.clear();
      for (; first < end; ++first) {
        if (place[present_[first]] != kNone) present.push_back(place[present_[first]]);
      }
      for (const size_t a : present) {
        for (const size_t b : present) ++part_.together.images[a * labels.size() + b];
      }
    }
  }

  PartStatistics part_ = {};
  std::map<std::pair<int64_t, int64_t>, int64_t> sizes_ = {};  // images by width and height
  std::vector<double> counts_ = {};                            // objects an image
  std::vector<double> sides_ = {};
  std::vector<double> relative_sides_ = {};
  std::vector<double> sides_at_one_ = {};  // where the longer side of the picture is 1
  std::vector<double> aspects_ = {};
  std::vector<double> widths_ = {};
  std::vector<double> heights_ = {};
  std::vector<double> picture_aspects_ = {};
  std::vector<std::vector<float>> class_sides_;
  std::vector<double> class_areas_;        // sums
  std::vector<int64_t> last_image_;        // in which a class was seen
  std::vector<uint32_t> present_ = {};     // labels of each image, once each
  std::vector<size_t> present_ends_ = {};  // of each image, in present_
};

/// The categories of all splits, and for each split where its own are in them.
struct CommonCategories {
  std::vector<Category> categories = {};
  std::vector<std::vector<size_t>> label_of = {};
};

/// A split that is not copied.
struct SplitView {
  const std::string& name;
  const Dataset& dataset;
};

CommonCategories common_categories(const std::vector<SplitView>& splits) {
  CommonCategories common;
  std::map<std::pair<int64_t, std::string>, size_t> place;
  for (const SplitView& split : splits) {
    for (const Category& category : split.dataset.categories) {
      place.try_emplace({category.id, category.name}, 0);
    }
  }
  for (auto& [key, label] : place) {
    label = common.categories.size();
    common.categories.push_back({.id = key.first, .name = key.second});
  }
  for (const SplitView& split : splits) {
    std::vector<size_t>& label_of = common.label_of.emplace_back();
    for (const Category& category : split.dataset.categories) {
      label_of.push_back(place.at({category.id, category.name}));
    }
  }
  return common;
}

DatasetStatistics gather(const std::vector<SplitView>& splits) {
  CommonCategories common = common_categories(splits);
  const size_t classes = common.categories.size();
  DatasetStatistics statistics{.categories = std::move(common.categories)};
  Gatherer all("all", classes);
  for (size_t i = 0; i < splits.size(); ++i) {
    if (splits.size() > 1) {
      Gatherer one(splits[i].name, classes);
      one.add(splits[i].dataset, common.label_of[i]);
      statistics.splits.push_back(std::move(one).finish());
    }
    all.add(splits[i].dataset, common.label_of[i]);
  }
  statistics.all = std::move(all).finish();
  if (splits.size() == 1) {
    statistics.splits.push_back(statistics.all);
    statistics.splits.front().name = splits.front().name;
  }
  return statistics;
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {.count = static_cast<int64_t>(values.size()),
          .mean = sum / static_cast<double>(values.size()),
          .least = values.front(),
          .p5 = percentile(values, 0.05),
          .p25 = percentile(values, 0.25),
          .median = percentile(values, 0.5),
          .p75 = percentile(values, 0.75),
          .p95 = percentile(values, 0.95),
          .most = values.back()};
}

DatasetStatistics statistics_of(const std::vector<NamedSplit>& splits) {
  std::vector<SplitView> views;
  views.reserve(splits.size());
  for (const NamedSplit& split : splits) views.push_back({split.name, split.dataset});
  return gather(views);
}

DatasetStatistics statistics_of(const Dataset& dataset, const std::string& name) {
  return gather({{name, dataset}});
}

}  // namespace fovea
