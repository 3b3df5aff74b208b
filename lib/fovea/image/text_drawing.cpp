// libfovea_text.so: text through Pango and cairo, which find a font for every script.
#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>

#include "fovea/image/text.h"

namespace fovea {
namespace {

struct Release {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* context) const { cairo_destroy(context); }
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

Owned<PangoLayout> lay_out(cairo_t* context, std::string_view text, const TextRoom& room) {
  const Owned<PangoFontDescription> font(pango_font_description_from_string("DejaVu Sans, Sans"));
  pango_font_description_set_absolute_size(font.get(), room.size * PANGO_SCALE);
  Owned<PangoLayout> layout(pango_cairo_create_layout(context));
  gchar* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  pango_layout_set_text(layout.get(), valid, -1);
  g_free(valid);
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  int natural = 0;
  pango_layout_get_pixel_size(layout.get(), &natural, nullptr);
  if (natural > room.max_width) {
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_height(layout.get(), -static_cast<int>(room.max_lines));
    pango_layout_set_width(layout.get(), static_cast<int>(room.max_width) * PANGO_SCALE);
  }
  return layout;
}

}  // namespace

extern "C" void fovea_draw_text(std::string_view text, const TextRoom& room, TextMask& mask) {
  const Owned<cairo_surface_t> probe(cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1));
  const Owned<cairo_t> measuring(cairo_create(probe.get()));
  const Owned<PangoLayout> measured = lay_out(measuring.get(), text, room);
  mask.unknown_letters = pango_layout_get_unknown_glyphs_count(measured.get());
  int width = 0;
  int height = 0;
  pango_layout_get_pixel_size(measured.get(), &width, &height);
  width = std::clamp(width, 1, std::max(1, static_cast<int>(room.max_width)));
  height = std::max(height, 1);
  const Owned<cairo_surface_t> surface(cairo_image_surface_create(CAIRO_FORMAT_A8, width, height));
  const Owned<cairo_t> context(cairo_create(surface.get()));
  const Owned<PangoLayout> layout = lay_out(context.get(), text, room);
  pango_cairo_show_layout(context.get(), layout.get());
  cairo_surface_flush(surface.get());
  mask.height = height;
  mask.width = width;
  mask.coverage.resize(static_cast<size_t>(mask.height * mask.width));
  const int stride = cairo_image_surface_get_stride(surface.get());
  const uint8_t* pixels = cairo_image_surface_get_data(surface.get());
  for (int64_t y = 0; y < mask.height; ++y) {
    std::copy_n(pixels + y * stride, mask.width, mask.coverage.data() + y * mask.width);
  }
}

}  // namespace fovea
