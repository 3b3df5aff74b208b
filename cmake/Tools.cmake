# How everything of ours is compiled.

find_program(CCACHE ccache)
if(CCACHE)  # knows a file again in another clone
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# LibTorch's headers take up to 1.2 GB a compiler; a machine with little memory gets fewer jobs.
cmake_host_system_information(RESULT memory QUERY AVAILABLE_PHYSICAL_MEMORY)  # MiB
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
math(EXPR jobs "${memory} / 1200")
if(jobs LESS 1)
  set(jobs 1)
elseif(jobs GREATER cores)
  set(jobs ${cores})
endif()
set_property(GLOBAL PROPERTY JOB_POOLS compile=${jobs} link=2)
set(CMAKE_JOB_POOL_COMPILE compile)
set(CMAKE_JOB_POOL_LINK link)

add_library(fovea_warnings INTERFACE)
target_compile_options(fovea_warnings INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror)

if(FOVEA_SANITIZE)  # GCC's -Wmaybe-uninitialized finds what is not there in instrumented code
  add_compile_options(-fsanitize=${FOVEA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g -O1
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${FOVEA_SANITIZE})
endif()
if(FOVEA_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
string(REPLACE ";" " " release_flags "${FOVEA_FLAGS}")
set(CMAKE_CXX_FLAGS_RELEASE "${release_flags} -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "${release_flags} -DNDEBUG")

# fovea_library(core LINKS ...): every .cpp of lib/fovea/core becomes the static library fovea_core.
# What it links is what it may include: the layers of lib/README.md, held by tests/architecture.
function(fovea_library folder)
  cmake_parse_arguments(ARG "SHARED" "" "LINKS;PRIVATE_LINKS;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  foreach(name ${ARG_EXCLUDE})
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${name})
  endforeach()
  if(NOT sources)
    return()
  endif()
  if(ARG_SHARED)
    add_library(fovea_${folder} SHARED ${sources})
  else()
    add_library(fovea_${folder} STATIC ${sources})
  endif()
  target_include_directories(fovea_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(fovea_${folder} PUBLIC ${ARG_LINKS} PRIVATE fovea_warnings ${ARG_PRIVATE_LINKS})
endfunction()
