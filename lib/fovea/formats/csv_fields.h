// The fields of comma-separated values, as RFC 4180 has them: a field in double quotes may hold
// commas, line ends and, written twice, double quotes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

struct CsvLine {
  std::vector<std::string> fields = {};
  int64_t number = 0;  // of the line on which it begins, from 1 on
};

class CsvLines {
 public:
  /// `file` stands for the text in messages. Both must outlive this.
  CsvLines(std::string_view text, const std::filesystem::path& file) : text_(text), file_(file) {}

  /// The next line that is not blank; false at the end. Fields in quotes come as they are, others
  /// without blanks around them. Error with the line at a quote without its partner; what follows
  /// that line is then next.
  bool next(CsvLine& line);

 private:
  void read_fields(CsvLine& line);
  std::string quoted_field();
  std::string plain_field();

  std::string_view text_;  // what is left
  const std::filesystem::path& file_;
  int64_t number_ = 1;
};

/// A field as it is written: in quotes where it needs them, also for blanks at its ends.
std::string csv_field(std::string_view text);

}  // namespace fovea
