#include "fovea/ops/safetensors.h"

#include <ATen/ops/empty.h>
#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"

namespace fovea {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

struct TypeName {
  std::string_view name;
  at::ScalarType type;
};
constexpr TypeName kTypes[] = {
    {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf},  {"BF16", at::kBFloat16},
    {"I64", at::kLong},   {"I32", at::kInt},   {"I16", at::kShort}, {"I8", at::kChar},
    {"U8", at::kByte},    {"BOOL", at::kBool},
};

constexpr size_t kMaxHeader = 100'000'000;  // bytes, the format's own limit
constexpr size_t kMaxDimensions = 64;       // LibTorch's own limit

/// One tensor of the header: which bytes after the header are its numbers.
struct Entry {
  std::string name;
  at::ScalarType type = at::kFloat;
  std::vector<int64_t> shape;
  int64_t begin = 0;
  int64_t end = 0;
};

int64_t element_size(at::ScalarType type) {
  return static_cast<int64_t>(c10::elementSize(type));
}

at::ScalarType type_of(const JsonValue& value) {
  const std::string_view name = value.text();
  for (const TypeName& known : kTypes) {
    if (known.name == name) return known.type;
  }
  value.fail(fmt::format("numbers of type `{}` are not known", name),
             "save the file with F32, F16 or BF16 weights");
}

/// The bytes of a tensor of that shape; Error when no memory could hold it.
int64_t bytes_of(const JsonValue& place, const std::vector<int64_t>& shape, at::ScalarType type) {
  int64_t strides = element_size(type);  // the product LibTorch forms, in which 0 counts as 1
  bool empty = false;
  for (const int64_t side : shape) {
    empty = empty || side == 0;
    if (__builtin_mul_overflow(strides, std::max<int64_t>(side, 1), &strides)) {
      place.fail("is a shape beyond any memory", "the file is damaged: get it again");
    }
  }
  return empty ? 0 : strides;
}

std::vector<int64_t> shape_of(const JsonValue& value) {
  std::vector<int64_t> shape;
  if (value.size() > kMaxDimensions) {
    value.fail(fmt::format("has {} dimensions", value.size()), "64 are the most");
  }
  for (const JsonValue& side : value.items()) {
    shape.push_back(side.integer());
    if (shape.back() < 0) side.fail("is a negative size", "the file is damaged: get it again");
  }
  return shape;
}

Entry entry_of(std::string_view name, const JsonValue& value, int64_t data_size) {
  Entry entry{.name = std::string(name), .type = type_of(value.at("dtype")), .shape = {}};
  const JsonValue shape = value.at("shape");
  entry.shape = shape_of(shape);
  const int64_t needed = bytes_of(shape, entry.shape, entry.type);
  const JsonValue offsets = value.at("data_offsets");
  if (offsets.size() != 2) offsets.fail("is not a begin and an end", "get the file again");
  entry.begin = offsets.items()[0].integer();
  entry.end = offsets.items()[1].integer();
  if (entry.begin < 0 || entry.end < entry.begin || entry.end > data_size) {
    offsets.fail(fmt::format("{} to {} is not within the {} bytes of numbers", entry.begin,
                             entry.end, data_size),
                 "the file is cut short or damaged: get it again");
  }
  if (entry.end - entry.begin != needed) {
    offsets.fail(
        fmt::format("has {} bytes where the shape needs {}", entry.end - entry.begin, needed),
        "the file is damaged: get it again");
  }
  return entry;
}

/// Every byte of the numbers belongs to exactly one tensor.
void check_layout(std::vector<Entry> entries, int64_t data_size, const fs::path& file) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  int64_t reached = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != reached) {
      fail(file, entry.name,
           entry.begin < reached ? "shares bytes with another tensor" : "follows a gap",
           "the file is damaged: get it again");
    }
    reached = entry.end;
  }
  if (reached != data_size) {
    fail(file, "", fmt::format("{} bytes belong to no tensor", data_size - reached),
         "the file is damaged: get it again");
  }
}

std::map<std::string, std::string> metadata_of(const JsonValue& value) {
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : value.fields()) metadata[std::string(key)] = text.text();
  return metadata;
}

at::Tensor copy_of(const Entry& entry, std::string_view data) {
  at::Tensor tensor = at::empty(entry.shape, entry.type);
  const auto size = static_cast<size_t>(entry.end - entry.begin);
  if (size > 0) std::memcpy(tensor.mutable_data_ptr(), data.data() + entry.begin, size);
  if (entry.type == at::kBool) {  // any other byte in a bool is undefined behaviour
    auto* bytes = static_cast<uint8_t*>(tensor.mutable_data_ptr());
    for (size_t i = 0; i < size; ++i) bytes[i] = bytes[i] != 0 ? 1 : 0;
  }
  return tensor;
}

/// The JSON text, after the eight bytes that hold its length.
std::string_view header_of(std::string_view bytes, const fs::path& name) {
  constexpr std::string_view kRemedy = "name a .safetensors file, or get it again";
  if (bytes.size() < 8) fail(name, "", "is too short for a weights file", kRemedy);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  if (length > kMaxHeader || length > bytes.size() - 8) {
    fail(name, "", "is no weights file, or is cut short", kRemedy);
  }
  const std::string_view header = bytes.substr(8, length);
  if (!header.starts_with('{')) fail(name, "", "is no weights file", kRemedy);
  return header;
}

std::string_view name_of(at::ScalarType type) {
  for (const TypeName& known : kTypes) {
    if (known.type == type) return known.name;
  }
  TORCH_CHECK(false, "the weights format has no name for ", type);
}

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// By falling element size, then by name; host copies, contiguous.
NamedTensors laid_out(const NamedTensors& tensors) {
  NamedTensors sorted;
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    TORCH_CHECK(names.insert(name).second, "two tensors are named ", name);
    sorted.emplace_back(name, tensor.detach().to(at::kCPU).contiguous());
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    const int64_t size_a = a.second.element_size();
    const int64_t size_b = b.second.element_size();
    return size_a != size_b ? size_a > size_b : a.first < b.first;
  });
  return sorted;
}

std::string header_for(const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::ostringstream out;
  JsonWriter json(out);
  json.begin_object();
  if (!metadata.empty()) {
    json.key("__metadata__").begin_object();
    for (const auto& [key, text] : metadata) json.field(key, text);
    json.end_object();
  }
  int64_t begin = 0;
  for (const auto& [name, tensor] : tensors) {
    const auto end = begin + static_cast<int64_t>(tensor.nbytes());
    json.key(name).begin_object().field("dtype", name_of(tensor.scalar_type()));
    json.key("shape").array(tensor.sizes().vec());
    json.key("data_offsets").array(std::vector<int64_t>{begin, end}).end_object();
    begin = end;
  }
  json.end_object();
  std::string header = std::move(out).str();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

void write_to(std::ostream& out, const NamedTensors& tensors,
              const std::map<std::string, std::string>& metadata) {
  const NamedTensors sorted = laid_out(tensors);
  const std::string header = header_for(sorted, metadata);
  const uint64_t length = header.size();
  out.write(reinterpret_cast<const char*>(&length), 8);
  out.write(header.data(), static_cast<std::streamsize>(header.size()));
  for (const auto& entry : sorted) {
    out.write(static_cast<const char*>(entry.second.const_data_ptr()),
              static_cast<std::streamsize>(entry.second.nbytes()));
  }
}

}  // namespace

const at::Tensor* WeightsFile::find(std::string_view name) const {
  for (const auto& entry : tensors) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

WeightsFile parse_safetensors(std::string_view bytes, const fs::path& name) {
  const std::string_view header = header_of(bytes, name);
  const std::string_view data = bytes.substr(8 + header.size());
  const auto data_size = static_cast<int64_t>(data.size());
  const JsonDocument document = JsonDocument::parse(header, name);
  WeightsFile result{.file = name};
  std::vector<Entry> entries;
  std::set<std::string_view> names;
  for (const auto& [key, value] : document.root().fields()) {
    if (!names.insert(key).second) {
      fail(name, key, "stands twice in the header", "the file is damaged: get it again");
    }
    if (key == "__metadata__") {
      result.metadata = metadata_of(value);
    } else {
      entries.push_back(entry_of(key, value, data_size));
    }
  }
  check_layout(entries, data_size, name);
  for (const Entry& entry : entries) {
    result.tensors.emplace_back(entry.name, copy_of(entry, data));
  }
  return result;
}

WeightsFile read_safetensors(const fs::path& file) {
  expect_file(file, "a .safetensors weights file");
  return parse_safetensors(MappedFile(file).text(), file);
}

std::string to_safetensors(const NamedTensors& tensors,
                           const std::map<std::string, std::string>& metadata) {
  std::ostringstream out;
  write_to(out, tensors, metadata);
  return std::move(out).str();
}

void write_safetensors(const fs::path& file, const NamedTensors& tensors,
                       const std::map<std::string, std::string>& metadata) {
  write_whole(file, [&](std::ostream& out) { write_to(out, tensors, metadata); });
}

}  // namespace fovea
