#include "fovea/curate/text_table.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(TextTable, LinesUpNamesOfEveryScript) {
  TextTable table;
  table.add({"name", "count"});
  table.add({"猫", "1"});
  table.add({"ñandú", "12"});
  EXPECT_EQ(table.text(),
            "name   count\n"
            "猫         1\n"
            "ñandú     12\n");
}

TEST(TextTable, CutsWhatIsTooLongAndTakesNoControlCharacters) {
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdef", 5), "abcd…");
  EXPECT_EQ(shortened("猫猫猫", 4), "猫…");
  EXPECT_EQ(shortened("a\x1B[31m\nb", 20), "a [31m b");
}

}  // namespace
}  // namespace fovea
