#include "fovea/formats/yolo_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>

#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "fovea/formats/splits.h"
#include "fovea/formats/text.h"

namespace fovea {
namespace {

constexpr int64_t kDeepest = 32;  // levels of brackets, dashes or indentation

/// Nothing for what stands nowhere, as the content of an empty file.
std::string place_of(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return fmt::format("{}:{}", mark.line + 1, mark.column + 1);
}

/// Error where so many levels may be open that a parser which calls itself for each could run out
/// of stack. Counts what could open one, in texts and comments too.
void expect_shallow(std::string_view text, const fs::path& file) {
  int64_t brackets = 0;
  int64_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    int64_t marks = 0;
    for (size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (c == '[' || c == '{') ++brackets;
      if ((c == ']' || c == '}') && brackets > 0) --brackets;
      const bool is_alone = i + 1 == line.size() || line[i + 1] == ' ' || line[i + 1] == '\t';
      if ((c == '-' || c == '?' || c == ':') && is_alone) ++marks;
      if (brackets <= kDeepest && marks <= kDeepest) continue;
      fail(file, fmt::format("{}:{}", number, i + 1), "is nested too deeply for a data.yaml",
           "write `names` as a list and the splits as paths");
    }
    const size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
    if (indent > 4 * kDeepest && indent < line.size()) {
      fail(file, fmt::format("{}", number), "is indented too far for a data.yaml",
           "write `names` as a list and the splits as paths");
    }
  }
}

class Reader {
 public:
  Reader(const fs::path& file, const YAML::Node& root) : file_(file), root_(root) {}

  YoloData read() {
    if (!root_.IsMap()) fail_at(root_, "is no map of keys", "write `names:`, `train:` and `val:`");
    std::set<std::string> seen;
    for (const auto& entry : root_) {
      if (!entry.first.IsScalar()) continue;
      const std::string& key = entry.first.Scalar();
      if (!seen.insert(key).second) {
        fail_at(entry.first, fmt::format("`{}` is given twice", shortened(key)), "keep one");
      }
      read_key(key, entry.second);
    }
    if (data_.names.empty()) {
      fail_at(root_, "has no `names`", "list the classes, as `names: [cat, dog]`");
    }
    if (classes_ && *classes_ != static_cast<int64_t>(data_.names.size())) {
      fail_at(root_, fmt::format("`nc` is {}, but `names` has {}", *classes_, data_.names.size()),
              "correct one of them");
    }
    if (data_.splits.empty()) {
      fail_at(root_, "has none of `train`, `val` and `test`", "name the folders of the pictures");
    }
    return std::move(data_);
  }

 private:
  void read_key(const std::string& key, const YAML::Node& value) {
    if (key == "path") {
      data_.path = value.IsNull() ? "" : word(value, key);
    } else if (key == "nc") {
      classes_ = whole(value, key);
    } else if (key == "names") {
      read_names(value);
    } else if (key == "kpt_shape") {
      read_keypoints(value);
    } else if (key == "train" || key == "val" || key == "valid" || key == "test") {
      read_split(key, value);
    }
  }

  void read_split(const std::string& key, const YAML::Node& value) {
    if (value.IsNull()) return;  // `test:  # optional`
    std::vector<std::string> entries;
    if (value.IsSequence()) {
      for (const YAML::Node& item : value) entries.push_back(word(item, key));
    } else {
      entries.push_back(word(value, key));
    }
    const std::string name = usual_split_name(key);
    for (const auto& [other, unused] : data_.splits) {
      if (other == name) fail_at(value, "`val` and `valid` are both given", "keep one");
    }
    if (!entries.empty()) data_.splits.emplace_back(name, std::move(entries));
  }

  void read_names(const YAML::Node& value) {
    if (value.IsSequence()) {
      for (const YAML::Node& item : value) add_name(item);
    } else if (value.IsMap()) {
      read_numbered_names(value);
    } else {
      fail_at(value, "`names` is neither a list nor a map", "write `names: [cat, dog]`");
    }
  }

  /// 0: cat, 1: dog, in any order.
  void read_numbered_names(const YAML::Node& map) {
    std::unordered_map<int64_t, YAML::Node> by_number;
    for (const auto& entry : map) {
      const int64_t number = whole(entry.first, "names");
      if (!by_number.try_emplace(number, entry.second).second) {
        fail_at(entry.first, fmt::format("the class {} is named twice", number), "keep one");
      }
    }
    for (int64_t number = 0; number < static_cast<int64_t>(by_number.size()); ++number) {
      const auto found = by_number.find(number);
      if (found == by_number.end()) {
        fail_at(
            map,
            fmt::format("`names` has {} entries, but none for class {}", by_number.size(), number),
            "number the classes 0, 1, 2 and so on");
      }
      add_name(found->second);
    }
  }

  void add_name(const YAML::Node& value) {
    const std::string name(trimmed(word(value, "names")));
    if (name.empty()) fail_at(value, "a class has an empty name", "give it one");
    if (!known_.insert(name).second) {
      fail_at(value, fmt::format("two classes are called `{}`", shortened(name)),
              "name them apart, or make them one");
    }
    data_.names.push_back(name);
  }

  /// [keypoints of an object, numbers of a keypoint].
  void read_keypoints(const YAML::Node& value) {
    if (!value.IsSequence() || value.size() != 2) {
      fail_at(value, "`kpt_shape` is no list of two numbers", "write it as [17, 3]");
    }
    data_.keypoints = whole(value[0], "kpt_shape");
    data_.keypoint_numbers = whole(value[1], "kpt_shape");
    if (data_.keypoints < 1 || data_.keypoints > 1000 || data_.keypoint_numbers < 2 ||
        data_.keypoint_numbers > 3) {
      fail_at(value, "`kpt_shape` is out of range", "give 1 to 1000 keypoints of 2 or 3 numbers");
    }
  }

  std::string word(const YAML::Node& value, std::string_view key) const {
    if (value.IsScalar() && value.Scalar().find('\0') == std::string::npos) return value.Scalar();
    fail_at(value, fmt::format("`{}` holds something other than words", key), "write plain words");
  }

  int64_t whole(const YAML::Node& value, std::string_view key) const {
    const std::optional<int64_t> number =
        value.IsScalar() ? whole_number_of(value.Scalar()) : std::nullopt;
    if (number && *number >= 0) return *number;
    fail_at(value, fmt::format("`{}` holds something other than whole numbers from 0 on", key),
            "correct it");
  }

  [[noreturn]] void fail_at(const YAML::Node& node, std::string_view problem,
                            std::string_view remedy) const {
    fail(file_, place_of(node.Mark()), problem, remedy);
  }

  const fs::path& file_;
  const YAML::Node& root_;
  YoloData data_ = {};
  std::optional<int64_t> classes_ = {};  // nc
  std::set<std::string> known_ = {};     // names
};

/// In double quotes, for any YAML reader.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

YoloData parse_yolo_data(std::string_view text, const fs::path& file) {
  if (text.size() > kMostYaml) {
    fail(file, "", fmt::format("has {} bytes, too many for a data.yaml", text.size()),
         "name the file that lists the classes and splits");
  }
  const std::string content(expect_text(text, file));
  expect_shallow(content, file);
  try {
    const YAML::Node root = YAML::Load(content);
    return Reader(file, root).read();
  } catch (const YAML::Exception& error) {
    fail(file, place_of(error.mark), "no YAML: " + error.msg,
         "check indentation, quotes and brackets");
  }
}

std::string yolo_data_text(const std::vector<std::string>& splits,
                           const std::vector<Category>& categories) {
  std::string text;
  for (const std::string& split : splits) text += fmt::format("{0}: images/{0}\n", split);
  text += "names:\n";
  for (size_t i = 0; i < categories.size(); ++i) {
    text += fmt::format("  {}: {}\n", i, in_quotes(categories[i].name));
  }
  return text;
}

}  // namespace fovea
