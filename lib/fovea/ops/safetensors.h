// The .safetensors format (https://github.com/huggingface/safetensors): eight bytes of header
// length, a JSON header that names every tensor's type, shape and place, then the numbers,
// little-endian and without gaps. A file can be wrong but not harmful: nothing in it is executed,
// every figure of the header is checked against the size of the file before it is used.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea {

/// Tensors by name, and text beside them.
struct WeightsFile {
  std::filesystem::path file = {};  // where it came from, for messages
  std::map<std::string, std::string> metadata = {};
  std::vector<std::pair<std::string, at::Tensor>> tensors = {};  // on the CPU, contiguous
  /// The tensor of that name, or null.
  const at::Tensor* find(std::string_view name) const;
};

/// float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 and bool are known.
/// Error naming the file and the tensor when anything does not fit.
WeightsFile read_safetensors(const std::filesystem::path& file);

/// The same from bytes in memory; `name` stands for the file in messages.
WeightsFile parse_safetensors(std::string_view bytes, const std::filesystem::path& name);

/// The bytes of such a file: the same for the same tensors in any order (they are laid out by
/// falling element size, then by name, so that each is aligned). Tensors of any device and strides.
std::string to_safetensors(const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                           const std::map<std::string, std::string>& metadata);

/// Writes them whole or not at all.
void write_safetensors(const std::filesystem::path& file,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace fovea
