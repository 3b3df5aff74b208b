#include "fovea/train/evaluate.h"

#include <fmt/core.h>

#include <chrono>
#include <cstring>
#include <unordered_map>

#include "fovea/deploy/select.h"
#include "fovea/loader/loader.h"

namespace fovea {
namespace {

static_assert(std::is_trivially_copyable_v<Prediction>);

void append(std::string& bytes, const void* data, size_t size) {
  bytes.append(static_cast<const char*>(data), size);
}

/// The predictions as bytes for another process of the same machine type.
std::string to_bytes(const std::vector<Predictions>& predictions) {
  std::string bytes;
  for (const Predictions& image : predictions) {
    const std::array<int64_t, 2> head = {image.image_id, static_cast<int64_t>(image.found.size())};
    append(bytes, head.data(), sizeof(head));
    append(bytes, image.found.data(), image.found.size() * sizeof(Prediction));
  }
  return bytes;
}

void read_bytes(const std::string& bytes, std::unordered_map<int64_t, Predictions>& by_image) {
  for (size_t place = 0; place < bytes.size();) {
    std::array<int64_t, 2> head = {};
    std::memcpy(head.data(), bytes.data() + place, sizeof(head));
    place += sizeof(head);
    Predictions image{.image_id = head[0], .found = {}};
    image.found.resize(static_cast<size_t>(head[1]));
    std::memcpy(image.found.data(), bytes.data() + place, image.found.size() * sizeof(Prediction));
    place += image.found.size() * sizeof(Prediction);
    by_image[head[0]] = std::move(image);
  }
}

}  // namespace

std::vector<Predictions> predict(const Detector& detector, const Dataset& dataset,
                                 const EvaluateOptions& options, const World& world, Log& log) {
  EvalLoader loader(dataset, options.input, {.workers = options.workers},
                    {.batch = options.batch,
                     .rank = world.rank,
                     .ranks = world.size,
                     .on_error = options.on_error},
                    log);
  const auto start = std::chrono::steady_clock::now();
  const auto total = static_cast<int64_t>(dataset.records.size());
  std::vector<Predictions> own;
  for (int64_t step = 0; step < loader.batches(); ++step) {
    const Batch batch = collate(loader.batch(step));
    if (batch.image_ids.empty()) continue;  // no picture of it can be read
    for (Predictions& image :
         select(detector(batch.images), batch.frames, batch.image_ids, options.select)) {
      own.push_back(std::move(image));
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const int64_t done = std::min(total, static_cast<int64_t>(own.size()) * world.size);
    const double rate = static_cast<double>(done) / spent.count();
    log.progress(
        {"val", done, total, "images", rate, static_cast<double>(total - done) / rate, ""});
  }
  std::unordered_map<int64_t, Predictions> by_image;
  for (const std::string& bytes : world.gather(to_bytes(own))) read_bytes(bytes, by_image);
  std::vector<Predictions> all;
  for (const Record& record : dataset.records) {
    const auto found = by_image.find(record.id);
    if (found != by_image.end()) all.push_back(std::move(found->second));
  }
  if (all.size() < dataset.records.size() && world.is_first()) {
    log.warning(fmt::format("{} of {} images cannot be read and are left out of the figures",
                            dataset.records.size() - all.size(), dataset.records.size()));
  }
  return all;
}

CocoMetrics score(const std::vector<Predictions>& predictions, const Dataset& dataset) {
  CocoEvaluator evaluator(dataset);
  for (const Predictions& image : predictions) evaluator.add(image);
  return evaluator.result();
}

}  // namespace fovea
