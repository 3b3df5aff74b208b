// scripts/setup.sh with programs of our own in place of those that change the machine.
#include <gmock/gmock.h>

#include "fovea/core/files.h"
#include "support/running.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Every package is there and a wheel is an empty file that takes a moment to come.
struct Machine {
  Machine() {
    program("dpkg-query", "echo 'install ok installed'");
    program("python3", R"(case "$*" in
*download*) sleep 0.3; while [ "$1" != -d ]; do shift; done; touch "$2/a.whl" ;;
*zipfile*) mkdir -p "$5/torch/include" "$5/torch/lib" "$5/torch/share" ;;
esac)");
  }
  void program(const std::string& name, const std::string& text) const {
    fs::permissions(folder.write("bin/" + name, "#!/bin/sh\n" + text + "\n"), fs::perms::all);
  }
  /// The PATH of an ordinary user, without /sbin.
  std::vector<std::string> command() const {
    return {"/usr/bin/env",
            "-u",
            "FOVEA_TORCH",
            "PATH=" + (folder / "bin").string() + ":/usr/bin:/bin",
            "HOME=" + folder.path().string(),
            "FOVEA_CACHE=" + (folder / "cache").string(),
            (source_folder() / "scripts/setup.sh").string()};
  }
  std::string torch() const { return (folder / "cache/libtorch-2.11.0/torch").string(); }

  TempFolder folder;
};

TEST(Setup, PrintsTheFolderOfLibTorch) {
  const Machine machine;
  const Finished finished = run(machine.command());
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_EQ(finished.out, machine.torch() + "\n");
  EXPECT_TRUE(fs::is_directory(machine.torch() + "/lib"));
  EXPECT_THAT(finished.err, Not(HasSubstr("ldconfig")));
}

TEST(Setup, RemovesWhatAKilledOneLeft) {
  const Machine machine;
  machine.folder.write("cache/part.a1B2c3/unpacked/torch/lib/libtorch_cpu.so", "half");
  EXPECT_EQ(run(machine.command()).status, 0);
  EXPECT_FALSE(fs::exists(machine.folder / "cache/part.a1B2c3"));
}

TEST(Setup, TwoAtOnceFetchLibTorchOnce) {
  const Machine machine;
  Running first(machine.command());
  Running second(machine.command());
  EXPECT_EQ(first.status(), 0) << first.said();
  EXPECT_EQ(second.status(), 0) << second.said();
  const std::string together = first.said() + second.said();
  const size_t fetch = together.find("setup: fetching");
  ASSERT_NE(fetch, std::string::npos);
  EXPECT_EQ(together.find("setup: fetching", fetch + 1), std::string::npos) << together;
}

TEST(Setup, TellsAptGetThroughSudoToAskNothing) {
  const Machine machine;
  machine.program("dpkg-query", "exit 1");
  machine.program("id", "echo 1000");
  machine.program("sudo", R"(exec env -u DEBIAN_FRONTEND "$@")");  // as sudo does
  machine.program("apt-get", R"(echo "$1 $DEBIAN_FRONTEND" >> "$HOME/asked")");
  const Finished finished = run(machine.command());
  EXPECT_EQ(finished.status, 0) << finished.err;
  EXPECT_THAT(read_whole(machine.folder / "asked"), HasSubstr("install noninteractive\n"));
}

}  // namespace
}  // namespace fovea
