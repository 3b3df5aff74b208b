// The layers of lib/README.md, read off the sources: who includes whom, where each library from
// outside has its home, and what the library leaves to the programs.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "fovea/core/files.h"
#include "support/test_files.h"

namespace fovea {
namespace {

/// One line of a source file.
struct Line {
  std::string file = {};    // "lib/fovea/core/json.cpp"
  std::string folder = {};  // "core", "apps", "data_tools"
  int64_t number = 0;
  std::string code = {};     // without comments, texts emptied; empty for an #include
  std::string include = {};  // what an #include names, or empty
};

/// Code alone: comments and the contents of texts taken out.
std::string bare(const std::string& line) {
  static const std::regex texts(R"re("([^"\\]|\\.)*"|'([^'\\]|\\.)*')re");
  const std::string code = std::regex_replace(line, texts, "\"\"");
  return code.substr(0, code.find("//"));
}

void read_lines(const fs::path& path, const std::string& folder, std::vector<Line>& lines) {
  static const std::regex include(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"].*)re");
  const std::string file = fs::relative(path, source_folder()).string();
  std::istringstream text(read_whole(path));
  std::string raw;
  for (int64_t number = 1; std::getline(text, raw); ++number) {
    std::smatch match;
    const bool includes = std::regex_match(raw, match, include);
    lines.push_back(
        {file, folder, number, includes ? "" : bare(raw), includes ? match.str(1) : ""});
  }
}

std::vector<Line> read_sources() {
  std::vector<Line> lines;
  for (const std::string root : {"lib/fovea", "apps", "data_tools"}) {
    const fs::path top = source_folder() / root;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      const fs::path extension = entry.path().extension();
      if (extension != ".h" && extension != ".cpp" && extension != ".cu") continue;
      const std::string first = fs::relative(entry.path(), top).begin()->string();
      read_lines(entry.path(), root == "lib/fovea" ? first : root, lines);
    }
  }
  return lines;
}

const std::vector<Line>& sources() {
  static const std::vector<Line> lines = read_sources();
  return lines;
}

bool in_library(const Line& line) {
  return line.file.starts_with("lib/");
}

bool is_header(const Line& line) {
  return line.file.ends_with(".h");
}

bool is_options_header(const std::string& file) {
  return file.ends_with("options.h");
}

/// "lib/fovea/nn/fpn.cpp:12: includes ...; RULE", one line of a test's failure.
std::string complaint(const Line& line, const std::string& rule) {
  const std::string what = line.include.empty() ? line.code : "includes " + line.include;
  return line.file + ":" + std::to_string(line.number) + ": " + what + "; " + rule;
}

/// Fails once for each line that `breaks` the rule.
void hold(const std::string& rule, const std::function<bool(const Line&)>& breaks) {
  for (const Line& line : sources()) {
    if (breaks(line)) ADD_FAILURE() << complaint(line, rule);
  }
}

/// Fails for each include that begins with one of `prefixes` outside its home.
void hold_home(const std::vector<std::string>& prefixes, const std::string& rule,
               const std::function<bool(const Line&)>& is_home) {
  hold(rule, [&](const Line& line) {
    const auto fits = [&](const std::string& prefix) { return line.include.starts_with(prefix); };
    return std::any_of(prefixes.begin(), prefixes.end(), fits) && !is_home(line);
  });
}

/// Each folder of lib/fovea with those below it, which it may include. cuda/ stands behind the
/// interfaces of ops/ and dist/.
const std::map<std::string, std::set<std::string>> kBelow = {
    {"core", {}},
    {"image", {"core"}},
    {"data", {"core", "image"}},
    {"augment", {"core", "image", "data"}},
    {"loader", {"core", "image", "data", "augment"}},
    {"formats", {"core", "image", "data"}},
    {"eval", {"core", "image", "data"}},
    {"curate", {"core", "image", "data", "formats", "eval"}},
    {"config", {"core", "image", "data"}},  // and option headers of any part
    {"ops", {"core", "image", "data"}},
    {"deploy", {"core", "image", "data", "augment", "ops"}},
    {"dist", {"core"}},
    {"nn", {"core", "image", "data", "ops"}},
    {"models", {"core", "image", "data", "ops", "deploy", "nn"}},
    {"train",
     {"core", "image", "data", "augment", "loader", "formats", "eval", "curate", "ops", "deploy",
      "dist", "nn", "models"}},
    {"cuda", {"core", "ops", "dist"}},
};

/// "nn" of "fovea/nn/module.h", empty for what is not ours.
std::string folder_of(const std::string& include) {
  if (!include.starts_with("fovea/")) return {};
  return include.substr(6, include.find('/', 6) - 6);
}

bool is_torch(const std::string& include) {
  for (const char* prefix : {"torch/", "ATen/", "c10/", "caffe2/"}) {
    if (include.starts_with(prefix)) return true;
  }
  return false;
}

const std::set<std::string> kPlainFolders = {"core",    "image", "data",   "augment", "loader",
                                             "formats", "eval",  "curate", "config"};

TEST(Layers, EveryFolderHasItsPlace) {
  EXPECT_GT(sources().size(), 1000U) << "the sources were not found";
  hold("give the folder its place in kBelow (tests/architecture/layers_test.cpp)",
       [](const Line& line) {
         return line.number == 1 && in_library(line) && !kBelow.contains(line.folder);
       });
}

TEST(Layers, AFolderIncludesOnlyFoldersBelowIt) {
  hold("a folder includes only folders below it (lib/README.md)", [](const Line& line) {
    const std::string used = folder_of(line.include);
    if (!in_library(line) || used.empty() || used == line.folder) return false;
    if (line.folder == "config" && is_options_header(line.include)) return false;
    const auto place = kBelow.find(line.folder);
    return place == kBelow.end() || !place->second.contains(used);
  });
}

TEST(Layers, TheLibraryKnowsNoProgram) {
  hold("lib/ includes its own files by \"fovea/FOLDER/FILE.h\" and none of apps/ or data_tools/",
       [](const Line& line) {
         const bool ours = line.include.ends_with(".h") && folder_of(line.include).empty();
         return in_library(line) && ours &&
                (fs::exists(source_folder() / "apps" / line.include) ||
                 fs::exists(source_folder() / "data_tools" / line.include) ||
                 fs::exists(source_folder() / line.file / ".." / line.include));
       });
}

TEST(Layers, ProgramsOnFilesUseThePlainFoldersOnly) {
  hold("data_tools/ builds on core, image, data, formats, eval, curate and config",
       [](const Line& line) {
         const std::string used = folder_of(line.include);
         return line.folder == "data_tools" && !used.empty() && !kPlainFolders.contains(used);
       });
}

TEST(Layers, LibTorchBeginsAtOps) {
  hold("no LibTorch below ops/, in config/, data_tools/ and option headers", [](const Line& line) {
    const bool plain = kPlainFolders.contains(line.folder) || line.folder == "data_tools";
    return is_torch(line.include) && (plain || is_options_header(line.file));
  });
}

TEST(Layers, LibTorchIsIncludedInSmallPieces) {
  const std::set<std::string> large = {"torch/torch.h", "torch/all.h", "ATen/ATen.h"};
  hold("this header costs a compiler 6 to 18 seconds; include what is used by its own header",
       [&](const Line& line) { return large.contains(line.include); });
}

TEST(Homes, SimdjsonLivesInCoreJson) {
  hold_home({"simdjson"}, "JSON is read in core/json.cpp and core/json_lists.cpp",
            [](const Line& line) {
              return line.file == "lib/fovea/core/json.cpp" ||
                     line.file == "lib/fovea/core/json_lists.cpp";
            });
}

TEST(Homes, Utf8procLivesInCoreTextForm) {
  hold_home({"utf8proc"}, "forms of Unicode are told apart in core/text_form.cpp",
            [](const Line& line) { return line.file == "lib/fovea/core/text_form.cpp"; });
}

TEST(Homes, ImageLibrariesLiveInImageBehindItsHeaders) {
  hold_home({"opencv2/", "jpeglib", "turbojpeg", "spng", "png.h"},
            "pictures are read and drawn in image/, and its headers do not show by what",
            [](const Line& line) { return line.folder == "image" && !is_header(line); });
}

TEST(Homes, YamlLivesInConfig) {
  hold_home({"yaml-cpp/"}, "YAML is read in config/ and, of data sets, in formats/yolo_yaml.cpp",
            [](const Line& line) {
              return line.folder == "config" || line.file == "lib/fovea/formats/yolo_yaml.cpp";
            });
}

TEST(Homes, XmlLivesInFormatsVocXml) {
  hold_home({"pugixml"}, "XML is read and written in formats/voc_xml.cpp",
            [](const Line& line) { return line.file == "lib/fovea/formats/voc_xml.cpp"; });
}

TEST(Homes, CommandLinesLiveInThePrograms) {
  hold_home({"CLI/"}, "arguments are parsed in apps/ and data_tools/",
            [](const Line& line) { return !in_library(line); });
}

TEST(Homes, TalkBetweenProcessesLivesInDistAndCuda) {
  hold_home({"torch/csrc/distributed/", "nccl", "gloo/"}, "processes talk in dist/ and cuda/",
            [](const Line& line) { return line.folder == "dist" || line.folder == "cuda"; });
}

TEST(Homes, CudaLivesInCuda) {
  hold_home({"cuda", "c10/cuda/", "ATen/cuda/", "torch/csrc/cuda/"},
            "CUDA is used in cuda/, which is opened at run time",
            [](const Line& line) { return line.folder == "cuda"; });
}

TEST(Library, NeitherPrintsNorExitsNorReadsTheEnvironment) {
  static const std::regex forbidden(
      R"re(\bstd::(cout|cerr|clog)\b|\bfmt::print\b|)re"
      R"re((^|[^\w.>:]|\bstd::|[^:]::)(f?printf|f?puts|putchar|(secure_)?getenv|_?exit|quick_exit|abort)\s*\()re");
  hold(
      "the library returns, throws and logs; programs print, exit and read the environment",
      [](const Line& line) { return in_library(line) && std::regex_search(line.code, forbidden); });
}

}  // namespace
}  // namespace fovea
