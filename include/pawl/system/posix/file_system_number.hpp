// The kind of a file system where the system's numbers for it are not known to pawl: never known.
#ifndef PAWL_SYSTEM_POSIX_FILE_SYSTEM_NUMBER_HPP
#define PAWL_SYSTEM_POSIX_FILE_SYSTEM_NUMBER_HPP

#include <cstdint>
#include <optional>
#include <string>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::posix {

inline std::optional<std::uint32_t> file_system_number_of(std::string const&) { return std::nullopt; }

}  // namespace pawl::inline PAWL_ABI::detail::posix

#endif
