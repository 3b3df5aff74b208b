#include "fovea/train/checkpoint.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include <fstream>

#include "fovea/core/files.h"
#include "fovea/core/random.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::HasSubstr;

class Lines final : public Log {
 public:
  void line(std::string_view text) override { said += std::string(text) + "\n"; }
  void warning(std::string_view text) override { line(text); }
  void progress(const Progress&) override {}
  std::string said;
};

TrainState state_of(double value, int64_t step) {
  return {.step = step,
          .files = {{"model.safetensors", {{"w", at::full({2, 3}, value)}}},
                    {"optimizer.safetensors", {{"m", at::full({4}, -value)}}}},
          .progress = "{\"best\": " + std::to_string(step) + "}"};
}

TrainState blank() {
  return {.files = {{"model.safetensors", {{"w", at::zeros({2, 3})}}},
                    {"optimizer.safetensors", {{"m", at::zeros({4})}}}}};
}

TEST(Checkpoint, RestoresTheNewestGenerationInPlace) {
  const TempFolder folder;
  for (const int64_t step : {9, 10}) {
    save_checkpoint(folder.path(), state_of(static_cast<double>(step), step), 3);
  }
  TrainState state = blank();
  NoLog log;
  ASSERT_TRUE(restore_checkpoint(folder.path(), state, log));
  EXPECT_EQ(state.step, 10);
  EXPECT_EQ(state.progress, "{\"best\": 10}");
  EXPECT_TRUE(at::equal(state.files[0].second[0].second, at::full({2, 3}, 10.0)));
  EXPECT_TRUE(at::equal(state.files[1].second[0].second, at::full({4}, -10.0)));
}

TEST(Checkpoint, NoGenerationIsNoError) {
  const TempFolder folder;
  TrainState state = blank();
  NoLog log;
  EXPECT_FALSE(restore_checkpoint(folder / "checkpoints", state, log));
}

TEST(Checkpoint, OldGenerationsGo) {
  const TempFolder folder;
  for (int64_t step = 1; step <= 5; ++step) save_checkpoint(folder.path(), state_of(1, step), 3);
  EXPECT_FALSE(fs::exists(folder / "2"));
  for (const char* kept : {"3", "4", "5"}) EXPECT_TRUE(fs::exists(folder / kept));
}

TEST(Checkpoint, WhatAKilledSaveLeftIsRemovedAndNeverRead) {
  const TempFolder folder;
  folder.write("7.part123/model.safetensors", "half");
  TrainState state = blank();
  NoLog log;
  EXPECT_FALSE(restore_checkpoint(folder.path(), state, log));
  save_checkpoint(folder.path(), state_of(1, 8), 3);
  EXPECT_FALSE(fs::exists(folder / "7.part123"));
}

/// Every way of damaging one file of the newest generation.
struct Damage {
  const char* name;
  void (*damage)(const fs::path& file);
};

void truncate(const fs::path& file) {
  fs::resize_file(file, fs::file_size(file) - 1);
}
void remove_it(const fs::path& file) {
  fs::remove(file);
}
void empty_it(const fs::path& file) {
  fs::resize_file(file, 0);
}
void flip_a_bit(const fs::path& file) {
  std::string bytes = read_whole(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  std::ofstream(file, std::ios::binary) << bytes;
}

TEST(Checkpoint, ATornGenerationIsPassedOverWithALine) {
  const Damage damages[] = {
      {"truncate", truncate}, {"remove", remove_it}, {"empty", empty_it}, {"flip", flip_a_bit}};
  for (const Damage& damage : damages) {
    for (const char* name :
         {"model.safetensors", "optimizer.safetensors", "progress.json", "manifest.json"}) {
      const TempFolder folder;
      save_checkpoint(folder.path(), state_of(1, 1), 3);
      save_checkpoint(folder.path(), state_of(2, 2), 3);
      damage.damage(folder / "2" / name);
      TrainState state = blank();
      Lines log;
      ASSERT_TRUE(restore_checkpoint(folder.path(), state, log)) << damage.name << " " << name;
      EXPECT_EQ(state.step, 1) << damage.name << " " << name;
      EXPECT_THAT(log.said, HasSubstr("checkpoint 2 is torn"));
    }
  }
}

TEST(Checkpoint, FilesOfAnotherGenerationAreNoticed) {
  const TempFolder folder;
  save_checkpoint(folder.path(), state_of(1, 1), 3);
  save_checkpoint(folder.path(), state_of(2, 2), 3);
  fs::copy_file(folder / "1/model.safetensors", folder / "2/model.safetensors",
                fs::copy_options::overwrite_existing);
  EXPECT_THAT(torn(folder / "2"), HasSubstr("checksum of model.safetensors"));
  fs::copy_file(folder / "1/manifest.json", folder / "2/manifest.json",
                fs::copy_options::overwrite_existing);
  EXPECT_NE(torn(folder / "2"), "");
}

TEST(Checkpoint, NoneWholeIsAnErrorThatSaysSo) {
  const TempFolder folder;
  save_checkpoint(folder.path(), state_of(1, 1), 3);
  truncate(folder / "1/model.safetensors");
  TrainState state = blank();
  NoLog log;
  EXPECT_THAT(error_of([&] { restore_checkpoint(folder.path(), state, log); }),
              HasSubstr("none of the 1 checkpoints is whole"));
}

TEST(Checkpoint, AnotherModelIsRefusedByTheTensorsName) {
  const TempFolder folder;
  save_checkpoint(folder.path(), state_of(1, 1), 3);
  TrainState other{.files = {{"model.safetensors", {{"w", at::zeros({5})}}}}};
  NoLog log;
  EXPECT_THAT(error_of([&] { restore_checkpoint(folder.path(), other, log); }),
              HasSubstr("model.safetensors:w: has another shape than the model"));
}

}  // namespace
}  // namespace fovea
