// What a command is told to write, checked before its work begins.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

/// Makes the folder for what a command finds out; nothing when the name is empty. Error when that
/// is impossible, or when it is a run folder, which has files of the same names.
void make_output_folder(const std::filesystem::path& folder);

/// Error when `file` could not be written; nothing when it is empty or "-", standard output.
void expect_output_file(const std::filesystem::path& file);

/// Error when an output lies among data that is only to be read: in a data set's folder or, where
/// `data` is a file, in its place, in `images` (may be empty), or in the folder ROOT of
/// ROOT/annotations/FILE.json. Empty names and "-" lie nowhere.
void expect_outside(const std::filesystem::path& data, const std::filesystem::path& images,
                    const std::vector<std::filesystem::path>& outputs);

/// A file that is not there yet, in a folder that can be written to; Error otherwise.
void expect_new_file(const std::filesystem::path& file);

/// Writes a result: "-" is standard output, an empty name nowhere.
void write_result(const std::filesystem::path& file, const std::string& text);

/// A file and what names it on the command line.
struct NamedFile {
  std::string_view option;
  std::filesystem::path file;  // may be empty
};

/// Error when two of them are the same file: one would be written over the other.
void expect_different(const std::vector<NamedFile>& files);

}  // namespace fovea
