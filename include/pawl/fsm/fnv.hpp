// A hash that is the same on every compiler: FNV-1a of 64 bits. Not for security.
#ifndef PAWL_FSM_FNV_HPP
#define PAWL_FSM_FNV_HPP

#include <cstdint>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Every text is closed by a byte that no UTF-8 text holds.
struct fnv {
  std::uint64_t value = 14695981039346656037u;
  constexpr fnv& byte(std::uint8_t b) {
    value = (value ^ b) * 1099511628211u;
    return *this;
  }
  constexpr fnv& text(std::string_view t) {
    for (char const c : t) byte(static_cast<std::uint8_t>(c));
    return byte(0xFF);
  }
  constexpr fnv& number(std::uint64_t n) {
    for (int i = 0; i < 8; ++i, n >>= 8) byte(static_cast<std::uint8_t>(n));
    return *this;
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
