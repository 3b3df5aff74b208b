#include "fovea/train/checkpoint.h"

#include <ATen/core/grad_mode.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/ops/safetensors.h"

namespace fovea {
namespace {

constexpr const char* kManifest = "manifest.json";
constexpr const char* kProgress = "progress.json";

/// The folders named by a step, newest first.
std::vector<std::pair<int64_t, fs::path>> generations(const fs::path& checkpoints) {
  std::vector<std::pair<int64_t, fs::path>> found;
  if (!fs::is_directory(checkpoints)) return found;
  for (const fs::directory_entry& entry : entries_of(checkpoints)) {
    const std::string name = entry.path().filename().string();
    int64_t step = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
    if (error == std::errc() && end == name.data() + name.size() && entry.is_directory()) {
      found.emplace_back(step, entry.path());
    }
  }
  std::sort(found.rbegin(), found.rend());
  return found;
}

/// Folders that a killed process left half-written.
void remove_parts(const fs::path& checkpoints) {
  for (const fs::directory_entry& entry : entries_of(checkpoints)) {
    if (entry.path().filename().string().find(".part") != std::string::npos) {
      fs::remove_all(entry.path());
    }
  }
}

void write_manifest(const fs::path& folder, int64_t step,
                    const std::map<std::string, std::string>& files) {
  write_whole(folder / kManifest, [&](std::ostream& out) {
    JsonWriter json(out, 2);
    json.begin_object().field("step", step).key("files").begin_object();
    for (const auto& [name, bytes] : files) {
      json.key(name).begin_object().field("bytes", bytes.size());
      json.field("xxh3", checksum(std::as_bytes(std::span(bytes)))).end_object();
    }
    json.end_object().end_object();
  });
}

void copy_into(const TrainState::Tensors& tensors, const WeightsFile& file) {
  const at::NoGradGuard no_gradients;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor* saved = file.find(name);
    if (saved == nullptr || saved->sizes() != tensor.sizes()) {
      fail(file.file, name, saved == nullptr ? "is missing" : "has another shape than the model",
           "resume with the recipe that the run was started with");
    }
    tensor.copy_(*saved);
  }
}

}  // namespace

void save_checkpoint(const fs::path& checkpoints, const TrainState& state, int64_t keep) {
  make_folder(checkpoints);
  remove_parts(checkpoints);
  const fs::path folder = checkpoints / std::to_string(state.step);
  if (fs::exists(folder) && torn(folder).empty()) return;  // the same step is the same state
  const fs::path part = fmt::format("{}.part{}", folder.string(), getpid());
  make_folder(part);
  std::map<std::string, std::string> files;
  for (const auto& [name, tensors] : state.files) files[name] = to_safetensors(tensors, {});
  files[kProgress] = state.progress;
  try {
    for (const auto& [name, bytes] : files) write_whole(part / name, bytes);
    write_manifest(part, state.step, files);
    fs::remove_all(folder);  // a torn one
    fs::rename(part, folder);
    sync_folder(checkpoints);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(part, ignored);
    throw;
  }
  const auto all = generations(checkpoints);
  for (size_t i = static_cast<size_t>(keep); i < all.size(); ++i) fs::remove_all(all[i].second);
}

std::optional<int64_t> newest_step(const fs::path& checkpoints) {
  const auto all = generations(checkpoints);
  if (all.empty()) return {};
  return all.front().first;
}

std::string torn(const fs::path& generation) {
  try {
    const JsonDocument manifest = JsonDocument::read(generation / kManifest);
    const JsonValue files = manifest.root().at("files");
    for (const std::string& name : files.keys()) {
      const MappedFile file(generation / name);
      const auto bytes = static_cast<size_t>(files.at(name).at("bytes").integer());
      if (file.bytes().size() != bytes) {
        return fmt::format("{} has {} bytes, but the manifest says {}", name, file.bytes().size(),
                           bytes);
      }
      if (checksum(file.bytes()) != files.at(name).at("xxh3").text()) {
        return fmt::format("the checksum of {} is wrong", name);
      }
    }
    if (generation.filename() != std::to_string(manifest.root().at("step").integer())) {
      return "the manifest belongs to another step";
    }
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

bool restore_checkpoint(const fs::path& checkpoints, TrainState& state, Log& log) {
  const auto all = generations(checkpoints);
  for (const auto& [step, folder] : all) {
    const std::string reason = torn(folder);
    if (!reason.empty()) {
      log.warning(fmt::format("checkpoint {} is torn and is passed over: {}", step, reason));
      continue;
    }
    for (const auto& [name, tensors] : state.files) {
      copy_into(tensors, read_safetensors(folder / name));
    }
    state.progress = read_whole(folder / kProgress);
    state.step = step;
    return true;
  }
  if (!all.empty()) {
    fail(checkpoints, "", fmt::format("none of the {} checkpoints is whole", all.size()),
         "start a new run with the same recipe; weights/ may still hold usable weights");
  }
  return false;
}

}  // namespace fovea
