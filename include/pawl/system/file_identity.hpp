// Which file a path leads to, whatever the path is called, and where that file is.
#ifndef PAWL_SYSTEM_FILE_IDENTITY_HPP
#define PAWL_SYSTEM_FILE_IDENTITY_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `file_identity::of(path)` answers std::optional<file_identity>: nothing if there is no such file. Two paths have equal
// identities if and only if they lead to the same file. Valid while that file exists.
using native::file_identity;

// `file_status::of(path)`: what a path leads to at the moment, with `is`, `exists()`, and if so `identity` and `size` (bytes).
// `kind::file` is a regular one; `kind::unknown`: the system does not say, for example because a right is missing.
using native::file_status;

// `int descriptors_of(file_identity)`: how often this process has that file open. Slow: for messages.
using native::descriptors_of;

// `std::string absolute_path(path)`: as seen from the present working folder. Symbolic links stay.
using native::absolute_path;

// `std::string resolved_path(path)`: without symbolic links, where the file is or would be made. Empty if the path leads
// nowhere.
using native::resolved_path;

// `std::string_view path_separators`: the characters that end the name of a folder in a path.
using native::path_separators;

// `std::size_t longest_name_in(folder)`: of a file, in bytes.
using native::longest_name_in;

// `void remove_file(path)`: does nothing if it cannot.
using native::remove_file;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
