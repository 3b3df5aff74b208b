# LibTorch as imported targets. Its own find_package(Torch) demands a whole CUDA toolkit, also for a
# CPU program; these lines do not.
#   torch::cpu    libtorch_cpu and libc10, what every program of ours links
#   torch::cuda   adds libtorch_cuda, for the plugin alone; only where a CUDA toolkit is found
#   torch::gloo   Debian's Gloo headers, which fit the Gloo inside libtorch_cpu

if(FOVEA_SANITIZE)
  message(STATUS "LibTorch: left out of a build with sanitizers")
  return()
endif()
if(NOT FOVEA_TORCH AND DEFINED ENV{FOVEA_TORCH})
  set(FOVEA_TORCH $ENV{FOVEA_TORCH})
endif()
if(NOT EXISTS ${FOVEA_TORCH}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "no LibTorch at FOVEA_TORCH='${FOVEA_TORCH}': run scripts/setup.sh, which prints the folder to give as -DFOVEA_TORCH=...")
endif()
file(STRINGS ${FOVEA_TORCH}/include/torch/csrc/api/include/torch/version.h version_lines REGEX "TORCH_VERSION_M[A-Z]+ [0-9]")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" FOVEA_TORCH_VERSION "${version_lines}")

add_library(torch::cpu INTERFACE IMPORTED)
# LibTorch's include folder also holds the headers of a newer fmt, without its code: ours come first.
get_target_property(fmt_include fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/fmt_first)
file(CREATE_LINK ${fmt_include}/fmt ${PROJECT_BINARY_DIR}/fmt_first/fmt SYMBOLIC)
target_include_directories(torch::cpu SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/fmt_first
  ${FOVEA_TORCH}/include ${FOVEA_TORCH}/include/torch/csrc/api/include)
target_link_libraries(torch::cpu INTERFACE ${FOVEA_TORCH}/lib/libtorch_cpu.so ${FOVEA_TORCH}/lib/libc10.so)
# libtorch_cpu itself needs these two of CUDA, also without a GPU: from a toolkit, or from the wheels
# that scripts/setup.sh puts where LibTorch's own run path finds them.
find_library(CUDART libcudart.so.13 PATHS ${FOVEA_TORCH}/../nvidia/cu13/lib /usr/local/cuda/lib64 NO_CACHE)
find_library(CUPTI libcupti.so.13 PATHS ${FOVEA_TORCH}/../nvidia/cu13/lib
  /usr/local/cuda/lib64 /usr/local/cuda/extras/CUPTI/lib64 NO_CACHE)
foreach(library ${CUDART} ${CUPTI})
  get_filename_component(folder ${library} DIRECTORY)
  list(APPEND torch_run_path ${folder})
endforeach()
list(REMOVE_DUPLICATES torch_run_path)
foreach(folder ${torch_run_path})
  target_link_options(torch::cpu INTERFACE -Wl,-rpath,${folder} -Wl,-rpath-link,${folder})
endforeach()
# Old-style run path: it also serves the libraries that LibTorch itself opens.
target_link_options(torch::cpu INTERFACE -Wl,--disable-new-dtags -Wl,-rpath,${FOVEA_TORCH}/lib)

find_path(GLOO_INCLUDE gloo/algorithm.h NO_CACHE)
if(GLOO_INCLUDE)
  add_library(torch::gloo INTERFACE IMPORTED)
  target_include_directories(torch::gloo SYSTEM INTERFACE ${GLOO_INCLUDE})
  target_compile_definitions(torch::gloo INTERFACE USE_C10D_GLOO)
  target_link_libraries(torch::gloo INTERFACE torch::cpu)
endif()

# The CUDA plugin needs three parts: a toolkit and an nccl.h of LibTorch's own versions (ProcessGroupNCCL's
# options embed NCCL's structs), and a LibTorch that was built for CUDA. What is missing is named.
set(nccl_wanted 2.28.9)
find_path(CUDA_INCLUDE cuda_runtime.h PATHS /usr/local/cuda/include ENV CUDA_HOME PATH_SUFFIXES include NO_CACHE)
find_path(NCCL_INCLUDE nccl.h PATHS /usr/local/cuda/include ENV CUDA_HOME ${FOVEA_TORCH}/../nvidia/nccl
  PATH_SUFFIXES include NO_CACHE)
set(cuda_version none)
set(nccl_version none)
if(CUDA_INCLUDE)
  file(STRINGS ${CUDA_INCLUDE}/cuda_runtime_api.h cuda_lines REGEX "define CUDART_VERSION +[0-9]")
  string(REGEX REPLACE "[^0-9]" "" cuda_number "${cuda_lines}")  # 13000 for 13.0
  math(EXPR cuda_major "${cuda_number} / 1000")
  math(EXPR cuda_minor "${cuda_number} % 1000 / 10")
  set(cuda_version ${cuda_major}.${cuda_minor})
endif()
if(NCCL_INCLUDE)
  file(STRINGS ${NCCL_INCLUDE}/nccl.h nccl_lines REGEX "define NCCL_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" nccl_version "${nccl_lines}")
  string(REPLACE ";" "." nccl_version "${nccl_version}")
endif()

set(cuda_missing "")
if(NOT cuda_version MATCHES "^13[.]")
  list(APPEND cuda_missing "a CUDA 13 toolkit (found: ${cuda_version}, looked for cuda_runtime.h in /usr/local/cuda and CUDA_HOME)")
endif()
if(NOT nccl_version STREQUAL nccl_wanted)
  list(APPEND cuda_missing "nccl.h of NCCL ${nccl_wanted} (found: ${nccl_version})")
endif()
if(NOT EXISTS ${FOVEA_TORCH}/lib/libtorch_cuda.so)
  list(APPEND cuda_missing "a LibTorch for CUDA (no ${FOVEA_TORCH}/lib/libtorch_cuda.so)")
endif()
if(cuda_missing)
  list(JOIN cuda_missing " and " cuda_missing)
  message(STATUS "CUDA: no plugin, the programs will use the CPU; it needs ${cuda_missing}")
else()
  set(FOVEA_CUDA_VERSION ${cuda_version})  # what --version says
  add_library(torch::cuda INTERFACE IMPORTED)
  target_include_directories(torch::cuda SYSTEM INTERFACE ${CUDA_INCLUDE} ${NCCL_INCLUDE})
  target_compile_definitions(torch::cuda INTERFACE USE_C10D_NCCL)
  target_link_options(torch::cuda INTERFACE -Wl,--no-as-needed -Wl,--allow-shlib-undefined)
  target_link_libraries(torch::cuda INTERFACE torch::cpu
    ${FOVEA_TORCH}/lib/libtorch_cuda.so ${FOVEA_TORCH}/lib/libc10_cuda.so)
  message(STATUS "CUDA: plugin built with CUDA ${cuda_version} and NCCL ${nccl_version}")
endif()
