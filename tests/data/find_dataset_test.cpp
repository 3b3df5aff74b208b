#include "fovea/data/find_dataset.h"

#include <gmock/gmock.h>

#include "support/test_files.h"

namespace fovea {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Layout {
  const char* annotations;
  const char* picture;
  const char* images;
  const char* split;
};

TEST(FindSplit, KnowsEachLayout) {
  for (const Layout& layout : {
           Layout{"annotations/instances_val.json", "val/1.jpg", "val", "val"},
           Layout{"annotations/instances_val2017.json", "val2017/1.jpg", "val2017", "val"},
           Layout{"annotations/instances_val.json", "images/val/1.jpg", "images/val", "val"},
           Layout{"annotations/instances_valid.json", "valid/1.jpg", "valid", "val"},
           Layout{"valid/_annotations.coco.json", "valid/1.jpg", "valid", "val"},
           Layout{"train/_annotations.coco.json", "train/1.jpg", "train", "train"},
           Layout{"val/_annotations.coco.json", "val/1.jpg", "val", "valid"},
       }) {
    const TempFolder root;
    root.write(layout.annotations, "{}");
    root.write(layout.picture, "");
    const SplitFiles files = find_split(root.path(), layout.split);
    EXPECT_EQ(files.annotations, root / layout.annotations);
    EXPECT_EQ(files.images, root / layout.images);
  }
}

TEST(FindSplit, PrefersTheAnnotationsFolder) {
  const TempFolder root;
  root.write("annotations/instances_train.json", "{}");
  root.write("train/_annotations.coco.json", "{}");
  EXPECT_EQ(find_split(root.path(), "train").annotations,
            root / "annotations/instances_train.json");
}

TEST(FindSplit, ListsWhatItLookedFor) {
  const TempFolder root;
  EXPECT_THAT(error_of([&] { find_split(root.path(), "val"); }),
              AllOf(HasSubstr("has no split `val` (looked for annotations/instances_val.json, "
                              "annotations/instances_val2017.json"),
                    HasSubstr("valid/_annotations.coco.json")));
  EXPECT_THAT(error_of([&] { find_split(root / "none", "val"); }), HasSubstr("no such folder"));
}

TEST(FindSplit, SaysWhichFolderOfImagesIsMissing) {
  const TempFolder root;
  root.write("annotations/instances_train.json", "{}");
  EXPECT_THAT(error_of([&] { find_split(root.path(), "train"); }),
              AllOf(HasSubstr("no folder of its images"), HasSubstr("images/train2017")));
}

TEST(FindSplit, AdvisesWhatTheCallerHasAndDoesWithoutImagesWhereItCan) {
  const TempFolder root;
  root.write("annotations/instances_train.json", "{}");
  EXPECT_THAT(error_of([&] { find_split(root.path(), "train", "use --this"); }),
              HasSubstr("; put the images there, or use --this"));
  EXPECT_THAT(error_of([&] { find_annotations(root.path(), "val", "use --this"); }),
              HasSubstr("; use --this"));
  EXPECT_EQ(find_annotations(root.path(), "train").images, "");
}

TEST(FindSplit, RecognisesFoldersOfClasses) {
  const TempFolder root;
  root.write("train/cat/1.jpg", "");
  EXPECT_THAT(error_of([&] { find_split(root.path(), "train"); }),
              HasSubstr("it has one folder a class, but a detector needs boxes"));
  const TempFolder yolo;
  yolo.write("train/labels/1.txt", "");
  EXPECT_THAT(error_of([&] { find_split(yolo.path(), "train"); }),
              testing::Not(HasSubstr("folder a class")));
}

}  // namespace
}  // namespace fovea
