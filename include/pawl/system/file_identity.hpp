// Which file a path leads to, whatever the path is called.
#ifndef PAWL_SYSTEM_FILE_IDENTITY_HPP
#define PAWL_SYSTEM_FILE_IDENTITY_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `file_identity::of(path)` answers std::optional<file_identity>: nothing if there is no such file. Two paths have equal
// identities if and only if they lead to the same file. Valid while that file exists.
using native::file_identity;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
