#include "fovea/core/options.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "fovea/core/error.h"

namespace fovea {
namespace {

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The whole text as a finite number, or nothing.
std::optional<double> parse_number(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// A whole number; `3.0` and `1e3` are whole too, up to 2^53, where doubles stop being exact.
std::optional<int64_t> parse_whole(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  const std::optional<double> number = parse_number(text);
  if (!number || *number != std::floor(*number) || std::abs(*number) > 0x1p53) return {};
  return static_cast<int64_t>(*number);
}

std::string number_text(double value) {
  return fmt::format("{}", value);
}

/// The shortest text without an exponent that reads back as the same number of seconds.
std::string seconds_text(double seconds) {
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), seconds,
                                 std::chars_format::fixed);
  return std::string(digits.data(), end.ptr) + "s";
}

/// What every bad value says.
[[noreturn]] void refuse(const std::string& text, const std::string& wanted,
                         const std::string& fallback) {
  const std::string shown = fallback.empty() ? "an empty one" : "`" + fallback + "`";
  fail(fmt::format("is `{}`, but must be {}", text, wanted), "the default is " + shown);
}

/// "a whole number, 1 or more"
std::string with_range(std::string_view what, const Range& range) {
  const std::string limits = range.describe();
  return limits.empty() ? std::string(what) : fmt::format("{}, {}", what, limits);
}

bool is_plain_word(std::string_view word) {
  return !word.empty() && word.front() != '-' && word != "null" && word != "Null" &&
         word != "NULL" && std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '_' || c == '.' || c == '/' || c == '+' || c == '-';
         });
}

/// Takes one item of a list from the front of `text` and the comma after it. Quotes keep commas.
std::string take_item(std::string_view& text) {
  std::string item;
  text = trim(text);
  size_t i = 0;
  if (text.starts_with('"')) {
    for (i = 1; i < text.size() && text[i] != '"'; ++i) {
      const bool is_escape = text[i] == '\\' && i + 1 < text.size();
      if (is_escape) ++i;
      item += is_escape && text[i] == 'n' ? '\n' : is_escape && text[i] == 't' ? '\t' : text[i];
    }
    i = std::min(i + 1, text.size());
  } else {
    i = std::min(text.find(','), text.size());
    item = trim(text.substr(0, i));
  }
  text = trim(text.substr(i));
  if (text.starts_with(',')) text.remove_prefix(1);
  return item;
}

/// The items of "[a, b]" or "a,b".
std::vector<std::string> parse_list(std::string_view text) {
  text = trim(text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> items;
  while (!trim(text).empty()) items.push_back(take_item(text));
  return items;
}

std::optional<bool> parse_bool(std::string_view text) {
  constexpr std::array kTrue = {"true", "yes", "on", "1"};
  constexpr std::array kFalse = {"false", "no", "off", "0"};
  std::string lower(trim(text));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::find(kTrue.begin(), kTrue.end(), lower) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), lower) != kFalse.end()) return false;
  return {};
}

std::optional<ImageSize> parse_size(std::string_view text) {
  const size_t cross = text.find('x');
  const auto height = parse_whole(text.substr(0, cross));
  const auto width = cross == std::string_view::npos ? height : parse_whole(text.substr(cross + 1));
  if (!height || !width) return {};
  return ImageSize{.height = *height, .width = *width};
}

/// Seconds in one `d`, `h`, `m` or `s`, 0 for another letter.
double seconds_in(char unit) {
  switch (unit) {
    case 'd':
      return 86400;
    case 'h':
      return 3600;
    case 'm':
      return 60;
    case 's':
      return 1;
    default:
      return 0;
  }
}

/// The seconds of "11h30m": numbers with units that grow smaller.
std::optional<double> parse_seconds(std::string_view text) {
  text = trim(text);
  if (text.empty()) return {};
  double sum = 0;
  double last_unit = std::numeric_limits<double>::infinity();
  while (!text.empty()) {
    const size_t end = text.find_first_not_of("0123456789.");
    if (end == std::string_view::npos) return {};
    const auto count = parse_number(text.substr(0, end));
    const double unit = seconds_in(text[end]);
    if (!count || unit <= 0 || unit >= last_unit) return {};
    sum += *count * unit;
    last_unit = unit;
    text.remove_prefix(end + 1);
  }
  return sum <= 1e10 ? std::optional(sum) : std::nullopt;  // 300 years
}

std::optional<Duration> parse_duration(std::string_view text) {
  text = trim(text);
  if (text == "none" || text == "0") return Duration{};
  const auto seconds = parse_seconds(text);
  if (!seconds) return {};
  return Duration{.seconds = *seconds};
}

std::optional<Cadence> parse_cadence(std::string_view text) {
  text = trim(text);
  if (const auto seconds = parse_seconds(text)) {
    if (*seconds <= 0) return {};
    return Cadence{.count = *seconds, .unit = Cadence::Unit::seconds};
  }
  const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto count = parse_whole(text.substr(0, end));
  if (!count || *count < 1) return {};
  const std::string_view unit = trim(text.substr(end));
  if (unit == "steps" || unit == "step") {
    return Cadence{.count = static_cast<double>(*count), .unit = Cadence::Unit::steps};
  }
  if (unit == "epochs" || unit == "epoch") {
    return Cadence{.count = static_cast<double>(*count), .unit = Cadence::Unit::epochs};
  }
  return {};
}

/// The setter of a value of any type: parses, checks, assigns.
template <class T, class Parse, class Allowed>
std::function<void(const std::string&)> setter(T& value, Parse parse, Allowed allowed,
                                               const std::string& wanted,
                                               const std::string& fallback) {
  return [&value, parse, allowed, wanted, fallback](const std::string& text) {
    const auto parsed = parse(text);
    if (!parsed || !allowed(*parsed)) refuse(text, wanted, fallback);
    value = *parsed;
  };
}

template <class T, class Parse>
std::function<void(const std::string&)> number_setter(T& value, Parse parse, const Range& range,
                                                      const std::string& what,
                                                      const std::string& fallback) {
  return [&value, parse, range, what, fallback](const std::string& text) {
    const auto parsed = parse(text);
    if (!parsed) refuse(text, with_range(what, range), fallback);
    if (!range.contains(static_cast<double>(*parsed))) refuse(text, range.describe(), fallback);
    value = *parsed;
  };
}

constexpr auto kAnything = [](const auto&) { return true; };

}  // namespace

bool Range::contains(double value) const {
  return (low_open ? value > low : value >= low) && value <= high;
}

std::string Range::describe() const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high);
  if (!has_low && !has_high) return {};
  if (!has_high) return fmt::format(fmt::runtime(low_open ? "above {}" : "{} or more"), low);
  if (!has_low) return fmt::format("{} or less", high);
  if (low_open) return fmt::format("above {}, {} or less", low, high);
  return fmt::format("{} to {}", low, high);
}

std::string to_text(const ImageSize& size) {
  if (size.height == size.width) return fmt::format("{}", size.height);
  return fmt::format("{}x{}", size.height, size.width);
}

std::string to_text(const Duration& duration) {
  const double seconds = duration.seconds;
  if (seconds <= 0) return "none";
  if (seconds != std::floor(seconds)) return seconds_text(seconds);
  const auto whole = static_cast<int64_t>(seconds);
  std::string text;
  if (whole >= 3600) text += fmt::format("{}h", whole / 3600);
  if (whole / 60 % 60 > 0) text += fmt::format("{}m", whole / 60 % 60);
  if (whole % 60 > 0) text += fmt::format("{}s", whole % 60);
  return text;
}

std::string to_text(const Cadence& cadence) {
  switch (cadence.unit) {
    case Cadence::Unit::steps:
      return number_text(cadence.count) + "steps";
    case Cadence::Unit::epochs:
      return number_text(cadence.count) + "epochs";
    case Cadence::Unit::seconds:
      break;
  }
  return seconds_text(cadence.count);
}

std::string to_text(const std::vector<std::string>& words) {
  std::vector<std::string> items;
  for (const std::string& word : words) {
    if (is_plain_word(word)) {
      items.push_back(word);
      continue;
    }
    std::string quoted = "\"";
    for (const char c : word) {
      if (c == '"' || c == '\\' || c == '\n' || c == '\t') quoted += '\\';
      quoted += c == '\n' ? 'n' : c == '\t' ? 't' : c;
    }
    items.push_back(quoted + "\"");
  }
  return fmt::format("[{}]", fmt::join(items, ", "));
}

void OptionList::operator()(std::string_view name, bool& value, std::string_view help) {
  const auto text = [&value] { return std::string(value ? "true" : "false"); };
  add(name, "true | false", help, Option::Kind::word, text,
      setter(value, parse_bool, kAnything, "true or false", text()));
}

void OptionList::operator()(std::string_view name, int64_t& value, Range range,
                            std::string_view help) {
  const auto text = [&value] { return fmt::format("{}", value); };
  add(name, with_range("whole number", range), help, Option::Kind::word, text,
      number_setter(value, parse_whole, range, "a whole number", text()));
}

void OptionList::operator()(std::string_view name, double& value, Range range,
                            std::string_view help) {
  const auto text = [&value] { return number_text(value); };
  add(name, with_range("number", range), help, Option::Kind::word, text,
      number_setter(value, parse_number, range, "a number", text()));
}

void OptionList::operator()(std::string_view name, std::string& value, std::string_view help) {
  add(
      name, "", help, Option::Kind::word, [&value] { return value; },
      [&value](const std::string& given) { value = given; });
}

void OptionList::operator()(std::string_view name, std::string& value,
                            std::vector<std::string> words, std::string_view help) {
  const auto set = [&value, words](size_t index) { value = words[index]; };
  add_words(
      name, std::move(words), [&value] { return value; }, set, help);
}

void OptionList::operator()(std::string_view name, std::vector<std::string>& value,
                            std::string_view help) {
  add(
      name, "words", help, Option::Kind::list, [&value] { return to_text(value); },
      [&value](const std::string& given) { value = parse_list(given); });
}

void OptionList::operator()(std::string_view name, ImageSize& value, Range range,
                            std::string_view help) {
  const auto text = [&value] { return to_text(value); };
  const auto allowed = [range](const ImageSize& size) {
    return range.contains(static_cast<double>(size.height)) &&
           range.contains(static_cast<double>(size.width));
  };
  const std::string limits = range.describe();
  const std::string wanted =
      "a side or HEIGHTxWIDTH in pixels" + (limits.empty() ? std::string() : ", each " + limits);
  add(name, wanted.substr(2), help, Option::Kind::word, text,
      setter(value, parse_size, allowed, wanted, text()));
}

void OptionList::operator()(std::string_view name, Duration& value, std::string_view help) {
  const auto text = [&value] { return to_text(value); };
  add(name, "90s | 45m | 11h30m | none", help, Option::Kind::word, text,
      setter(value, parse_duration, kAnything, "a time such as `90s`, `45m`, `11h30m` or `none`",
             text()));
}

void OptionList::operator()(std::string_view name, Cadence& value, std::string_view help) {
  const auto text = [&value] { return to_text(value); };
  add(name, "60s | 100steps | 1epochs", help, Option::Kind::word, text,
      setter(value, parse_cadence, kAnything, "`60s`, `100steps`, `1epochs` or alike, above 0",
             text()));
}

const Option& OptionList::find(std::string_view name) const {
  const auto found = std::find_if(options_.begin(), options_.end(),
                                  [name](const Option& option) { return option.name == name; });
  if (found != options_.end()) return *found;
  const auto member = std::find_if(options_.begin(), options_.end(), [name](const Option& option) {
    return option.name.starts_with(std::string(name) + ".");
  });
  if (member != options_.end()) {
    fail(fmt::format("`{}` holds options and has no value itself", name),
         fmt::format("write one of them, such as `{}`", member->name));
  }
  const std::string near = suggestion(name, names());
  fail(fmt::format("unknown option `{}`", name),
       near.empty() ? "`--help` lists all of them" : near);
}

std::vector<std::string> OptionList::names() const {
  std::vector<std::string> names;
  for (const Option& option : options_) names.push_back(option.name);
  return names;
}

void OptionList::add(std::string_view name, std::string range, std::string_view help,
                     Option::Kind kind, std::function<std::string()> text,
                     std::function<void(const std::string&)> set) {
  std::string full = prefix_ + std::string(name);
  for (const Option& option : options_) {
    if (option.name == full) throw std::logic_error("option " + full + " is named twice");
  }
  std::string fallback = text();
  options_.push_back({.name = std::move(full),
                      .help = std::string(help),
                      .range = std::move(range),
                      .fallback = std::move(fallback),
                      .kind = kind,
                      .text = std::move(text),
                      .set = std::move(set)});
}

void OptionList::add_words(std::string_view name, std::vector<std::string> words,
                           std::function<std::string()> text, std::function<void(size_t)> set,
                           std::string_view help) {
  const std::string range = fmt::format("{}", fmt::join(words, " | "));
  const auto choose = [words = std::move(words), set = std::move(set),
                       fallback = text()](const std::string& given) {
    const auto found = std::find(words.begin(), words.end(), trim(given));
    if (found == words.end()) {
      refuse(given, fmt::format("{}", fmt::join(words, " or ")), fallback);
    }
    set(static_cast<size_t>(found - words.begin()));
  };
  add(name, range, help, Option::Kind::word, std::move(text), choose);
}

}  // namespace fovea
