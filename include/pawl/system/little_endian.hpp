// A number in a file that machines of both byte orders read.
#ifndef PAWL_SYSTEM_LITTLE_ENDIAN_HPP
#define PAWL_SYSTEM_LITTLE_ENDIAN_HPP

#include <bit>
#include <cstdint>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// 8 bytes, the least significant one first; in memory as in the file.
class little_endian {
 public:
  constexpr little_endian() = default;
  constexpr little_endian(std::int64_t value) noexcept : bytes_(in_order(static_cast<std::uint64_t>(value))) {}
  constexpr operator std::int64_t() const noexcept { return static_cast<std::int64_t>(in_order(bytes_)); }

 private:
  static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big);
  static constexpr std::uint64_t in_order(std::uint64_t value) noexcept {
    if constexpr (std::endian::native == std::endian::little) return value;
    std::uint64_t turned = 0;
    for (int i = 0; i < 8; ++i, value >>= 8U) turned = turned << 8U | (value & 0xFFU);
    return turned;
  }

  std::uint64_t bytes_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
