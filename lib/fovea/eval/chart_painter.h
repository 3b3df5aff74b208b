// Inside libfovea_charts.so: text, lines and areas on a cairo surface.
#pragma once

#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>

#include "fovea/image/image.h"

namespace fovea {

/// Red, green, blue and opacity in 0..1.
struct Paint {
  double red = 0;
  double green = 0;
  double blue = 0;
  double opacity = 1;
};

struct Rectangle {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  double width() const { return right - left; }
  double height() const { return bottom - top; }
};

enum class Weight { normal, bold };

/// Which point of a text its position means: 0 is left or top, 0.5 the middle, 1 right or bottom.
struct Anchor {
  double across = 0;
  double down = 0;
};

/// How a text looks.
struct TextStyle {
  double size = 15;  // pixels
  Weight weight = Weight::normal;
  Paint paint = {0.13, 0.13, 0.13};
  double turn = 0;       // radians, clockwise, about its position
  double max_width = 0;  // pixels, cut with an ellipsis; 0: any
};

class Painter {
 public:
  Painter(int64_t height, int64_t width)
      : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width),
                                            static_cast<int>(height))),
        context_(cairo_create(surface_.get())) {
    if (cairo_status(context_.get()) != CAIRO_STATUS_SUCCESS) {
      throw std::runtime_error(cairo_status_to_string(cairo_status(context_.get())));
    }
    cairo_set_source_rgb(context_.get(), 1, 1, 1);
    cairo_paint(context_.get());
    cairo_set_line_join(context_.get(), CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(context_.get(), CAIRO_LINE_CAP_ROUND);
  }

  cairo_t* context() const { return context_.get(); }
  void use(const Paint& paint) const {
    cairo_set_source_rgba(context(), paint.red, paint.green, paint.blue, paint.opacity);
  }
  void line(double x0, double y0, double x1, double y1, const Paint& paint, double width) const {
    use(paint);
    cairo_set_line_width(context(), width);
    cairo_move_to(context(), x0, y0);
    cairo_line_to(context(), x1, y1);
    cairo_stroke(context());
  }
  void fill(const Rectangle& area, const Paint& paint) const {
    use(paint);
    cairo_rectangle(context(), area.left, area.top, area.width(), area.height());
    cairo_fill(context());
  }
  void dot(double x, double y, double radius, const Paint& paint) const {
    use(paint);
    cairo_arc(context(), x, y, radius, 0, 2 * G_PI);
    cairo_fill(context());
  }

  double text_width(const std::string& text, const TextStyle& style) const {
    int width = 0;
    pango_layout_get_pixel_size(lay_out(text, style).get(), &width, nullptr);
    return width;
  }
  void text(double x, double y, const std::string& content, const TextStyle& style,
            Anchor anchor) const {
    const auto layout = lay_out(content, style);
    int width = 0;
    int height = 0;
    pango_layout_get_pixel_size(layout.get(), &width, &height);
    cairo_save(context());
    cairo_translate(context(), x, y);
    cairo_rotate(context(), style.turn);
    cairo_move_to(context(), -anchor.across * width, -anchor.down * height);
    use(style.paint);
    pango_cairo_show_layout(context(), layout.get());
    cairo_restore(context());
  }

  Image finish() const {
    cairo_surface_flush(surface_.get());
    Image image;
    image.height = cairo_image_surface_get_height(surface_.get());
    image.width = cairo_image_surface_get_width(surface_.get());
    const int stride = cairo_image_surface_get_stride(surface_.get());
    const unsigned char* rows = cairo_image_surface_get_data(surface_.get());
    image.pixels.resize(static_cast<size_t>(image.height * image.width * 3));
    uint8_t* to = image.pixels.data();
    for (int64_t y = 0; y < image.height; ++y) {
      const auto* row = reinterpret_cast<const uint32_t*>(rows + y * stride);
      for (int64_t x = 0; x < image.width; ++x) {
        for (const int shift : {16, 8, 0}) *to++ = static_cast<uint8_t>(row[x] >> shift);
      }
    }
    return image;
  }

 private:
  struct Release {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t* context) const { cairo_destroy(context); }
    void operator()(PangoLayout* layout) const { g_object_unref(layout); }
  };
  std::unique_ptr<PangoLayout, Release> lay_out(const std::string& text,
                                                const TextStyle& style) const {
    std::unique_ptr<PangoLayout, Release> layout(pango_cairo_create_layout(context()));
    PangoFontDescription* font = pango_font_description_from_string("DejaVu Sans, Sans");
    pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
    if (style.weight == Weight::bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout.get(), font);
    pango_font_description_free(font);
    gchar* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
    pango_layout_set_text(layout.get(), valid, -1);
    g_free(valid);
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    int natural = 0;
    pango_layout_get_pixel_size(layout.get(), &natural, nullptr);
    if (style.max_width > 0 && natural > style.max_width) {
      pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
      pango_layout_set_width(layout.get(), static_cast<int>(style.max_width * PANGO_SCALE));
    }
    return layout;
  }

  std::unique_ptr<cairo_surface_t, Release> surface_;
  std::unique_ptr<cairo_t, Release> context_;
};

}  // namespace fovea
