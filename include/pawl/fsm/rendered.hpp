// Text that a constexpr function writes, as one constant of the program.
#ifndef PAWL_FSM_RENDERED_HPP
#define PAWL_FSM_RENDERED_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The output of a writer. Cheap to copy; copies write to the same place.
class text_out {
 public:
  constexpr text_out(char* to, std::size_t* size) : to_(to), size_(size) {}
  constexpr void operator()(char c) const {
    if (to_ != nullptr) to_[*size_] = c;
    ++*size_;
  }
  constexpr void operator()(std::string_view text) const {
    std::size_t const length = text.size();
    if (to_ != nullptr) {
      char* const to = to_ + *size_;
      char const* const from = text.data();
      for (std::size_t i = 0; i < length; ++i) to[i] = from[i];
    }
    *size_ += length;
  }
  constexpr void number(std::uint64_t value) const {
    if (value >= 10) number(value / 10);
    (*this)(static_cast<char>('0' + value % 10));
  }

 private:
  char* to_;
  std::size_t* size_;
};

// `Writer(text_out)` runs twice, once to count and once to fill, so it must write the same text each time.
// `rendered<Writer>::view` is NUL-terminated and lives as long as the program.
template <auto Writer> struct rendered {
  static constexpr std::size_t size = [] {
    std::size_t counted = 0;
    Writer(text_out{nullptr, &counted});
    return counted;
  }();
  static constexpr std::array<char, size + 1> chars = [] {
    std::array<char, size + 1> text{};
    std::size_t written = 0;
    Writer(text_out{text.data(), &written});
    return text;
  }();
  static constexpr std::string_view view{chars.data(), size};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
