// Makes the identity of a database.
#ifndef PAWL_SQLITE_RANDOM_IDENTITY_HPP
#define PAWL_SQLITE_RANDOM_IDENTITY_HPP

#include <cstdint>
#include <string>

#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// 32 hexadecimal digits from the system's source of randomness.
inline std::string random_identity() {
  std::string digits;
  for (int half = 0; half < 2; ++half) {
    std::uint64_t bits = pawl::detail::random_number();
    for (int i = 0; i < 16; ++i, bits >>= 4) digits += "0123456789abcdef"[bits & 15];
  }
  return digits;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
