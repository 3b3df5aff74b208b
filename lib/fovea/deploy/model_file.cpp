#include "fovea/deploy/model_file.h"

#include <caffe2/serialize/in_memory_adapter.h>
#include <fmt/core.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/ops/safetensors.h"

namespace fovea {
namespace {

constexpr const char* kInfo = "fovea.json";
constexpr const char* kGolden = "golden.safetensors";

std::string entry_name(const char* name) {
  return std::string("extra/") + name;
}

std::string golden_to_bytes(const std::vector<Golden>& golden) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (size_t i = 0; i < golden.size(); ++i) {
    const std::string name = std::to_string(i);
    tensors.emplace_back(name + ".images", golden[i].images);
    tensors.emplace_back(name + ".boxes", golden[i].expected.boxes);
    tensors.emplace_back(name + ".scores", golden[i].expected.scores);
  }
  return to_safetensors(tensors, {});
}

/// Of a message of LibTorch, which may begin with an empty line and go on for pages.
std::string first_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
  return std::string(text.substr(0, text.find('\n')));
}

/// The largest |a - b| - rounding |b|, infinite when the shapes differ or one alone is NaN.
double largest_difference(const Tensor& a, const Tensor& b, double rounding) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  const Tensor left = a.to(at::kCPU, at::kDouble).contiguous();
  const Tensor right = b.to(at::kCPU, at::kDouble).contiguous();
  const double* x = left.const_data_ptr<double>();
  const double* y = right.const_data_ptr<double>();
  double largest = 0;
  for (int64_t i = 0; i < left.numel(); ++i) {
    if (x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]))) continue;
    const double apart = std::abs(x[i] - y[i]) - rounding * std::abs(y[i]);
    largest =
        std::isnan(apart) ? std::numeric_limits<double>::infinity() : std::max(largest, apart);
  }
  return largest;
}

}  // namespace

Difference difference(const Candidates& answer, const Candidates& expected) {
  return {.boxes = largest_difference(answer.boxes, expected.boxes, 0),
          .boxes_beyond = largest_difference(answer.boxes, expected.boxes, Difference::kRounding),
          .scores = largest_difference(answer.scores, expected.scores, 0)};
}

Difference worst(const Difference& a, const Difference& b) {
  return {.boxes = std::max(a.boxes, b.boxes),
          .boxes_beyond = std::max(a.boxes_beyond, b.boxes_beyond),
          .scores = std::max(a.scores, b.scores)};
}

std::string to_model_file(const torch::jit::Module& program, const ModelInfo& info,
                          const std::vector<Golden>& golden) {
  std::ostringstream out;
  program.save(out, {{kInfo, to_json(info)}, {kGolden, golden_to_bytes(golden)}});
  std::string bytes = std::move(out).str();
  seal(bytes);
  return bytes;
}

ModelFile::ModelFile(const fs::path& file)
    : archive_(file), info_(parse_model_info(archive_.entry(entry_name(kInfo)), file / kInfo)) {}

ModelFile::ModelFile(const fs::path& file, std::string bytes)
    : archive_(file, std::move(bytes)),
      info_(parse_model_info(archive_.entry(entry_name(kInfo)), file / kInfo)) {}

std::vector<Golden> ModelFile::golden() const {
  const fs::path name = archive_.file() / kGolden;
  const WeightsFile tensors = parse_safetensors(archive_.entry(entry_name(kGolden)), name);
  std::vector<Golden> golden;
  for (int i = 0; tensors.find(fmt::format("{}.images", i)) != nullptr; ++i) {
    const Tensor* boxes = tensors.find(fmt::format("{}.boxes", i));
    const Tensor* scores = tensors.find(fmt::format("{}.scores", i));
    if (boxes == nullptr || scores == nullptr) {
      fail(name, std::to_string(i), "has no answer", "export the model again");
    }
    golden.push_back({.images = *tensors.find(fmt::format("{}.images", i)),
                      .expected = {.boxes = *boxes, .scores = *scores}});
  }
  if (golden.empty()) fail(name, "", "holds no golden input", "export the model again");
  return golden;
}

torch::jit::Module ModelFile::program(at::Device device) const {
  const std::string_view bytes = archive_.bytes();
  auto reader = std::make_shared<caffe2::serialize::MemoryReadAdapter>(
      bytes.data(), static_cast<off_t>(bytes.size()));
  try {
    torch::jit::Module program =
        torch::jit::load(std::move(reader), device, /*load_debug_files=*/false);
    if (program.find_method("forward")) return program;
  } catch (const std::exception& error) {  // c10::Error and several of the compiler's own
    fail(archive_.file(), "", "LibTorch cannot read the program: " + first_line(error.what()),
         "export the model again with this Fovea");
  }
  fail(archive_.file(), "", "the program has no `forward`", "export the model again");
}

}  // namespace fovea
