// File systems on which memory-mapped files and locks may not work between processes.
#ifndef PAWL_SYSTEM_FILE_SYSTEM_KIND_HPP
#define PAWL_SYSTEM_FILE_SYSTEM_KIND_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `std::string_view unsafe_file_system_of(path)`: what the unsafe file system is called on which the file is, or would be
// made. Empty if it is safe or unknown. Unsafe: processes may not share memory mapped from a file, as a write-ahead log
// needs (sqlite.org/wal.html: not over a network), or locks may be granted twice.
using native_file_system::unsafe_file_system_of;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
