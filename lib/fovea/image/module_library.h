// Parts with large dependencies live in libraries of their own (libfovea_*.so), opened when first
// needed, so that the programs start in milliseconds.
#pragma once

#include <string>

namespace fovea {

/// The address of `symbol` in the library file `library` ("libfovea_text.so"), which lies in ../lib
/// of the program, beside it, or where the loader looks. The library stays open. Error when
/// missing.
void* module_symbol(const std::string& library, const char* symbol);

}  // namespace fovea
