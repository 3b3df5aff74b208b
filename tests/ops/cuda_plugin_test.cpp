// The door to the GPU. Whether it opens is tested where CUDA's libraries are, with or without a
// GPU.
#include "fovea/ops/cuda_plugin.h"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include "fovea/core/driver.h"
#include "fovea/core/error.h"
#include "fovea/core/files.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The libraries of this process.
std::string libraries() {
  return read_whole("/proc/self/maps");
}

struct Warnings final : Log {
  void line(std::string_view) override {}
  void warning(std::string_view text) override { said += text; }
  void progress(const Progress&) override {}
  std::string said;
};

TEST(ChooseDevice, TheCpuNeedsNoCudaLibrary) {
  Warnings log;
  EXPECT_TRUE(choose_device(gpu_count() == 0 ? "auto" : "cpu", 0, log).is_cpu());
  EXPECT_THAT(libraries(), Not(HasSubstr("libtorch_cuda.so")));
  EXPECT_EQ(log.said, "");
}

TEST(ChooseDevice, RefusesAnUnknownWordWithTheKnownOnes) {
  NoLog log;
  EXPECT_EQ(error_of([&] { choose_device("gpu", 0, log); }),
            "device is `gpu`; choose auto, cpu or cuda");
}

TEST(ChooseDevice, SaysInOneLineWhyThereIsNoCuda) {
  if (gpu_count() > 0) GTEST_SKIP() << "this machine has a GPU";
  NoLog log;
  EXPECT_EQ(error_of([&] { choose_device("cuda", 0, log); }),
            "device=cuda: the NVIDIA driver offers no GPU; use device=cpu");
}

TEST(CudaPlugin, OpensAndHoldsTheEntryPoints) {
  if (!fs::exists(cuda_plugin_path())) GTEST_SKIP() << "built without a CUDA toolkit";
  try {
    load_cuda_plugin();
  } catch (const Error& error) {
    if (std::string(error.what()).find("cannot open shared object file") == std::string::npos)
      throw;
    GTEST_SKIP() << error.what();
  }
  load_cuda_plugin();  // a second time does nothing
  EXPECT_NE(dlsym(RTLD_DEFAULT, "fovea_make_nccl"), nullptr);
  EXPECT_NE(dlsym(RTLD_DEFAULT, kReportGpu), nullptr);
  EXPECT_THAT(libraries(), HasSubstr("libtorch_cuda.so"));
}

TEST(CudaPlugin, ReportsTheGpu) {
  NoLog log;
  if (choose_device("auto", 0, log).is_cpu()) GTEST_SKIP() << "no GPU that can be used";
  const GpuReport report = gpu_report(choose_device("cuda", 0, log));
  EXPECT_NE(report.name, "");
  EXPECT_GT(report.memory, int64_t{1} << 30);
  EXPECT_THAT(report.versions, HasSubstr("NCCL 2.28.9"));
  EXPECT_THAT(error_of([&] { choose_device("cuda", gpu_count(), log); }), HasSubstr("use --gpus"));
}

}  // namespace
}  // namespace fovea
