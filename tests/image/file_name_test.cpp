#include "fovea/image/file_name.h"

#include <gtest/gtest.h>

namespace fovea {
namespace {

TEST(FileName, TellsPicturesThatAreReadInAnyCase) {
  for (const char* name :
       {"a.jpg", "a/b.JPEG", "a.jpe", "a.jfif", "a.Png", "a.webp", "a.tif", "a.TIFF", "a.b.bmp"}) {
    EXPECT_TRUE(has_picture_name(name)) << name;
  }
  for (const char* name : {"a.gif", "a.heic", "jpg", ".jpg", "a.jpg.txt", "a.json", ""}) {
    EXPECT_FALSE(has_picture_name(name)) << name;
  }
}

TEST(FileName, NamesTheFormatThatItStates) {
  EXPECT_EQ(format_by_name("a.JFIF"), "JPEG");
  EXPECT_EQ(format_by_name("a.heif"), "HEIC");
  EXPECT_EQ(format_by_name("a.txt"), "");
}

}  // namespace
}  // namespace fovea
