// Programs that answer at once: nothing of LibTorch is touched before a command needs it.
#include <algorithm>

#include "end_to_end/tiny_training.h"

namespace fovea {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::StartsWith;

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

TEST(StartUp, HelpIsAlsoACommand) {
  EXPECT_EQ(run({"fovea", "help"}).out, run({"fovea", "--help"}).out);
  EXPECT_EQ(run({"fovea", "help", "infer"}).out, run({"fovea-infer", "--help"}).out);
  EXPECT_THAT(run({"fovea", "help", "eval"}).out,
              AllOf(HasSubstr("fovea eval [OPTIONS]"), HasSubstr("--split"),
                    HasSubstr("`fovea train --help`")));
}

TEST(StartUp, OfFoveaDataTakesLessThan25Milliseconds) {
  double fastest = 1;
  for (int i = 0; i < 10; ++i) fastest = std::min(fastest, run({"fovea-data", "--help"}).seconds);
  EXPECT_LT(fastest, 0.025);
}

TEST(StartUp, ProgramsDoNotNameLibTorch) {
  for (const char* name : {"fovea", "fovea-data", "fovea-infer"}) {
    const Finished finished = run({"/usr/bin/ldd", program(name)});
    ASSERT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.out, testing::HasSubstr("libc.so"));
    EXPECT_THAT(finished.out, testing::Not(testing::HasSubstr("torch")));
  }
}

TEST(StartUp, VersionNamesLibTorchAndCudaOrNone) {
  EXPECT_THAT(run({"fovea-data", "--version"}).out,
              HasSubstr("\nLibTorch none\nCUDA none\nOpenCV "));
  const bool has_plugin = fs::exists(program("../lib/libfovea_cuda.so"));
  const std::string cuda = has_plugin ? "CUDA [0-9]+[.][0-9]+" : "CUDA none";
  for (const std::string program : {"fovea", "fovea-infer"}) {
    const Finished finished = run({program, "--version"});
    EXPECT_EQ(finished.status, 0) << finished.err;
    EXPECT_THAT(finished.out, StartsWith(program + " 0."));
    EXPECT_THAT(finished.out,
                ContainsRegex("\ncommit .*\nLibTorch 2[.][0-9.]+\n" + cuda + "\nOpenCV "));
  }
}

TEST(StartUp, OutputsThatCannotBeWrittenAreRefusedBeforeAnythingElse) {
  const TempFolder folder;
  const std::string model = folder.write("model.pt", "none, and nobody looks");
  const std::string lost = (folder / "none/x").string();
  const std::string taken = folder.path().string();
  const std::string folder_pt = (folder / "folder.pt").string();
  fs::create_directory(folder_pt);
  const std::string run_folder = folder.write("run/run.yaml", "").parent_path().string();
  for (const auto& [words, named] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"fovea", "eval", model, "--json", lost}, lost},
           {{"fovea", "eval", model, "--out", model + "/x"}, model + "/x"},
           {{"fovea", "export", model, "-o", lost + ".pt"}, lost + ".pt"},
           {{"fovea", "export", model, "-o", "model.onnx"}, "model.onnx"},
           {{"fovea", "export", model, "-o", folder_pt}, folder_pt},
           {{"fovea-infer", model, "x.png", "--json", lost}, lost},
           {{"fovea-infer", model, "x.png", "--json", "a", "--csv", "./a"}, "./a"},
           {{"fovea-infer", model, "x.png", "--out", run_folder}, run_folder},
           {{"fovea", "eval", model, "--out", run_folder}, run_folder},
           {{"fovea-infer", run_folder, "x.png"}, run_folder},
           {{"fovea-infer", model, "x.png", "--csv", taken}, taken},
           {{"fovea-infer", model, "x.png", "--out", model + "/x"}, model + "/x"},
           {{"fovea-data", "score", model, model, "--json", lost}, lost}}) {
    const Finished finished = run(words);
    EXPECT_EQ(finished.status, 2) << finished.out;
    EXPECT_THAT(finished.err, StartsWith("fovea: " + named + ": "));
    EXPECT_EQ(line_count(finished.err), 1) << finished.err;
  }
}

TEST(StartUp, AnOutputFolderMayBeMadeForTheOtherOutputs) {
  const TempFolder folder;
  const std::string out = (folder / "found").string();
  const Finished finished = run({"fovea-infer", folder.write("model.pt", "no model"), "x.png",
                                 "--out", out, "--json", out + "/x.json"});
  EXPECT_THAT(finished.err, HasSubstr("model.pt: is no model file"));
}

}  // namespace
}  // namespace fovea
