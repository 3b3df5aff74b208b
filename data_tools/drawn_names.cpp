#include "drawn_names.h"

#include <fmt/format.h>

#include <string>

#include "fovea/image/draw_text.h"

namespace fovea {

void warn_of_missing_letters(const std::vector<Category>& categories, Log& log) {
  std::string first;
  int64_t more = -1;
  for (const Category& category : categories) {
    if (can_be_drawn(category.name)) continue;
    if (++more == 0) first = category.name;
  }
  if (more < 0) return;
  log.warning(fmt::format(
      "no font of this machine has all letters of the class `{}`{}, and boxes stand for them; "
      "install a font that has, as fonts-noto-cjk for Chinese, Japanese and Korean",
      first, more > 0 ? fmt::format(" and {} more", more) : ""));
}

}  // namespace fovea
