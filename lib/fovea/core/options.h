// Options are plain structs; each one is named once, in the `fields` function beside its struct:
//
//   void fields(OptionList& field, ScheduleOptions& o) {
//     field("base", o.base, above(0), "learning rate after warm-up, for the global batch");
//   }
//
// The list that this makes serves the recipe reader, range checks, `key=value`, unknown-key errors,
// the resolved recipe in the run folder and the printed reference.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace fovea {

/// Which numbers are allowed.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;  // low itself is not allowed
  bool contains(double value) const;
  std::string describe() const;  ///< "above 0", "1 or more", "0 to 1", "" when anything goes
};
inline Range above(double low) {
  return {.low = low, .low_open = true};
}
inline Range at_least(double low) {
  return {.low = low};
}
inline Range between(double low, double high) {
  return {.low = low, .high = high};
}

/// Height and width in pixels: written `320` (a square) or `240x320` (height x width).
struct ImageSize {
  int64_t height = 0;
  int64_t width = 0;
  bool operator==(const ImageSize&) const = default;
};

/// Seconds, written `90s`, `45m`, `11h30m`; 0 and `none` mean no limit.
struct Duration {
  double seconds = 0;
};

/// How often something happens: `60s`, `100steps` or `1epochs`.
struct Cadence {
  enum class Unit { seconds, steps, epochs };
  double count = 60;
  Unit unit = Unit::seconds;
};

std::string to_text(const ImageSize& size);
std::string to_text(const Duration& duration);
std::string to_text(const Cadence& cadence);
/// "[a, b]"; a word that is more than letters, digits and _ . / + - is quoted as YAML does.
std::string to_text(const std::vector<std::string>& words);

/// One option of a running program: its dotted name, how to read and set it as text.
struct Option {
  enum class Kind { word, list };  // how a recipe writes it: a scalar or [a, b]
  std::string name;                // "train.epochs"
  std::string help;                // one line, with the unit
  std::string range;               // "above 0", "sgd | adamw", or empty
  std::string fallback;            // the default as text
  Kind kind = Kind::word;
  std::function<std::string()> text;            // the value now; a list as "[a, b]"
  std::function<void(const std::string&)> set;  // Error "is `x`, but ...; ..." on a bad value
};

/// Collects the options of a tree of structs; see the head of this file.
class OptionList {
 public:
  void operator()(std::string_view name, bool& value, std::string_view help);
  void operator()(std::string_view name, int64_t& value, Range range, std::string_view help);
  void operator()(std::string_view name, double& value, Range range, std::string_view help);
  void operator()(std::string_view name, std::string& value, std::string_view help);
  /// One of a few words.
  void operator()(std::string_view name, std::string& value, std::vector<std::string> words,
                  std::string_view help);
  void operator()(std::string_view name, std::vector<std::string>& value, std::string_view help);
  void operator()(std::string_view name, ImageSize& value, Range range, std::string_view help);
  void operator()(std::string_view name, Duration& value, std::string_view help);
  void operator()(std::string_view name, Cadence& value, std::string_view help);
  /// An enum by its words: field("precision", o.precision, {{"fp32", Precision::fp32}, ...}, help).
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, E& value, std::vector<std::pair<std::string, E>> words,
                  std::string_view help) {
    std::vector<std::string> names;
    for (const auto& entry : words) names.push_back(entry.first);
    const auto text = [&value, words] {
      for (const auto& entry : words) {
        if (entry.second == value) return entry.first;
      }
      return std::string();
    };
    const auto set = [&value, words](size_t index) { value = words[index].second; };
    add_words(name, std::move(names), text, set, help);
  }
  /// The options of a part, under `name`.
  template <class Part>
  void group(std::string_view name, Part& part) {
    const size_t length = prefix_.size();
    prefix_ += std::string(name) + ".";
    fields(*this, part);
    prefix_.resize(length);
  }

  const std::vector<Option>& options() const { return options_; }
  /// Error naming the nearest known names when there is none of that name.
  const Option& find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  void add(std::string_view name, std::string range, std::string_view help, Option::Kind kind,
           std::function<std::string()> text, std::function<void(const std::string&)> set);
  void add_words(std::string_view name, std::vector<std::string> words,
                 std::function<std::string()> text, std::function<void(size_t)> set,
                 std::string_view help);
  std::vector<Option> options_;
  std::string prefix_;
};

}  // namespace fovea
