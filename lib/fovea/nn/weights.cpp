#include "fovea/nn/weights.h"

#include <ATen/core/grad_mode.h>
#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "fovea/core/error.h"

namespace fovea {
namespace {

constexpr size_t kShown = 3;  // names of each kind in a message

bool is_counter(const std::string& name) {
  return name.ends_with("num_batches_tracked");
}

std::string describe_type(const Tensor& tensor) {
  return c10::str(tensor.sizes(), " ", tensor.scalar_type());
}

bool fits(const Tensor& from, const Tensor& to) {
  return from.sizes() == to.sizes() && from.is_floating_point() == to.is_floating_point();
}

std::string listed(const std::vector<std::string>& names, std::string_view what) {
  std::string text = fmt::format("{} {} (", names.size(), what);
  for (size_t i = 0; i < names.size() && i < kShown; ++i) text += (i > 0 ? ", " : "") + names[i];
  return text + (names.size() > kShown ? ", ...)" : ")");
}

/// What did not match, or an empty text.
std::string differences(const LoadReport& report) {
  std::vector<std::string> mismatched;
  for (const Mismatch& entry : report.mismatched) {
    mismatched.push_back(fmt::format("{} is {} in the file and {} in the model", entry.name,
                                     entry.in_file, entry.in_model));
  }
  std::string text;
  const auto add = [&text](const std::vector<std::string>& names, std::string_view what) {
    if (!names.empty()) text += (text.empty() ? "" : "; ") + listed(names, what);
  };
  add(mismatched, "of another shape");
  add(report.missing, "missing in the file");
  add(report.unexpected, "unknown to the model");
  return text;
}

}  // namespace

std::string LoadReport::describe() const {
  const std::string rest = differences(*this);
  return fmt::format("{} tensors loaded{}{}", matched.size(), rest.empty() ? "" : "; ", rest);
}

bool LoadReport::matched_most() const {
  return matched.size() >= std::max(missing.size(), unexpected.size()) + mismatched.size();
}

LoadReport load_by_name(Module& module, const WeightsFile& weights, Match match) {
  std::unordered_map<std::string, const Tensor*> in_file;
  for (const auto& [name, tensor] : weights.tensors) in_file.emplace(name, &tensor);
  std::vector<std::pair<Tensor*, const Tensor*>> copies;
  LoadReport report;
  for (const NamedTensor& entry : module.named_tensors()) {
    const auto found = in_file.find(entry.name);
    if (found == in_file.end()) {
      if (!is_counter(entry.name)) report.missing.push_back(entry.name);
      continue;
    }
    if (fits(*found->second, *entry.tensor)) {
      report.matched.push_back(entry.name);
      copies.emplace_back(entry.tensor, found->second);
    } else {
      report.mismatched.push_back(
          {entry.name, describe_type(*found->second), describe_type(*entry.tensor)});
    }
    in_file.erase(found);
  }
  for (const auto& entry : weights.tensors) {  // in the order of the file
    if (in_file.contains(entry.first) && !is_counter(entry.first)) {
      report.unexpected.push_back(entry.first);
    }
  }
  if (report.matched.empty() || (match == Match::strict && !differences(report).empty())) {
    fail(weights.file, "",
         fmt::format("the weights are of another model: {} tensors match; {}",
                     report.matched.size(), differences(report)),
         match == Match::strict
             ? "give the recipe they were trained with, or model.weights=FILE to start from them"
             : "give the weights of the same architecture");
  }
  const at::NoGradGuard no_gradients;
  for (const auto& [to, from] : copies) to->copy_(*from);
  return report;
}

void save_weights(const std::filesystem::path& file, const Module& module,
                  const std::map<std::string, std::string>& metadata) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const NamedTensor& entry : module.named_tensors()) {
    tensors.emplace_back(entry.name, *entry.tensor);
  }
  write_safetensors(file, tensors, metadata);
}

}  // namespace fovea
