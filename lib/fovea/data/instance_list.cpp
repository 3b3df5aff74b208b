#include "fovea/data/instance_list.h"

namespace fovea {

InstanceList::InstanceList(const std::vector<Instance>& instances) : count_(instances.size()) {
  if (instances.empty()) return;
  auto store = std::make_shared<InstanceStore>();
  InstanceColumns& columns = store->pieces.emplace_back();
  for (const Instance& instance : instances) {
    store->order.push_back({.piece = 0, .row = static_cast<uint32_t>(columns.size())});
    columns.add(instance);
  }
  store_ = std::move(store);
}

InstanceList::InstanceList(std::initializer_list<Instance> instances)
    : InstanceList(std::vector<Instance>(instances)) {}

}  // namespace fovea
