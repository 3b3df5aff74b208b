#include "fovea/config/config.h"

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>

#include "fovea/core/error.h"
#include "fovea/core/files.h"

namespace fovea {
namespace {

constexpr int64_t kSizeDivisor = 32;  // Model::size_divisor() of every detector there is
constexpr int kDeepest = 16;       // levels of nesting; an alias inside its own anchor has no end
constexpr int kMostMaps = 10'000;  // aliases of aliases multiply

/// What a recipe says about one option.
struct Setting {
  YAML::Node value;
  YAML::Mark key;
  bool merged = false;  // came through `<<`, so that a key of its own goes before it
};

bool has_option(const OptionList& options, const std::string& name) {
  return std::any_of(options.options().begin(), options.options().end(),
                     [&](const Option& option) { return option.name == name; });
}

/// Turns the tree of a recipe into settings by dotted name.
class Flattener {
 public:
  Flattener(const fs::path& file, const OptionList& options) : file_(file), options_(options) {}
  std::map<std::string, Setting> settings;

  void add_map(const std::string& prefix, const YAML::Node& map, bool merged, int depth) {
    if (depth > kDeepest) fail_at(map.Mark(), "is nested too deeply", "check its aliases");
    if (++maps_ > kMostMaps) fail_at(map.Mark(), "merges too many maps", "check its aliases");
    for (const auto& entry : map) {
      if (is_merge(entry.first)) add_merge(prefix, entry.second, depth);
    }
    std::set<std::string> seen;
    for (const auto& entry : map) {
      if (!entry.first.IsScalar())
        fail_at(entry.first.Mark(), "a key must be a word", "write `key: value`");
      if (is_merge(entry.first)) continue;
      const std::string key = entry.first.Scalar();
      if (prefix.empty() && key.starts_with("x-")) continue;
      if (!seen.insert(key).second) twice(entry.first.Mark(), prefix + key);
      add(prefix + key, entry.first.Mark(), entry.second, merged, depth);
    }
  }

 private:
  static bool is_merge(const YAML::Node& key) { return key.IsScalar() && key.Scalar() == "<<"; }

  void add_merge(const std::string& prefix, const YAML::Node& value, int depth) {
    if (value.IsMap()) return add_map(prefix, value, true, depth + 1);
    if (!value.IsSequence()) fail_at(value.Mark(), "`<<` must name a map", "write `<<: *anchor`");
    for (size_t i = value.size(); i-- > 0;) add_merge(prefix, value[i], depth + 1);  // first wins
  }

  void add(const std::string& name, const YAML::Mark& key, const YAML::Node& value, bool merged,
           int depth) {
    const bool is_section = has_section(name);
    if (value.IsMap() && is_section) return add_map(name + ".", value, merged, depth + 1);
    if (!has_option(options_, name)) {
      if (!is_section) unknown(key, name);
      if (value.IsNull()) return;  // `train:` with nothing below it
      fail_at(value.Mark(), fmt::format("`{}` holds options and has no value itself", name),
              fmt::format("write `{}: {{...}}`", name));
    }
    const auto before = settings.find(name);
    if (before != settings.end() && !before->second.merged && !merged) twice(key, name);
    if (before == settings.end() || before->second.merged) settings[name] = {value, key, merged};
  }

  bool has_section(const std::string& name) const {
    return std::any_of(options_.options().begin(), options_.options().end(),
                       [&](const Option& option) { return option.name.starts_with(name + "."); });
  }

  [[noreturn]] void unknown(const YAML::Mark& mark, const std::string& name) const try {
    options_.find(name);
    throw std::logic_error("the option " + name + " is known");
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", place(mark), error.what()));
  }
  [[noreturn]] void twice(const YAML::Mark& mark, const std::string& name) const {
    fail_at(mark, fmt::format("`{}` is given twice", name), "keep one of them");
  }
  [[noreturn]] void fail_at(const YAML::Mark& mark, std::string_view problem,
                            std::string_view remedy) const {
    throw Error(fmt::format("{}: {}; {}", place(mark), problem, remedy));
  }
  std::string place(const YAML::Mark& mark) const {
    return fmt::format("{}:{}:{}", file_.string(), mark.line + 1, mark.column + 1);
  }

  const fs::path& file_;
  const OptionList& options_;
  int maps_ = 0;  // that were entered
};

/// The text that Option::set takes, from a scalar or a sequence of scalars.
std::string value_text(const Option& option, const YAML::Node& value) {
  if (value.IsScalar()) return value.Scalar();
  if (value.IsSequence() && option.kind == Option::Kind::list) {
    std::vector<std::string> items;
    for (const YAML::Node& item : value) {
      if (!item.IsScalar()) fail("must be a list of words", "write `[a, b]`");
      items.push_back(item.Scalar());
    }
    return to_text(items);
  }
  if (value.IsNull()) fail("has no value", "give it one or leave the line out");
  fail(value.IsMap() ? "is a map, but must be one value" : "is a list, but must be one value",
       fmt::format("the default is `{}`", option.fallback));
}

YAML::Node parse_yaml(const std::string& text, const fs::path& file) try {
  const std::vector<YAML::Node> documents = YAML::LoadAll(text);
  if (documents.size() > 1)
    fail(file, "", "holds several documents", "drop the `---` lines between");
  return documents.empty() ? YAML::Node() : documents.front();
} catch (const YAML::Exception& error) {
  fail(file, fmt::format("{}:{}", error.mark.line + 1, error.mark.column + 1),
       "no YAML: " + error.msg, "check indentation, quotes and brackets");
}

/// "FILE:LINE:COLUMN: " of the options that were set, by name.
using Places = std::map<std::string, std::string>;

Places apply_recipe(const std::string& text, const fs::path& file, const OptionList& options) {
  Places places;
  const YAML::Node root = parse_yaml(text, file);
  if (root.IsNull() || !root.IsDefined()) return places;
  if (!root.IsMap()) fail(file, "1:1", "a recipe is a map of options", "write `key: value` lines");
  Flattener flattener(file, options);
  flattener.add_map("", root, false, 0);
  for (const auto& [name, setting] : flattener.settings) {
    const Option& option = options.find(name);
    const YAML::Mark mark = setting.value.IsNull() ? setting.key : setting.value.Mark();
    places[name] = fmt::format("{}:{}:{}: ", file.string(), mark.line + 1, mark.column + 1);
    try {
      option.set(value_text(option, setting.value));
    } catch (const Error& error) {
      throw Error(fmt::format("{}{}: {}", places[name], name, error.what()));
    }
  }
  return places;
}

void apply_overrides(const std::vector<std::string>& overrides, const OptionList& options,
                     Places& places) {
  std::set<std::string> seen;
  for (const std::string& text : overrides) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      fail(fmt::format("`{}` is no option", text), "write `key=value`, such as `train.epochs=20`");
    }
    const std::string name = text.substr(0, equals);
    const Option& option = options.find(name);
    if (!seen.insert(name).second) {
      fail(fmt::format("`{}` is given twice on the command line", name), "keep one of them");
    }
    places.erase(name);
    try {
      option.set(text.substr(equals + 1));
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", name, error.what()));
    }
  }
}

void check_split(std::string_view key, const SplitOptions& split) {
  if (split.images.empty() == split.annotations.empty()) return;
  const bool has_images = !split.images.empty();
  fail(fmt::format("{0}.{1}: is given without {0}.{2}", key, has_images ? "images" : "annotations",
                   has_images ? "annotations" : "images"),
       "give both, or neither and let data.root find them");
}

void check_side(int64_t side, const ImageSize& size) {
  if (side % kSizeDivisor == 0) return;
  const int64_t below = side / kSizeDivisor * kSizeDivisor;
  fail(fmt::format("model.size: is `{}`, but sides must be multiples of {}", to_text(size),
                   kSizeDivisor),
       fmt::format("the nearest are {} and {}", below, below + kSizeDivisor));
}

bool starts_new_section(const std::string& name, const std::string& section) {
  return name.substr(0, name.find('.')) != section;
}

/// A scalar as YAML that reads back as the same text.
std::string yaml_scalar(const Option& option) {
  const std::string text = option.text();
  if (option.kind == Option::Kind::list) return text;
  const std::string listed = to_text(std::vector<std::string>{text});  // quoted where it must be
  const std::string word = listed.substr(1, listed.size() - 2);
  // Other YAML readers would take these for a number or a truth value.
  constexpr std::array kTaken = {"true", "false", "yes", "no", "on", "off", "y", "n"};
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  const bool is_text = option.range.empty();
  if (is_text && !text.empty() &&
      (*end == '\0' || std::find(kTaken.begin(), kTaken.end(), text) != kTaken.end())) {
    return "\"" + text + "\"";
  }
  return option.range.empty() ? word : text;
}

}  // namespace

void fields(OptionList& field, RunOptions& o) {
  field("dir", o.dir, "folder of the run; empty: runs/<task>/<name>, with -2, -3 ... when taken");
  field("name", o.name, "of the run; empty: that of the recipe's file, else model.name");
  field("processes", o.processes, at_least(1),
        "that train together; --gpus and --procs set it, --resume keeps it");
}

void fields(OptionList& field, Config& o) {
  using Words = std::vector<std::string>;
  field("task", o.task, Words{"detect"}, "what is learned");
  field.group("data", o.data);
  field.group("model", o.model);
  field.group("augment", o.augment);
  field.group("loader", o.loader);
  field.group("train", o.train);
  field.group("select", o.select);
  field("device", o.device, Words{"auto", "cpu", "cuda"}, "auto takes a GPU where there is one");
  field.group("run", o.run);
}

Config read_config(const fs::path& recipe, const std::vector<std::string>& overrides) {
  if (!recipe.empty()) expect_file(recipe, "a recipe");
  Config config = parse_config(recipe.empty() ? "" : read_whole(recipe), recipe, overrides);
  if (config.run.name.empty()) {
    config.run.name = recipe.empty() ? config.model.name : recipe.stem().string();
  }
  return config;
}

Config parse_config(const std::string& text, const fs::path& name,
                    const std::vector<std::string>& overrides) {
  Config config;
  OptionList options;
  fields(options, config);
  Places places = apply_recipe(text, name, options);
  apply_overrides(overrides, options, places);
  try {
    check(config);
  } catch (const Error& error) {  // begins with the option's name
    const std::string line = error.what();
    throw Error(places[line.substr(0, line.find(':'))] + line);
  }
  return config;
}

/// NAME.min and NAME.max.
void check_order(std::string_view name, double low, double high) {
  if (low <= high) return;
  fail(fmt::format("{}.min: is `{}`, above {}.max, which is `{}`", name, low, name, high),
       "exchange them");
}

void check(const Config& config) {
  check_split("data.train", config.data.train);
  check_split("data.val", config.data.val);
  check_side(config.model.size.height, config.model.size);
  check_side(config.model.size.width, config.model.size);
  if (config.model.levels == 4) {
    fail("model.levels: is `4`, but a pyramid has 3 or 5", "take 3 for small objects, 5 for large");
  }
  const AugmentOptions& augment = config.augment;
  check_order("augment.zoom", augment.zoom.min, augment.zoom.max);
  check_order("augment.crop", augment.crop.min, augment.crop.max);
  check_order("augment.multi_scale", augment.multi_scale.min, augment.multi_scale.max);
  check_order("augment.erase", augment.erase.min, augment.erase.max);
  if (config.select.max_detections > config.select.top_k) {
    fail(fmt::format("select.max_detections: is `{}`, above select.top_k, which is `{}`",
                     config.select.max_detections, config.select.top_k),
         "raise select.top_k");
  }
}

std::string to_yaml(const Config& config) {
  Config copy = config;
  OptionList options;
  fields(options, copy);
  std::string text;
  std::string section;
  std::string group;  // of options on one line: "augment.zoom"
  const auto end_group = [&] {
    if (!group.empty()) text += "}\n";
    group.clear();
  };
  for (const Option& option : options.options()) {
    const size_t dot = option.name.find('.');
    // The last dot parts a group, but where `data.train` is an option too: `train.images`.
    size_t last = option.name.rfind('.');
    if (has_option(options, option.name.substr(0, last))) last = dot;
    if (last == dot || option.name.substr(0, last) != group) end_group();
    if (dot == std::string::npos) {
      text += fmt::format("{}: {}\n", option.name, yaml_scalar(option));
      section.clear();
      continue;
    }
    if (starts_new_section(option.name, section)) {
      section = option.name.substr(0, dot);
      text += section + ":\n";
    }
    const std::string name = option.name.substr(last + 1);
    if (last == dot) {
      text += fmt::format("  {}: {}\n", name, yaml_scalar(option));
    } else if (!group.empty()) {
      text += fmt::format(", {}: {}", name, yaml_scalar(option));
    } else {
      group = option.name.substr(0, last);
      text += fmt::format("  {}: {{{}: {}", group.substr(dot + 1), name, yaml_scalar(option));
    }
  }
  end_group();
  return text;
}

std::string reference() {
  Config config;
  OptionList options;
  fields(options, config);
  size_t width = 0;
  for (const Option& option : options.options()) {
    width = std::max(width, option.name.size() + 1 + option.fallback.size());
  }
  std::string text;
  for (const Option& option : options.options()) {
    text += fmt::format("  {:{}}  {}", option.name + "=" + option.fallback, width, option.help);
    if (!option.range.empty()) text += fmt::format(" ({})", option.range);
    text += '\n';
  }
  return text;
}

}  // namespace fovea
