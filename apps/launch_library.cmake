# Starting several processes of one run (apps/launch.h). No LibTorch: it comes before its first call.
add_library(fovea_launch STATIC ${PROJECT_SOURCE_DIR}/apps/launch.cpp)
target_link_libraries(fovea_launch PUBLIC fovea_console PRIVATE fovea_warnings)
