#include "infer_sources.h"

#include <fmt/core.h>
#include <glob.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <sstream>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/image/file_name.h"

namespace fovea {
namespace {

bool is_pattern(const std::string& word) {
  return word.find_first_of("*?[") != std::string::npos;
}

class Finder {
 public:
  void add(const std::string& word) {
    std::error_code error;
    if (fs::is_directory(word, error)) {
      add_folder(word);
    } else if (!fs::exists(word, error) && word.starts_with('@')) {
      add_list(word.substr(1));
    } else if (!fs::exists(word, error) && is_pattern(word)) {
      add_pattern(word);
    } else {
      add_image(word, fs::path(word).filename());
    }
  }

  Sources take() { return std::move(found_); }

 private:
  void add_image(const fs::path& path, const fs::path& name) {
    const fs::path stem = fs::path(name).replace_extension();
    fs::path unique = stem;
    for (int n = 2; !stems_.insert(unique).second; ++n) {
      unique = fmt::format("{}-{}", stem.string(), n);
    }
    found_.images.push_back({.path = path, .stem = unique});
  }

  void add_folder(const fs::path& folder) {
    Below below = search(folder);
    if (below.files.empty() && below.problems.empty()) {
      below.problems.push_back(folder.string() + ": the folder holds no image");
    }
    std::sort(below.files.begin(), below.files.end());
    std::sort(below.problems.begin(), below.problems.end());
    for (const fs::path& file : below.files) add_image(file, file.lexically_relative(folder));
    std::move(below.problems.begin(), below.problems.end(), std::back_inserter(found_.problems));
  }

  /// The images in a folder and in those inside it, and a line for each folder that could not be
  /// read. Links to folders are passed over: they may lead back up.
  struct Below {
    std::vector<fs::path> files = {};
    std::vector<std::string> problems = {};
  };
  static Below search(const fs::path& top) {
    Below below;
    std::vector<fs::path> folders = {top};
    while (!folders.empty()) {
      const fs::path folder = std::move(folders.back());
      folders.pop_back();
      std::error_code error, ignored;
      for (fs::directory_iterator entry(folder, error), end; entry != end; entry.increment(error)) {
        const fs::path& path = entry->path();
        if (entry->is_directory(ignored)) {
          if (!entry->is_symlink(ignored)) folders.push_back(path);
        } else if (has_picture_name(path) && entry->is_regular_file(ignored)) {
          below.files.push_back(path);
        } else if (has_picture_name(path) && entry->is_symlink(ignored)) {
          below.problems.push_back(path.string() + ": the link leads to no file");
        }
      }
      if (!error) continue;
      below.problems.push_back(
          fmt::format("{}: the folder could not be read: {}", folder.string(), error.message()));
    }
    return below;
  }

  void add_pattern(const std::string& pattern) {
    glob_t matches{};
    const int failed = glob(pattern.c_str(), GLOB_TILDE, nullptr, &matches);
    if (failed != 0) found_.problems.push_back(pattern + ": nothing has such a name");
    const std::vector<std::string> words(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    globfree(&matches);
    for (const std::string& word : words) {
      if (fs::is_directory(word)) {
        add_folder(word);
      } else {
        add_image(word, fs::path(word).filename());
      }
    }
  }

  void add_list(const fs::path& list) {
    expect_file(list, "a list of images");
    std::istringstream lines(read_whole(list));
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.starts_with('@')) fail(list, "", "names another list", "list images only");
      if (!line.empty()) add(line);
    }
  }

  Sources found_;
  std::set<fs::path> stems_;
};

bool is_number(const std::string& text) {
  constexpr size_t kMostDigits = 18;  // of an int64
  return !text.empty() && text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether the last parts of `path` are those of `name`.
bool ends_with(const fs::path& path, const fs::path& name) {
  const std::vector<fs::path> whole(path.begin(), path.end());
  const std::vector<fs::path> part(name.begin(), name.end());
  return part.size() <= whole.size() && std::equal(part.rbegin(), part.rend(), whole.rbegin());
}

}  // namespace

Sources find_sources(const std::vector<std::string>& words) {
  Finder finder;
  for (const std::string& word : words) finder.add(word);
  return finder.take();
}

ImageIds::ImageIds(const fs::path& annotations) : annotations_(annotations) {
  const JsonDocument document = JsonDocument::read(annotations);
  for (const JsonValue& image : document.root().at("images").items()) {
    const fs::path name(image.at("file_name").text());
    by_file_name_.emplace(name.filename(), Listed{name, image.at("id").integer()});
  }
}

std::string ImageIds::json_of(const fs::path& image) const {
  std::ostringstream text;
  JsonWriter json(text);
  if (annotations_.empty()) {
    const std::string stem = image.stem();
    is_number(stem) ? json.value(static_cast<int64_t>(std::stoll(stem))) : json.value(stem);
    return text.str();
  }
  const auto [first, last] = by_file_name_.equal_range(image.filename());
  const auto exact = std::find_if(
      first, last, [&](const auto& entry) { return ends_with(image, entry.second.name); });
  const bool moved = exact == last && std::distance(first, last) == 1;
  if (exact == last && !moved) {
    fail(image, "", fmt::format("is not among the images of {}", annotations_.string()),
         "leave it out, or --annotations");
  }
  json.value((moved ? first : exact)->second.id);
  return text.str();
}

}  // namespace fovea
