#include "infer_output.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "fovea/core/files.h"
#include "fovea/core/json.h"
#include "fovea/image/draw.h"
#include "fovea/image/draw_text.h"
#include "fovea/image/encode.h"

namespace fovea {
namespace {

const Category& category_of(const Prediction& prediction, const std::vector<Category>& categories) {
  return categories.at(static_cast<size_t>(prediction.label));
}

/// A CSV field: quoted when it holds what separates fields.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
  return result + '"';
}

/// A category's name as the name of a folder.
std::string folder_name(const std::string& name) {
  std::string result = name;
  std::replace(result.begin(), result.end(), '/', '_');
  return result.empty() || result.starts_with('.') ? "_" + result : result;
}

/// The whole pixels that a box touches.
Image crop(const Image& image, const Box& box) {
  const auto left = std::max<int64_t>(0, std::lround(std::floor(box.left)));
  const auto top = std::max<int64_t>(0, std::lround(std::floor(box.top)));
  const auto right = std::min<int64_t>(image.width, std::lround(std::ceil(box.right())));
  const auto bottom = std::min<int64_t>(image.height, std::lround(std::ceil(box.bottom())));
  if (right <= left || bottom <= top) return {};
  Image part{.height = bottom - top, .width = right - left};
  for (int64_t y = top; y < bottom; ++y) {
    part.pixels.insert(part.pixels.end(), image.at(left, y), image.at(left, y) + part.width * 3);
  }
  return part;
}

fs::path with_folder(const fs::path& file) {
  make_folder(file.parent_path());
  return file;
}

}  // namespace

std::string results_json(const std::vector<SourceResult>& results,
                         const std::vector<Category>& categories) {
  std::ostringstream out;
  JsonWriter json(out);
  json.begin_array();
  for (const SourceResult& result : results) {
    for (const Prediction& p : result.found) {
      json.begin_object().key("image_id").raw(result.image_id);
      json.field("category_id", category_of(p, categories).id);
      json.key("bbox").array(std::vector<double>{p.box.left, p.box.top, p.box.width, p.box.height});
      json.field("score", p.score).end_object();
    }
  }
  json.end_array();
  return std::move(out).str() + "\n";
}

std::string results_csv(const std::vector<SourceResult>& results,
                        const std::vector<Category>& categories) {
  std::string text = "image,xmin,ymin,xmax,ymax,label,score\n";
  for (const SourceResult& result : results) {
    for (const Prediction& p : result.found) {
      text += fmt::format("{},{:.2f},{:.2f},{:.2f},{:.2f},{},{:.4f}\n",
                          quoted(result.source.path.string()), p.box.left, p.box.top, p.box.right(),
                          p.box.bottom(), quoted(category_of(p, categories).name), p.score);
    }
  }
  return text;
}

std::string results_txt(const SourceResult& result) {
  const auto width = static_cast<double>(result.width);
  const auto height = static_cast<double>(result.height);
  std::string text;
  for (const Prediction& p : result.found) {
    text +=
        fmt::format("{} {:.6f} {:.6f} {:.6f} {:.6f} {:.4f}\n", p.label,
                    (p.box.left + p.box.width / 2) / width, (p.box.top + p.box.height / 2) / height,
                    p.box.width / width, p.box.height / height, p.score);
  }
  return text;
}

std::string one_line(const SourceResult& result, const std::vector<Category>& categories) {
  std::map<int64_t, int64_t> counts;
  for (const Prediction& p : result.found) ++counts[p.label];
  std::string text;
  for (const auto& [label, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count,
                        categories.at(static_cast<size_t>(label)).name);
  }
  return result.source.path.string() + ": " + (text.empty() ? "nothing" : text);
}

void save_picture(const fs::path& folder, const Image& image, const SourceResult& result,
                  const std::vector<Category>& categories) {
  Image drawn = image;
  const int64_t thickness = line_thickness(drawn);
  for (auto p = result.found.rbegin(); p != result.found.rend(); ++p) {  // the best on top
    const Box& box = p->box;
    draw_box(drawn, box.left, box.top, box.right(), box.bottom(), color_of(p->label), thickness);
  }
  std::vector<Tag> tags;
  for (const Prediction& p : result.found) {
    const std::string& name = category_of(p, categories).name;
    tags.push_back({.left = p.box.left,
                    .top = p.box.top,
                    .right = p.box.right(),
                    .bottom = p.box.bottom(),
                    .text = fmt::format("{} {:.2f}", name, p.score),
                    .short_text = name,
                    .color = color_of(p.label)});
  }
  draw_tags(drawn, tags);
  const fs::path name = result.source.stem.string() + ".jpg";
  save_image(with_folder(folder / "images" / name), drawn);
}

void save_crops(const fs::path& folder, const Image& image, const SourceResult& result,
                const std::vector<Category>& categories) {
  int64_t number = 0;
  for (const Prediction& p : result.found) {
    const Image part = crop(image, p.box);
    ++number;
    if (part.pixels.empty()) continue;
    const fs::path category = folder_name(category_of(p, categories).name);
    const fs::path name = fmt::format("{}_{}.jpg", result.source.stem.string(), number);
    save_image(with_folder(folder / "crops" / category / name), part);
  }
}

}  // namespace fovea
