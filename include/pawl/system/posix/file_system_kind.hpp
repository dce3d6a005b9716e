// Where it is not known how a system names its file systems, none is known to be unsafe.
#ifndef PAWL_SYSTEM_POSIX_FILE_SYSTEM_KIND_HPP
#define PAWL_SYSTEM_POSIX_FILE_SYSTEM_KIND_HPP

#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

inline std::string_view unsafe_file_system_of(std::string const&) { return {}; }

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
