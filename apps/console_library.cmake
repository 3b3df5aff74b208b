# What every program shares: failures, progress, signals (apps/console.h) and what it is told to write
# (apps/outputs.h). No LibTorch, so that fovea-data may use it too.
add_library(fovea_console STATIC
  ${PROJECT_SOURCE_DIR}/apps/console.cpp ${PROJECT_SOURCE_DIR}/apps/outputs.cpp)
target_include_directories(fovea_console PUBLIC ${PROJECT_SOURCE_DIR}/apps)
target_link_libraries(fovea_console PUBLIC fovea_core PRIVATE fovea_warnings ${CMAKE_DL_LIBS})
target_link_options(fovea_console INTERFACE -rdynamic)  # names in stack traces
