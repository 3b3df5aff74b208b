# Debian's packages, each with the one folder of lib/fovea that may use it (scripts/setup.sh installs them).
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)         # messages, everywhere
find_package(simdjson REQUIRED)    # core/json
find_package(yaml-cpp REQUIRED)    # config, formats/yolo_yaml
find_package(pugixml REQUIRED)     # formats/voc_xml
find_package(CLI11 REQUIRED)       # apps, data_tools
find_package(JPEG REQUIRED)        # image
find_package(PkgConfig REQUIRED)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)     # core/files
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)  # core/text_form
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)           # image/pixel_kernels
pkg_check_modules(spng REQUIRED IMPORTED_TARGET spng)            # image
pkg_check_modules(tiff REQUIRED IMPORTED_TARGET libtiff-4)       # image/other_formats
pkg_check_modules(webp REQUIRED IMPORTED_TARGET libwebp)         # image/other_formats
pkg_check_modules(pangocairo REQUIRED IMPORTED_TARGET pangocairo)  # image/text_drawing, eval/chart_drawing
# `--version` names OpenCV, which nothing uses: pixels go through the smaller libraries above.
set(OpenCV_VERSION "none, images by libjpeg-turbo, libspng ${spng_VERSION}, libtiff ${tiff_VERSION}, libwebp ${webp_VERSION}")
