// Programs that answer at once: nothing of LibTorch is touched before a command needs it.
#include <algorithm>

#include "end_to_end/tiny_training.h"

namespace fovea {
namespace {

double median_seconds(const std::vector<std::string>& command) {
  std::vector<double> seconds;
  for (int i = 0; i < 5; ++i) {
    const Finished finished = run(command);
    EXPECT_EQ(finished.status, 0) << finished.err;
    seconds.push_back(finished.seconds);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[2];
}

// The promise is 25 and 30 ms on a quiet machine; tests share theirs with others.
TEST(StartUp, HelpComesAtOnce) {
  EXPECT_LT(median_seconds({"fovea-data", "--help"}), 0.1);
  EXPECT_LT(median_seconds({"fovea", "--help"}), 0.1);
  EXPECT_LT(median_seconds({"fovea", "train", "--help"}), 0.1);
  EXPECT_LT(median_seconds({"fovea-infer", "--help"}), 0.1);
}

TEST(StartUp, ProgramsDoNotNameLibTorch) {
  for (const char* program : {"fovea", "fovea-data", "fovea-infer"}) {
    const Finished finished = run({"/usr/bin/ldd", std::string(FOVEA_BIN "/") + program});
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.out, testing::HasSubstr("libc.so"));
    EXPECT_THAT(finished.out, testing::Not(testing::HasSubstr("torch")));
  }
}

}  // namespace
}  // namespace fovea
