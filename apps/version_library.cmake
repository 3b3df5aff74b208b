# What --version says (apps/version.h). The commit is looked up at every build, and only version.cpp
# sees it, so that a new commit compiles one small file.
set(commit_folder ${PROJECT_BINARY_DIR}/commit)
add_custom_target(fovea_commit BYPRODUCTS ${commit_folder}/fovea_commit.h
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUT=${commit_folder}/fovea_commit.h
    -P ${PROJECT_SOURCE_DIR}/cmake/commit.cmake)
add_library(fovea_version STATIC ${PROJECT_SOURCE_DIR}/apps/version.cpp)
add_dependencies(fovea_version fovea_commit)
target_include_directories(fovea_version PUBLIC ${PROJECT_SOURCE_DIR}/apps PRIVATE ${commit_folder})
target_compile_definitions(fovea_version PRIVATE
  FOVEA_VERSION="${PROJECT_VERSION}" FOVEA_OPENCV_VERSION="${OpenCV_VERSION}"
  FOVEA_CUDA_VERSION="${FOVEA_CUDA_VERSION}")
target_link_libraries(fovea_version PRIVATE fovea_warnings)
