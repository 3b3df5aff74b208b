#include "fovea/data/synthesize.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/core/parallel.h"
#include "fovea/core/random.h"
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

/// Its absolute name without links and without a slash at the end.
fs::path full_name(const fs::path& out) {
  if (out.empty()) fail("no folder is named", "give the folder to make");
  std::error_code error;
  fs::path name = fs::absolute(out, error);
  if (!error) name = fs::weakly_canonical(name, error);
  if (error) fail(out, "", "cannot be reached: " + error.message(), "name another folder");
  return name.has_filename() ? name : name.parent_path();
}

/// True when `out` is an empty folder, false when it is absent.
bool is_empty_folder(const fs::path& out) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(out, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (!error && !fs::is_directory(status)) {
    fail(out, "", "is a file, and a folder is to be made there", "name another folder");
  }
  const fs::directory_iterator entry(out, error);
  if (error) fail(out, "", "cannot be read: " + error.message(), "name another folder");
  if (entry != fs::directory_iterator()) {
    fail(out, "",
         fmt::format("the folder is not empty (it holds {})", entry->path().filename().string()),
         "name a new folder, or empty this one");
  }
  return true;
}

/// What becomes the folder `out`, removed unless it is finished. It is made beside `out`, and
/// inside an empty `out`, which may be the current folder or a place where a disk is mounted.
class PartFolder {
 public:
  explicit PartFolder(const fs::path& out)
      : out_(full_name(out)), is_inside_(is_empty_folder(out_)) {
    const std::string part = ".part" + std::to_string(getpid());
    part_ = is_inside_ ? out_ / part : fs::path(out_.string() + part);
    std::error_code error;
    for (fs::path parent = part_.parent_path(); !fs::exists(parent, error) && !error;
         parent = parent.parent_path()) {
      parents_.push_back(parent);
    }
    fs::remove_all(part_, error);
    make_folder(part_);
  }
  PartFolder(const PartFolder&) = delete;
  ~PartFolder() {
    std::error_code ignored;
    fs::remove_all(part_, ignored);
    if (is_finished_) return;
    for (const fs::path& name : given_) fs::remove_all(name, ignored);
    for (const fs::path& parent : parents_) fs::remove(parent, ignored);  // unless others use it
  }
  const fs::path& path() const { return part_; }
  /// Gives the folder its name, after its files have reached the disk.
  void finish() {
    const int folder = open(part_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
      syncfs(folder);
      close(folder);
    }
    if (is_inside_) {
      for (const fs::path& name : children()) give_name(part_ / name, out_ / name);
    } else {
      give_name(part_, out_);
    }
    sync_folder(is_inside_ ? out_ : out_.parent_path());
    is_finished_ = true;
  }

 private:
  /// The annotations last: what names the pictures comes after them.
  std::vector<fs::path> children() const {
    std::vector<fs::path> names;
    for (const auto& entry : fs::directory_iterator(part_)) {
      names.push_back(entry.path().filename());
    }
    std::partition(names.begin(), names.end(),
                   [](const fs::path& name) { return name != kAnnotations; });
    return names;
  }
  void give_name(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) fail(to, "", "could not be made: " + error.message(), "name another folder");
    given_.push_back(to);
  }

  fs::path out_;
  bool is_inside_;
  fs::path part_;
  std::vector<fs::path> parents_;  // of `part_` that were not there, innermost first
  std::vector<fs::path> given_;    // final names
  bool is_finished_ = false;
};

/// Not synced one by one: the whole folder is, before it gets its name.
void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) fail(path, "", "could not be written", "check free space and permissions");
}

/// Counts finished pictures for the log, from any thread.
class Counter {
 public:
  Counter(int64_t total, Log& log) : total_(total), log_(log) {}
  void add() {
    const std::lock_guard lock(mutex_);
    ++done_;
    const std::chrono::duration<double> spent = Clock::now() - start_;
    Progress progress;
    progress.what = "synthesize";
    progress.done = done_;
    progress.total = total_;
    progress.unit = "images";
    progress.rate = static_cast<double>(done_) / spent.count();
    progress.seconds_left = static_cast<double>(total_ - done_) / progress.rate;
    log_.progress(progress);
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  Clock::time_point start_ = Clock::now();
  int64_t done_ = 0;
  int64_t total_;
  Log& log_;
};

std::string file_name(int64_t id) {
  return fmt::format("{:06d}.jpg", id);
}

/// Calls draw(i, the random numbers of picture i) for the pictures of a split, until `stop`.
void make_pictures(const SynthesizeOptions& options, const Split& split,
                   const std::atomic<int>& stop, Counter& counter,
                   const std::function<void(int64_t, Rng&)>& draw) {
  const auto make = [&](int64_t i) {
    if (stop != 0) return;
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
                    const std::atomic<int>& stop, Counter& counter) {
  make_folder(folder / kAnnotations);
  make_folder(folder / split.name);
  std::vector<std::vector<Instance>> instances(static_cast<size_t>(split.count));
  make_pictures(options, split, stop, counter, [&](int64_t i, Rng& rng) {
    const Scene scene = draw_scene(options.size, rng);
    write_file(folder / split.name / file_name(i + 1), encode_jpeg(scene.image, kQuality));
    instances[static_cast<size_t>(i)] = instances_of(scene);
  });
  if (stop != 0) return;
  write_coco(folder / kAnnotations / fmt::format("instances_{}.json", split.name), options, split,
             instances);
}

// ---- classify ----

void make_classification(const fs::path& folder, const SynthesizeOptions& options,
                         const Split& split, const std::atomic<int>& stop, Counter& counter) {
  constexpr auto kClasses = static_cast<int64_t>(kShapeNames.size());
  for (const std::string_view name : kShapeNames) make_folder(folder / split.name / name);
  make_pictures(options, split, stop, counter, [&](int64_t i, Rng& rng) {
    const int64_t label = i % kClasses;
    const Scene scene = draw_single(options.size, label, rng);
    write_file(
        folder / split.name / kShapeNames[static_cast<size_t>(label)] / file_name(i / kClasses + 1),
        encode_jpeg(scene.image, kQuality));
  });
}

}  // namespace

bool synthesize(const fs::path& out, const SynthesizeOptions& options, const std::atomic<int>& stop,
                Log& log) {
  check(options);
  PartFolder folder(out);
  Counter counter(options.train + options.val + options.test, log);
  for (const Split& split : splits_of(options)) {
    if (options.task == SynthesizeOptions::Task::detect) {
      make_detection(folder.path(), options, split, stop, counter);
    } else {
      make_classification(folder.path(), options, split, stop, counter);
    }
    if (stop != 0) return false;
  }
  folder.finish();
  return true;
}

}  // namespace fovea
