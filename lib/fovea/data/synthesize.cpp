#include "fovea/data/synthesize.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/parallel.h"
#include "fovea/core/part_folder.h"
#include "fovea/core/random.h"
#include "fovea/core/work_progress.h"
#include "fovea/data/synthetic_scene.h"
#include "fovea/image/encode.h"

namespace fovea {
namespace {

constexpr int kQuality = 90;  // of the JPEG files
constexpr const char* kAnnotations = "annotations";
constexpr int64_t kSmallestSize = 32;
constexpr int64_t kLargestSize = 4096;

struct Split {
  std::string name;
  int64_t count;
  int64_t number;  // part of the random key
};

std::vector<Split> splits_of(const SynthesizeOptions& options) {
  std::vector<Split> splits = {
      {"train", options.train, 0}, {"val", options.val, 1}, {"test", options.test, 2}};
  std::erase_if(splits, [](const Split& split) { return split.count == 0; });
  return splits;
}

void check(const SynthesizeOptions& options) {
  for (const auto& [name, count] :
       {std::pair("train", options.train), {"val", options.val}, {"test", options.test}}) {
    if (count < 0) fail(fmt::format("--{} is {}", name, count), "give 0 or more pictures");
  }
  if (options.train + options.val + options.test == 0) {
    fail("no pictures are asked for", "give --train, --val or --test a number");
  }
  if (options.size < kSmallestSize || options.size > kLargestSize) {
    fail(fmt::format("--size is {}", options.size),
         fmt::format("give {} to {} pixels", kSmallestSize, kLargestSize));
  }
}

std::string file_name(int64_t id) {
  return fmt::format("{:06d}.jpg", id);
}

/// Calls draw(i, the random numbers of picture i) for the pictures of a split.
void make_pictures(const SynthesizeOptions& options, const Split& split, WorkProgress& counter,
                   const std::function<void(int64_t, Rng&)>& draw) {
  const auto make = [&](int64_t i) {
    Rng rng = rng_for(Stream::synthesize, options.seed, split.number, i);
    draw(i, rng);
    counter.add();
  };
  in_parallel(split.count, make, options.threads);
}

// ---- detect ----

std::vector<Instance> instances_of(const Scene& scene) {
  std::vector<Instance> instances;
  for (const SceneObject& object : scene.objects) {
    Instance instance{.box = object.visible.bounds(), .label = object.label, .crowd = object.crowd};
    instance.area = static_cast<double>(object.visible.area());
    if (!object.crowd) instance.segmentation.polygons = outlines_of(object.visible);
    if (instance.segmentation.polygons.empty()) instance.segmentation.rle = runs_of(object.visible);
    instances.push_back(std::move(instance));
  }
  return instances;
}

void write_number(JsonWriter& json, double number) {
  json.value(static_cast<int64_t>(number));
}

void write_segmentation(JsonWriter& json, const Segmentation& segmentation) {
  json.key("segmentation");
  if (segmentation.rle) {
    json.begin_object().key("counts").begin_array();
    for (const uint32_t count : segmentation.rle->counts) json.value(int64_t{count});
    json.end_array().key("size").begin_array();
    json.value(segmentation.rle->height).value(segmentation.rle->width).end_array().end_object();
    return;
  }
  json.begin_array();
  for (const auto& polygon : segmentation.polygons) {
    json.begin_array();
    for (const double number : polygon) write_number(json, number);
    json.end_array();
  }
  json.end_array();
}

void write_instance(JsonWriter& json, const Instance& instance, int64_t id, int64_t image_id) {
  json.begin_object().field("id", id).field("image_id", image_id);
  json.field("category_id", instance.label + 1).field("iscrowd", instance.crowd ? 1 : 0);
  json.key("area");
  write_number(json, instance.area);
  json.key("bbox").begin_array();
  for (const double number :
       {instance.box.left, instance.box.top, instance.box.width, instance.box.height}) {
    write_number(json, number);
  }
  json.end_array();
  write_segmentation(json, instance.segmentation);
  json.end_object();
}

void write_head(JsonWriter& json, const SynthesizeOptions& options, const Split& split) {
  json.key("info").begin_object();
  json.field("description", "Fovea synthetic shapes, " + split.name);
  json.field("version", "1").field("seed", fmt::format("{}", options.seed)).end_object();
  json.key("licenses").begin_array().begin_object().field("id", 1).field("name", "CC0 1.0");
  json.field("url", "https://creativecommons.org/publicdomain/zero/1.0/");
  json.end_object().end_array();
  json.key("categories").begin_array();
  for (size_t i = 0; i < kShapeNames.size(); ++i) {
    json.begin_object().field("id", i + 1).field("name", kShapeNames[i]);
    json.field("supercategory", "shape").end_object();
  }
  json.end_array();
  json.key("images").begin_array();
  for (int64_t id = 1; id <= split.count; ++id) {
    json.begin_object().field("id", id).field("file_name", file_name(id));
    json.field("height", options.size).field("width", options.size).field("license", 1);
    json.end_object();
  }
  json.end_array();
}

void write_coco(const fs::path& path, const SynthesizeOptions& options, const Split& split,
                const std::vector<std::vector<Instance>>& instances) {
  std::ofstream out(path, std::ios::binary);
  JsonWriter json(out);
  json.begin_object();
  write_head(json, options, split);
  json.key("annotations").begin_array();
  int64_t id = 0;
  for (size_t i = 0; i < instances.size(); ++i) {
    for (const Instance& instance : instances[i]) {
      write_instance(json, instance, ++id, static_cast<int64_t>(i) + 1);
    }
  }
  json.end_array().end_object();
  out << '\n';
  if (!out.flush()) fail(path, "", "could not be written", "check free space and permissions");
}

void make_detection(const fs::path& folder, const SynthesizeOptions& options, const Split& split,
                    WorkProgress& counter) {
  make_folder(folder / kAnnotations);
  make_folder(folder / split.name);
  std::vector<std::vector<Instance>> instances(static_cast<size_t>(split.count));
  make_pictures(options, split, counter, [&](int64_t i, Rng& rng) {
    const Scene scene = draw_scene(options.size, rng);
    write_part(folder / split.name / file_name(i + 1), encode_jpeg(scene.image, kQuality));
    instances[static_cast<size_t>(i)] = instances_of(scene);
  });
  write_coco(folder / kAnnotations / fmt::format("instances_{}.json", split.name), options, split,
             instances);
}

// ---- classify ----

void make_classification(const fs::path& folder, const SynthesizeOptions& options,
                         const Split& split, WorkProgress& counter) {
  constexpr auto kClasses = static_cast<int64_t>(kShapeNames.size());
  for (const std::string_view name : kShapeNames) make_folder(folder / split.name / name);
  make_pictures(options, split, counter, [&](int64_t i, Rng& rng) {
    const int64_t label = i % kClasses;
    const Scene scene = draw_single(options.size, label, rng);
    write_part(
        folder / split.name / kShapeNames[static_cast<size_t>(label)] / file_name(i / kClasses + 1),
        encode_jpeg(scene.image, kQuality));
  });
}

}  // namespace

void synthesize(const fs::path& out, const SynthesizeOptions& options, Log& log) {
  check(options);
  PartFolder folder(out, kAnnotations);
  WorkProgress counter("synthesize", "images", options.train + options.val + options.test, log);
  for (const Split& split : splits_of(options)) {
    if (options.task == SynthesizeOptions::Task::detect) {
      make_detection(folder.path(), options, split, counter);
    } else {
      make_classification(folder.path(), options, split, counter);
    }
  }
  folder.finish();
}

}  // namespace fovea
