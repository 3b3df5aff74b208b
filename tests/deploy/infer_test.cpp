// fovea-infer as a user meets it, with a model small enough to be exported here.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deploy/tiny_model.h"
#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/image/decode.h"
#include "fovea/image/encode.h"
#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// A model file and pictures in a folder of its own.
struct Workshop {
  Workshop() : model(folder.write("tiny.pt", tiny_model_file()).string()) {}

  /// A black picture of 128 x 64 pixels with a red cell; the model sees it at half its size, so the
  /// box around the cell of 16 x 16 pixels is 4 pixels larger on every side.
  std::string picture(const std::string& name, int64_t left = 32, int64_t top = 16) const {
    Image image = Image::filled(64, 128, 0, 0, 0);
    for (int64_t y = top; y < top + 16; ++y) {
      for (int64_t x = left; x < left + 16; ++x) image.at(x, y)[0] = 255;
    }
    fs::create_directories((folder / name).parent_path());
    save_image(folder / name, image);
    return (folder / name).string();
  }

  Finished infer(std::vector<std::string> words) const {
    words.insert(words.begin(), {"fovea-infer", model, "--device", "cpu"});
    return run(words);
  }

  std::vector<std::string> files(const std::string& below) const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder / below)) {
      if (entry.is_regular_file()) {
        names.push_back(entry.path().lexically_relative(folder / below));
      }
    }
    return names;
  }

  TempFolder folder;
  std::string model;
};

TEST(Infer, WritesCocoResultsInFilePixels) {
  Workshop shop;
  const Finished done = shop.infer({shop.picture("000042.png"), "--json", "-"});
  ASSERT_EQ(done.status, 0) << done.err;
  const JsonDocument results = JsonDocument::parse(done.out, "stdout");
  ASSERT_EQ(results.root().size(), 1U) << done.out;
  const JsonValue found = results.root().items()[0];
  EXPECT_EQ(found.at("image_id").integer(), 42);
  EXPECT_EQ(found.at("category_id").integer(), 3);
  EXPECT_NEAR(found.at("score").number(), 1.0, 1e-6);
  const double expected[] = {28, 12, 24, 24};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(found.at("bbox").items()[i].number(), expected[i], 0.01);
  }
}

TEST(Infer, PrintsALineAnImageAndNothingWhenQuiet) {
  Workshop shop;
  const std::string red = shop.picture("red.png");
  save_image(shop.folder / "black.png", Image::filled(64, 128, 0, 0, 0));
  const std::string black = (shop.folder / "black.png").string();
  EXPECT_EQ(shop.infer({red, black}).out, red + ": 1 red\n" + black + ": nothing\n");
  const Finished quiet = shop.infer({red, "--quiet"});
  EXPECT_EQ(quiet.out + quiet.err, "");
}

TEST(Infer, TakesFoldersPatternsAndLists) {
  Workshop shop;
  for (const char* name : {"in/b.png", "in/deeper/a.jpg", "other/c1.png", "other/c2.png"}) {
    shop.picture(name);
  }
  shop.folder.write("in/notes.txt", "no picture");
  const std::string list =
      shop.folder.write("list.txt", (shop.folder / "in/b.png").string() + "\r\n\n").string();
  const Finished done = shop.infer(
      {(shop.folder / "in").string(), (shop.folder / "other/c?.png").string(), "@" + list, "--out",
       (shop.folder / "out").string(), "--txt", "--save-images", "--crops"});
  ASSERT_EQ(done.status, 0) << done.err;
  const auto names = shop.files("out");
  EXPECT_THAT(names, Contains("predictions.json"));
  for (const char* stem : {"b", "deeper/a", "c1", "c2", "b-2"}) {
    EXPECT_THAT(names, Contains("labels/" + std::string(stem) + ".txt"));
    EXPECT_THAT(names, Contains("images/" + std::string(stem) + ".jpg"));
    EXPECT_THAT(names, Contains("crops/red/" + std::string(stem) + "_1.jpg"));
  }
  EXPECT_EQ(read_whole(shop.folder / "out/labels/b.txt"),
            "0 0.312500 0.375000 0.187500 0.375000 1.0000\n");
  const Image crop = decode_image(shop.folder / "out/crops/red/c1_1.jpg");
  EXPECT_EQ(crop.width, 24);
  EXPECT_EQ(crop.height, 24);
  const Image drawn = decode_image(shop.folder / "out/images/c1.jpg");
  EXPECT_EQ(drawn.width, 128);
  EXPECT_NE(drawn, decode_image(shop.folder / "other/c1.png")) << "something is drawn on it";
}

TEST(Infer, DoesNotFollowLinksToFoldersRoundInCircles) {
  Workshop shop;
  shop.picture("in/a/b.png");
  fs::create_directory_symlink("..", shop.folder / "in/a/up");
  fs::create_directory_symlink("in", shop.folder / "link");  // the one that is named may be a link
  for (const std::string named : {"in", "link"}) {
    const Finished done = shop.infer({(shop.folder / named).string()});
    EXPECT_EQ(done.status, 0) << done.err;
    EXPECT_EQ(done.out, (shop.folder / named / "a/b.png").string() + ": 1 red\n");
  }
}

TEST(Infer, NamesALinkThatLeadsNowhere) {
  Workshop shop;
  shop.picture("in/a.png");
  fs::create_symlink("gone.png", shop.folder / "in/link.png");
  const Finished done = shop.infer({(shop.folder / "in").string()});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.err, HasSubstr("in/link.png: the link leads to no file"));
}

/// Folders one inside the other until no path can name the innermost.
void make_folders_too_deep(const fs::path& top) {
  const std::string name(200, 'd');
  int folder = open(top.c_str(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < 25; ++depth) {
    ASSERT_EQ(mkdirat(folder, name.c_str(), 0700), 0);
    const int deeper = openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY);
    close(folder);
    folder = deeper;
  }
  close(folder);
}

TEST(Infer, NamesAFolderThatCannotBeReadAndUsesTheRest) {
  Workshop shop;
  const std::string first = shop.picture("in/a.png");
  const std::string last = shop.picture("in/z/z.png");
  fs::create_directory(shop.folder / "in/deep");
  make_folders_too_deep(shop.folder / "in/deep");
  const Finished done = shop.infer({(shop.folder / "in").string()});
  EXPECT_EQ(done.status, 2);
  EXPECT_EQ(done.out, first + ": 1 red\n" + last + ": 1 red\n");
  EXPECT_THAT(done.err, AllOf(HasSubstr("ddd: the folder could not be read: File name too long"),
                              HasSubstr("1 of 3 sources could not be used")));
}

TEST(Infer, GoesOnAfterASourceThatCannotBeRead) {
  Workshop shop;
  const std::string broken = shop.folder.write("broken.jpg", "no picture").string();
  const std::string good = shop.picture("good.png");
  const std::string json = (shop.folder / "found.json").string();
  const Finished done =
      shop.infer({broken, (shop.folder / "none.png").string(), good, "--json", json});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.out, HasSubstr("good.png: 1 red"));
  EXPECT_THAT(done.err, AllOf(HasSubstr("broken.jpg: "), HasSubstr("none.png: no such file"),
                              HasSubstr("2 of 3 sources could not be used")));
  EXPECT_THAT(read_whole(json), HasSubstr("\"image_id\":\"good\""));
}

TEST(Infer, RefusesTruncatedImagesUnlessAllowed) {
  Workshop shop;
  const std::string whole = read_whole(shop.picture("whole.jpg"));
  const std::string cut = shop.folder.write("cut.jpg", whole.substr(0, whole.size() - 40)).string();
  EXPECT_EQ(shop.infer({cut}).status, 2);
  const Finished allowed = shop.infer({cut, "--allow-truncated"});
  EXPECT_EQ(allowed.status, 0) << allowed.err;
}

TEST(Infer, TakesImageIdsFromAnnotations) {
  Workshop shop;
  const std::string known = shop.picture("val/a.png");
  const std::string stranger = shop.picture("val/b.png");
  const std::string annotations =
      shop.folder.write("val.json", R"({"images": [{"id": 731, "file_name": "val/a.png"}]})");
  const Finished done = shop.infer({known, stranger, "--annotations", annotations, "--json", "-"});
  EXPECT_EQ(done.status, 2);
  EXPECT_THAT(done.out, HasSubstr("\"image_id\":731"));
  EXPECT_THAT(done.err, HasSubstr("b.png: is not among the images of"));
}

TEST(Infer, WritesATable) {
  Workshop shop;
  const std::string odd = shop.picture("a, b.png");
  const std::string csv = (shop.folder / "found.csv").string();
  ASSERT_EQ(shop.infer({odd, "--csv", csv}).status, 0);
  EXPECT_EQ(read_whole(csv), "image,xmin,ymin,xmax,ymax,label,score\n\"" + odd +
                                 "\",28.00,12.00,52.00,36.00,red,1.0000\n");
  EXPECT_EQ(shop.infer({odd, "--csv", "-"}).out, read_whole(csv)) << "and nothing else";
}

TEST(Infer, ScoreLeavesOutWhatIsBelow) {
  Workshop shop;
  const std::string red = shop.picture("near.png", 34, 16);  // 7/8 of a cell: a score of 0.75
  EXPECT_THAT(shop.infer({red, "--score", "0.7"}).out, HasSubstr("red"));
  EXPECT_THAT(shop.infer({red, "--score", "0.9"}).out, HasSubstr("nothing"));
}

TEST(Infer, BatchesGiveTheSameAsSingleImages) {
  Workshop shop;
  std::vector<std::string> words;
  for (int64_t i = 0; i < 7; ++i) {
    words.push_back(shop.picture(std::to_string(i) + ".png", 16 * i, 16));
  }
  words.insert(words.end(), {"--json", "-", "--batch"});
  auto one = words;
  one.push_back("1");
  auto three = words;
  three.push_back("3");
  EXPECT_EQ(shop.infer(one).out, shop.infer(three).out);
}

TEST(Infer, SelfTestTellsAGoodFileFromAnAlteredOne) {
  Workshop shop;
  const Finished good = shop.infer({"--self-test"});
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_THAT(good.err, HasSubstr("self-test passed on 1 inputs"));
  TinyModel model;
  const EvalScope evaluating(model);
  const std::vector<Golden> golden = tiny_golden(model);
  model.margin.fill_(3);
  shop.model = shop.folder.write("bad.pt", to_model_file(tiny_program(model), tiny_info(), golden));
  const Finished bad = shop.infer({"--self-test"});
  EXPECT_EQ(bad.status, 2);
  EXPECT_THAT(bad.err, AllOf(StartsWith("fovea: "),
                             HasSubstr("bad.pt: the self-test failed: boxes within 1 pixels"),
                             HasSubstr("(allowed are 0.01 pixels and 1e-05 of a coordinate, and "
                                       "0.001 of a score)")));
}

TEST(Infer, WrongThingsGetOneLineAndStatusTwo) {
  Workshop shop;
  const std::string text = shop.folder.write("text.pt", "not a model");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"fovea-infer"},
           {"fovea-infer", text, "x.png"},
           {"fovea-infer", shop.model},
           {"fovea-infer", shop.model, "x.png", "--score", "2"},
           {"fovea-infer", shop.model, "x.png", "--no-such-option"},
           {"fovea-infer", shop.model, "@none.txt"}}) {
    const Finished done = run(words);
    EXPECT_EQ(done.status, 2) << done.err;
    EXPECT_THAT(done.err, StartsWith("fovea: "));
    EXPECT_EQ(std::count(done.err.begin(), done.err.end(), '\n'), 1) << done.err;
    EXPECT_THAT(done.out, IsEmpty());
  }
}

/// Of processes that have ended.
double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_CHILDREN, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

TEST(Infer, OfOneImageTakesLessThanASecond) {
  const Workshop shop;
  const std::string red = shop.picture("red.png");
  double best = 10;  // of three, and of the processor: other programs may keep the machine busy
  for (int attempt = 0; attempt < 3; ++attempt) {
    const double before = processor_seconds();
    shop.infer({red});
    best = std::min(best, processor_seconds() - before);
  }
  EXPECT_LT(best, 1.0);
}

}  // namespace
}  // namespace fovea
