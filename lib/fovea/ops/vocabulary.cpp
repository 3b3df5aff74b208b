#include "fovea/ops/vocabulary.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/max.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/min.h>
#include <c10/util/Exception.h>
#include <fmt/core.h>

namespace fovea {
namespace {

std::string number(const Tensor& value) {
  return fmt::format("{:.6g}", value.item<double>());
}

}  // namespace

const Tensor& output(const Outputs& outputs, const std::string& name) {
  std::string known;
  for (const auto& entry : outputs) {
    if (entry.first == name) return entry.second;
    known += " " + entry.first;
  }
  TORCH_CHECK(false, "no output is named ", name, "; there are:", known);
}

Tensor Losses::total() const {
  TORCH_CHECK(!terms.empty(), "there are no loss terms to add");
  Tensor sum = terms.front().second;
  for (size_t i = 1; i < terms.size(); ++i) sum = sum.add(terms[i].second);
  return sum;
}

Batch collate(SampleBatch samples) {
  const int64_t count = samples.size();
  const int64_t height = samples.height;
  const int64_t width = samples.width;
  const auto pixels = static_cast<int64_t>(samples.pixels.size());
  TORCH_CHECK(pixels == count * height * width * 3, "a batch of ", count, " samples of ", height,
              " x ", width, " pixels holds ", pixels, " bytes");
  const PixelBlock kept = std::move(samples.pixels);
  Tensor images = at::from_blob(
      kept.data(), {count, 3, height, width}, {height * width * 3, 1, width * 3, 3},
      [kept](void*) {}, at::TensorOptions().dtype(at::kByte));
  return {.images = std::move(images),
          .instances = std::move(samples.instances),
          .frames = std::move(samples.frames),
          .image_ids = std::move(samples.image_ids),
          .colours = std::move(samples.colours)};
}

std::string describe(const Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  std::string text = fmt::format("{} {} {}", c10::str(tensor.sizes()),
                                 c10::str(tensor.scalar_type()), c10::str(tensor.device()));
  if (tensor.numel() == 0) return text;
  const Tensor values = tensor.detach().to(at::kDouble);
  return fmt::format("{} min {} max {} mean {} nan {}", text, number(values.min()),
                     number(values.max()), number(values.mean()),
                     values.isnan().sum().item<int64_t>());
}

}  // namespace fovea
