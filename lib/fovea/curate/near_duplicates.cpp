#include "fovea/curate/near_duplicates.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/parallel.h"
#include "fovea/core/work_progress.h"
#include "fovea/curate/disjoint_sets.h"
#include "fovea/curate/hash_index.h"
#include "fovea/curate/picture_sketch.h"
#include "fovea/image/grey.h"

namespace fovea {
namespace {

constexpr size_t kMostNear = 64;       // that a file is named with
constexpr size_t kMostCompared = 512;  // of the nearest hashes, where thousands are near

/// The pictures that are compared: readable, not flat, none twice.
struct Sketches {
  std::vector<size_t> files = {};  // rising indices into the list of files
  std::vector<uint64_t> hashes = {};
  std::vector<Thumbnail> thumbnails = {};
};

/// For each file the first one of the same bytes: itself where there is none before it, or where it
/// cannot be read. Only files of equal size are read.
std::vector<size_t> first_of_equal(const std::vector<fs::path>& files) {
  std::vector<size_t> first(files.size());
  std::iota(first.begin(), first.end(), size_t{0});
  std::unordered_map<uintmax_t, std::vector<size_t>> by_size;
  for (size_t i = 0; i < files.size(); ++i) {
    std::error_code error;
    const uintmax_t size = fs::file_size(files[i], error);
    if (!error) by_size[size].push_back(i);
  }
  std::vector<size_t> alike;
  for (const auto& entry : by_size) {
    if (entry.second.size() > 1) {
      alike.insert(alike.end(), entry.second.begin(), entry.second.end());
    }
  }
  std::sort(alike.begin(), alike.end());
  std::vector<std::string> sums(alike.size());
  in_parallel(static_cast<int64_t>(alike.size()), [&](int64_t i) {
    const auto k = static_cast<size_t>(i);
    try {
      sums[k] = checksum(MappedFile(files[alike[k]]).bytes());
    } catch (const Error&) {  // equal to none
    }
  });
  std::unordered_map<std::string, size_t> seen;
  for (size_t k = 0; k < alike.size(); ++k) {
    if (!sums[k].empty()) first[alike[k]] = seen.try_emplace(sums[k], alike[k]).first->second;
  }
  return first;
}

Sketches sketch_all(const std::vector<fs::path>& files, const std::vector<size_t>& chosen,
                    const ImageLimits& limits, Log& log) {
  std::vector<std::optional<PictureSketch>> made(chosen.size());
  WorkProgress progress("fingerprints", "images", static_cast<int64_t>(chosen.size()), log);
  in_parallel(static_cast<int64_t>(chosen.size()), [&](int64_t i) {
    const auto k = static_cast<size_t>(i);
    try {
      const fs::path& file = files[chosen[k]];
      const MappedFile mapped(file);
      const PictureSketch sketch =
          sketch_of(decode_grey(mapped.bytes(), file, kSketchDetail, limits));
      if (!sketch.is_flat) made[k] = sketch;
    } catch (const Error&) {  // belongs to no group
    }
    progress.add(1);
  });
  Sketches sketches;
  for (size_t k = 0; k < chosen.size(); ++k) {
    if (!made[k]) continue;
    sketches.files.push_back(chosen[k]);
    sketches.hashes.push_back(made[k]->hash);
    sketches.thumbnails.push_back(made[k]->thumbnail);
  }
  return sketches;
}

struct Candidate {
  HashIndex::Near near = {};
  int orientation = 0;
};

/// The nearest hashes before that of sketch `i`, each in its best orientation.
std::vector<Candidate> candidates(const Sketches& sketches, const HashIndex& index, size_t i) {
  std::vector<Candidate> all;
  std::vector<HashIndex::Near> found;
  for (int orientation = 0; orientation < kOrientations; ++orientation) {
    found.clear();
    index.find(oriented(sketches.hashes[i], orientation), i, found);
    for (const HashIndex::Near& near : found) {
      all.push_back({.near = near, .orientation = orientation});
    }
  }
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.near.distance, a.near.index, a.orientation) <
           std::tuple(b.near.distance, b.near.index, b.orientation);
  });
  if (all.size() > kMostCompared) all.resize(kMostCompared);
  return all;
}

/// Those before sketch `i` that show the same, most alike first.
std::vector<Duplicate> matches(const Sketches& sketches, const HashIndex& index, size_t i,
                               double min_likeness) {
  std::array<std::optional<Thumbnail>, kOrientations> turned;
  std::map<size_t, Duplicate> best;  // by the earlier sketch
  for (const Candidate& candidate : candidates(sketches, index, i)) {
    auto& thumbnail = turned[static_cast<size_t>(candidate.orientation)];
    if (!thumbnail) thumbnail = oriented(sketches.thumbnails[i], candidate.orientation);
    const size_t other = candidate.near.index;
    const double like = likeness(*thumbnail, sketches.thumbnails[other]);
    if (like < min_likeness) continue;
    Duplicate& match =
        best.try_emplace(other, Duplicate{.earlier = sketches.files[other], .likeness = -1})
            .first->second;
    if (like > match.likeness) {
      match.later = sketches.files[i];
      match.orientation = candidate.orientation;
      match.likeness = like;
    }
  }
  std::vector<Duplicate> found;
  found.reserve(best.size());
  for (const auto& entry : best) found.push_back(entry.second);
  std::stable_sort(found.begin(), found.end(),
                   [](const Duplicate& a, const Duplicate& b) { return a.likeness > b.likeness; });
  if (found.size() > kMostNear) found.resize(kMostNear);
  return found;
}

std::vector<Duplicate> near_ones(const Sketches& sketches, const DuplicateOptions& options,
                                 Log& log) {
  const HashIndex index(sketches.hashes, *options.max_distance);
  std::vector<std::vector<Duplicate>> found(sketches.files.size());
  WorkProgress progress("comparing", "images", static_cast<int64_t>(found.size()), log);
  in_parallel(static_cast<int64_t>(found.size()), [&](int64_t i) {
    const auto k = static_cast<size_t>(i);
    found[k] = matches(sketches, index, k, options.min_likeness);
    progress.add(1);
  });
  std::vector<Duplicate> all;
  for (const std::vector<Duplicate>& some : found) all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace

std::vector<Duplicate> duplicates(const std::vector<fs::path>& files,
                                  const DuplicateOptions& options, Log& log) {
  const std::vector<size_t> first = first_of_equal(files);
  std::vector<Duplicate> all;
  std::vector<size_t> chosen;
  for (size_t i = 0; i < files.size(); ++i) {
    if (first[i] == i) {
      chosen.push_back(i);
    } else {
      all.push_back({.later = i, .earlier = first[i], .same_bytes = true});
    }
  }
  if (options.max_distance) {
    const ImageLimits limits{.max_pixels = options.max_pixels};
    const Sketches sketches = sketch_all(files, chosen, limits, log);
    const std::vector<Duplicate> near = near_ones(sketches, options, log);
    all.insert(all.end(), near.begin(), near.end());
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Duplicate& a, const Duplicate& b) { return a.later < b.later; });
  return all;
}

std::vector<std::vector<size_t>> duplicate_groups(const std::vector<fs::path>& files,
                                                  const DuplicateOptions& options, Log& log) {
  DisjointSets joined(files.size());
  for (const Duplicate& pair : duplicates(files, options, log)) {
    joined.join(pair.later, pair.earlier);
  }
  std::map<size_t, std::vector<size_t>> members;  // by the first of a group
  for (size_t i = 0; i < files.size(); ++i) members[joined.first_of(i)].push_back(i);
  std::vector<std::vector<size_t>> groups;
  for (auto& entry : members) {
    if (entry.second.size() > 1) groups.push_back(std::move(entry.second));
  }
  return groups;
}

}  // namespace fovea
