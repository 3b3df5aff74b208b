#include "fovea/data/instance_columns.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fovea {
namespace {

/// 100 x as a whole number, where x is exactly that many hundredths.
bool hundredths_of(double x, int32_t& hundredths) {
  const double scaled = x * 100;
  if (!(std::abs(scaled) < 0x1p31 - 1)) return false;
  // Rounded half away from zero: dividing back decides whether it was right.
  hundredths = static_cast<int32_t>(scaled + std::copysign(0.5, scaled));
  return std::bit_cast<uint64_t>(hundredths / 100.0) == std::bit_cast<uint64_t>(x);  // -0 differs
}

}  // namespace

void InstanceColumns::add_list(std::span<const double> numbers) {
  const auto count = static_cast<uint32_t>(numbers.size());
  const size_t begin = words_.size();
  words_.resize(begin + 1 + numbers.size());
  words_[begin] = 2 * count;
  for (size_t i = 0; i < numbers.size(); ++i) {
    int32_t hundredths = 0;
    if (hundredths_of(numbers[i], hundredths)) {
      words_[begin + 1 + i] = static_cast<uint32_t>(hundredths);
      continue;
    }
    words_.resize(begin + 1);
    words_[begin] = 2 * count + 1;
    for (const double number : numbers) {
      const auto bits = std::bit_cast<uint64_t>(number);
      words_.push_back(static_cast<uint32_t>(bits));
      words_.push_back(static_cast<uint32_t>(bits >> 32U));
    }
    return;
  }
}

std::vector<double> InstanceColumns::list(uint64_t& word) const {
  const uint32_t head = words_[word++];
  std::vector<double> numbers(head / 2);
  for (double& number : numbers) {
    if (head % 2 == 0) {
      number = static_cast<int32_t>(words_[word++]) / 100.0;
    } else {
      const uint64_t low = words_[word++];
      number = std::bit_cast<double>(low | static_cast<uint64_t>(words_[word++]) << 32U);
    }
  }
  return numbers;
}

void InstanceColumns::expect_text(size_t bytes) {
  constexpr size_t kLeastBytesOfAnObject = 200;
  constexpr size_t kLeastBytesOfANumber = 6;  // "12.34," and short ones among the digits of others
  rows_.reserve(bytes / kLeastBytesOfAnObject);
  words_.reserve(bytes / kLeastBytesOfANumber);
}

void InstanceColumns::polygon(std::span<const double> xy) {
  add_list(xy);
  ++next_.polygons;
}

void InstanceColumns::runs(int64_t height, int64_t width, std::span<const uint32_t> counts) {
  next_.has_runs = true;
  words_.insert(words_.end(), {static_cast<uint32_t>(height), static_cast<uint32_t>(width),
                               static_cast<uint32_t>(counts.size())});
  words_.insert(words_.end(), counts.begin(), counts.end());
}

void InstanceColumns::keypoints(std::span<const double> numbers) {
  next_.has_keypoints = true;
  add_list(numbers);
}

void InstanceColumns::add(const Row& row) {
  next_.row = row;
  rows_.push_back(next_);
  next_ = {.words = words_.size()};
}

void InstanceColumns::discard() {
  words_.resize(next_.words);
  next_ = {.words = words_.size()};
}

void InstanceColumns::add(const Instance& instance) {
  for (const std::vector<double>& xy : instance.segmentation.polygons) polygon(xy);
  if (const auto& rle = instance.segmentation.rle) runs(rle->height, rle->width, rle->counts);
  if (!instance.keypoints.empty()) {
    std::vector<double> numbers;
    for (const Keypoint& point : instance.keypoints) {
      numbers.insert(numbers.end(), {point.x, point.y, static_cast<double>(point.visibility)});
    }
    keypoints(numbers);
  }
  add(Row{.id = instance.id,
          .box = instance.box,
          .area = instance.area,
          .label = static_cast<int32_t>(instance.label),
          .crowd = instance.crowd});
}

Segmentation InstanceColumns::segmentation(size_t i) const {
  const Entry& entry = rows_[i];
  uint64_t word = entry.words;
  Segmentation mask;
  mask.polygons.reserve(entry.polygons);
  for (uint32_t k = 0; k < entry.polygons; ++k) mask.polygons.push_back(list(word));
  if (entry.has_runs) {
    const uint32_t* runs = words_.data() + word;
    mask.rle = Rle{.height = runs[0], .width = runs[1], .counts = {runs + 3, runs + 3 + runs[2]}};
  }
  return mask;
}

uint64_t InstanceColumns::after_polygons(const Entry& entry) const {
  uint64_t word = entry.words;
  for (uint32_t k = 0; k < entry.polygons; ++k) {
    const uint32_t head = words_[word];
    word += 1 + uint64_t{head / 2} * (head % 2 + 1);
  }
  return word;
}

std::vector<Keypoint> InstanceColumns::keypoints(size_t i) const {
  const Entry& entry = rows_[i];
  if (!entry.has_keypoints) return {};
  uint64_t word = after_polygons(entry);
  if (entry.has_runs) word += 3 + words_[word + 2];
  const std::vector<double> numbers = list(word);
  std::vector<Keypoint> points;
  points.reserve(numbers.size() / 3);
  for (size_t k = 0; k + 2 < numbers.size(); k += 3) {
    points.push_back(
        {.x = numbers[k], .y = numbers[k + 1], .visibility = static_cast<int64_t>(numbers[k + 2])});
  }
  return points;
}

Instance InstanceColumns::instance(size_t i) const {
  const Row& values = row(i);
  return {.id = values.id,
          .box = values.box,
          .label = values.label,
          .crowd = values.crowd,
          .area = values.area,
          .segmentation = segmentation(i),
          .keypoints = keypoints(i)};
}

}  // namespace fovea
