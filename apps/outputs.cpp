#include "outputs.h"

#include <fmt/core.h>

#include "fovea/core/error.h"
#include "fovea/core/files.h"

namespace fovea {
namespace {

/// Links are followed; what is not there yet may be named.
bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || fs::weakly_canonical(fs::absolute(a), error) ==
                       fs::weakly_canonical(fs::absolute(b), error);
}

}  // namespace

void expect_outside(const fs::path& data, const fs::path& images,
                    const std::vector<fs::path>& outputs) {
  std::vector<fs::path> places = {data};
  if (!images.empty()) places.push_back(images);
  const fs::path folder = fs::absolute(data).parent_path();
  if (!fs::is_directory(data) && folder.filename() == "annotations") {
    places.push_back(folder.parent_path());
  }
  expect_outside(places, outputs);
}

void expect_new_file(const fs::path& file) {
  if (fs::exists(file)) {
    fail(file, "", "is there already", "name another file, or remove it first");
  }
  expect_writable(file);
}

void make_output_folder(const fs::path& folder) {
  if (folder.empty()) return;
  if (fs::exists(folder / "run.yaml")) {
    fail(folder, "", "is a run folder, whose own figures would be written over",
         fmt::format("name another folder, such as {}", (folder / "eval").string()));
  }
  make_folder(folder);
}

void expect_output_file(const fs::path& file) {
  if (!file.empty() && file != "-") expect_writable(file);
}

void write_result(const fs::path& file, const std::string& text) {
  if (file.empty()) return;
  if (file == "-") {
    fmt::print("{}", text);
  } else {
    write_whole(file, text);
  }
}

void expect_different(const std::vector<NamedFile>& files) {
  for (size_t i = 0; i < files.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (files[i].file.empty() || files[j].file.empty()) continue;
      if (!is_same(files[i].file, files[j].file)) continue;
      fail(files[i].file, "",
           fmt::format("is named twice, by {} and by {}", files[j].option, files[i].option),
           "name two files");
    }
  }
}

}  // namespace fovea
