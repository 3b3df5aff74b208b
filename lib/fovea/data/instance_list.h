// The objects of one image, shared and read-only.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <vector>

#include "fovea/data/instance_columns.h"

namespace fovea {

/// Columns of a whole data set, in pieces, and the order of the objects by image.
struct InstanceStore {
  struct Place {
    uint32_t piece = 0;
    uint32_t row = 0;
  };
  std::vector<InstanceColumns> pieces = {};
  std::vector<Place> order = {};
};

/// An object whose mask and keypoints are still packed. Valid while its list is.
class PackedInstance {
 public:
  PackedInstance(const InstanceColumns& columns, size_t row)
      : id(columns.row(row).id),
        box(columns.row(row).box),
        label(columns.row(row).label),
        crowd(columns.row(row).crowd),
        area(columns.row(row).area),
        columns_(&columns),
        row_(row) {}

  int64_t id;
  Box box;
  int64_t label;
  bool crowd;
  double area;
  bool has_mask() const { return columns_->has_mask(row_); }
  Segmentation segmentation() const { return columns_->segmentation(row_); }
  std::vector<Keypoint> keypoints() const { return columns_->keypoints(row_); }
  operator Instance() const { return columns_->instance(row_); }  // NOLINT: the same, unpacked

 private:
  const InstanceColumns* columns_;
  size_t row_;
};

/// A range of a store. Reading an entry as `const auto&` leaves its mask packed, as
/// `const Instance&` unpacks it.
class InstanceList {
 public:
  InstanceList() = default;
  InstanceList(std::shared_ptr<const InstanceStore> store, size_t first, size_t count)
      : store_(std::move(store)), first_(first), count_(count) {}
  InstanceList(const std::vector<Instance>& instances);  // NOLINT: the same, packed
  InstanceList(std::initializer_list<Instance> instances);

  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  PackedInstance operator[](size_t i) const {
    const InstanceStore::Place place = store_->order[first_ + i];
    return {store_->pieces[place.piece], place.row};
  }
  std::vector<Instance> unpacked() const { return {begin(), end()}; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = PackedInstance;
    using difference_type = std::ptrdiff_t;
    using pointer = const PackedInstance*;
    using reference = PackedInstance;
    Iterator() = default;
    Iterator(const InstanceList* list, size_t at) : list_(list), at_(at) {}
    PackedInstance operator*() const { return (*list_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return {list_, at_++}; }
    bool operator==(const Iterator&) const = default;

   private:
    const InstanceList* list_ = nullptr;
    size_t at_ = 0;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, count_}; }

 private:
  std::shared_ptr<const InstanceStore> store_ = {};
  size_t first_ = 0;
  size_t count_ = 0;
};

}  // namespace fovea
