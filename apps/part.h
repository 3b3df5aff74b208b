// The part of a program that brings LibTorch. It is a library of its own, opened when work begins,
// so that --help and a mistyped option are answered without it.
#pragma once

#include <filesystem>

namespace fovea {

/// The folder of this program: its brothers lie beside it.
std::filesystem::path program_folder();

/// The folder of the libraries that belong to this program.
std::filesystem::path library_folder();

/// The function NAME of `library`, a file in library_folder() that is opened at the first call and
/// stays open. Errors: it cannot be opened, or it is of another build and lacks the function.
void* function_of(const char* library, const char* name);

}  // namespace fovea
