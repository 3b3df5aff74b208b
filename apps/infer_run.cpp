#include <fmt/core.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/deploy/predictor.h"
#include "fovea/image/decode.h"
#include "fovea/ops/cuda_plugin.h"
#include "infer_command.h"
#include "infer_output.h"
#include "infer_sources.h"
#include "outputs.h"

namespace fovea {
namespace {

bool wants_folder(const InferCommand& o) {
  return o.txt || o.save_images || o.crops;
}

/// A source that was decoded, or why it was not.
struct Decoded {
  Source source = {};
  Image image = {};
  std::string problem = {};
};

Decoded decode(const Source& source, Truncated truncated) {
  Decoded decoded{.source = source};
  try {
    decoded.image = decode_image(source.path, {.truncated = truncated});
  } catch (const Error& error) {
    decoded.problem = error.what();
  }
  return decoded;
}

/// Decodes images [first, first + count) of the list, each in a thread of its own.
std::vector<Decoded> decode_some(const std::vector<Source>& sources, size_t first, size_t count,
                                 Truncated truncated) {
  std::vector<std::future<Decoded>> jobs;
  jobs.reserve(count);
  for (size_t i = first; i < std::min(first + count, sources.size()); ++i) {
    jobs.push_back(std::async(std::launch::async, decode, sources[i], truncated));
  }
  std::vector<Decoded> results;
  results.reserve(jobs.size());
  for (auto& job : jobs) results.push_back(job.get());
  return results;
}

/// One run over all sources.
class Inference {
 public:
  Inference(const InferCommand& options, const Predictor& predictor, Log& log)
      : options_(options), predictor_(predictor), log_(log) {
    select_ = predictor.info().select;
    select_.score_threshold = options.score;
    if (!options.annotations.empty()) ids_ = ImageIds(options.annotations);
    if (options.json != "-" && options.csv != "-" && !options.quiet) lines_ = &std::cout;
  }

  void run(const Sources& sources) {
    for (const std::string& problem : sources.problems) refuse(problem);
    const auto truncated = options_.allow_truncated ? Truncated::allow : Truncated::refuse;
    const auto step = static_cast<size_t>(options_.batch);
    std::future<std::vector<Decoded>> next;
    const auto decode_at = [&](size_t first) {
      return std::async(std::launch::async, decode_some, std::cref(sources.images), first, step,
                        truncated);
    };
    if (!sources.images.empty()) next = decode_at(0);
    for (size_t first = 0; first < sources.images.size(); first += step) {
      std::vector<Decoded> now = next.get();
      if (first + step < sources.images.size()) next = decode_at(first + step);
      predict(std::move(now));
    }
  }

  void write() const {
    const auto& categories = predictor_.info().categories;
    if (!options_.out.empty() || !options_.json.empty()) {
      const std::string json = results_json(results_, categories);
      if (!options_.out.empty()) write_whole(options_.out / "predictions.json", json);
      write_result(options_.json, json);
    }
    if (!options_.csv.empty()) write_result(options_.csv, results_csv(results_, categories));
  }

  const std::vector<SourceResult>& results() const { return results_; }
  int64_t refused() const { return refused_; }

 private:
  void refuse(const std::string& problem) {
    ++refused_;
    log_.warning(problem);
  }

  void predict(std::vector<Decoded> decoded) {
    std::vector<Image> images;
    std::vector<SourceResult> results;
    for (Decoded& entry : decoded) {
      try {
        if (!entry.problem.empty()) throw Error(entry.problem);
        results.push_back({.source = entry.source,
                           .image_id = ids_.json_of(entry.source.path),
                           .height = entry.image.height,
                           .width = entry.image.width});
        images.push_back(std::move(entry.image));
      } catch (const Error& error) {
        refuse(error.what());
      }
    }
    const std::vector<int64_t> places(images.size(), 0);  // ids are kept here, as JSON
    std::vector<Predictions> predictions = predictor_.predict(images, places, select_);
    for (size_t i = 0; i < images.size(); ++i) {
      results[i].found = std::move(predictions[i].found);
      finish(images[i], std::move(results[i]));
    }
  }

  void finish(const Image& image, SourceResult result) {
    const auto& categories = predictor_.info().categories;
    if (options_.save_images) save_picture(options_.out, image, result, categories);
    if (options_.crops) save_crops(options_.out, image, result, categories);
    if (options_.txt) {
      const fs::path file = options_.out / "labels" / (result.source.stem.string() + ".txt");
      make_folder(file.parent_path());
      write_whole(file, results_txt(result));
    }
    if (lines_ != nullptr) *lines_ << one_line(result, categories) << '\n';
    results_.push_back(std::move(result));
  }

  const InferCommand& options_;
  const Predictor& predictor_;
  Log& log_;
  SelectOptions select_;
  ImageIds ids_;
  std::ostream* lines_ = nullptr;  // a line an image, or nowhere
  std::vector<SourceResult> results_;
  int64_t refused_ = 0;
};

void run_self_test(const Predictor& predictor, const fs::path& model, Log& log) {
  const SelfTest test = predictor.self_test();
  const std::string figures = fmt::format("boxes within {:.2g} pixels, scores within {:.2g}",
                                          test.worst.boxes, test.worst.scores);
  if (!test.passed()) {
    fail(model, "",
         fmt::format("the self-test failed: {} (allowed are {} pixels and {} of a coordinate, and "
                     "{} of a score)",
                     figures, SelfTest::kBoxes, Difference::kRounding, SelfTest::kScores),
         "export the model again, or use another machine");
  }
  log.line(fmt::format("self-test passed on {} inputs: {}", test.inputs, figures));
}

void summarize(const Inference& inference, const InferCommand& options, double seconds, Log& log) {
  const auto images = static_cast<int64_t>(inference.results().size());
  int64_t objects = 0;
  for (const SourceResult& result : inference.results()) {
    objects += static_cast<int64_t>(result.found.size());
  }
  log.line(fmt::format("{} images, {} objects above {}, {:.1f} images/s{}", images, objects,
                       options.score, static_cast<double>(images) / seconds,
                       options.out.empty() ? "" : "; in " + options.out.string()));
  if (inference.refused() == 0) return;
  fail(fmt::format("{} of {} sources could not be used", inference.refused(),
                   inference.refused() + images),
       "see the warnings above");
}

}  // namespace

extern "C" void fovea_infer(const InferCommand& command, Log& log) {
  const Sources sources = find_sources(command.sources);
  const Predictor predictor(
      command.model, {.device = choose_device(command.device, 0, log), .threads = command.threads});
  if (command.self_test) run_self_test(predictor, command.model, log);
  if (command.sources.empty()) return;
  InferCommand options = command;
  if (options.out.empty() && wants_folder(options)) options.out = make_new_folder("runs/infer");
  const auto start = std::chrono::steady_clock::now();
  Inference inference(options, predictor, log);
  inference.run(sources);
  inference.write();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  summarize(inference, options, spent.count(), log);
}

extern "C" const char* fovea_infer_libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace fovea
