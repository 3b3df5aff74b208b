#include "environment.h"

#include <ATen/Parallel.h>
#include <torch/version.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/ops/cuda_plugin.h"
#include "version.h"

namespace fovea {
namespace {

/// "AMD EPYC 7763 64-Core Processor", or "unknown".
std::string processor() {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string now() {
  const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc = {};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::string host() {
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  return name;
}

void write_dataset(JsonWriter& json, std::string_view key, const Dataset& dataset) {
  size_t objects = 0;
  for (const Record& record : dataset.records) objects += record.instances.size();
  json.key(key).begin_object().field("annotations", dataset.file.string());
  json.field("xxh3", checksum(MappedFile(dataset.file).bytes()));
  json.field("images", dataset.records.size()).field("objects", objects);
  json.field("classes", dataset.categories.size()).end_object();
}

}  // namespace

std::string environment_json(const std::string& arguments, const Dataset& train, const Dataset& val,
                             const World& world) {
  std::ostringstream text;
  JsonWriter json(text, 2);
  json.begin_object().field("started", now()).field("arguments", arguments);
  json.field("version", version()).field("libtorch", TORCH_VERSION).field("host", host());
  json.field("processor", processor());
  json.field("cores", static_cast<int64_t>(std::thread::hardware_concurrency()));
  json.field("threads", at::get_num_threads()).field("processes", world.size);
  json.field("device", world.device.str());
  if (world.device.is_cuda()) {
    const GpuReport gpu = gpu_report(world.device);
    json.field("gpu", gpu.name).field("gpu_memory", gpu.memory).field("cuda", gpu.versions);
  }
  write_dataset(json, "train", train);
  write_dataset(json, "val", val);
  json.end_object();
  text << '\n';
  return text.str();
}

}  // namespace fovea
