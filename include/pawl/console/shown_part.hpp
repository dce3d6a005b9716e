// The beginning of a large value, and how large it is.
#ifndef PAWL_CONSOLE_SHOWN_PART_HPP
#define PAWL_CONSOLE_SHOWN_PART_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// For bytes that were cut anywhere: without a character of UTF-8 at the end of which a part is missing.
inline std::string_view without_torn_end(std::string_view text) noexcept {
  for (std::size_t back = 1; back <= 4 && back <= text.size(); ++back) {
    auto const byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80) continue;
    std::size_t const length = byte < 0xC0 || byte > 0xF7 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return length > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

// "900 bytes", "1.2 MB".
inline std::string size_text(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  std::uint64_t unit = 1000;
  std::string_view letters = "kMGTPE";
  for (; letters.size() > 1 && bytes / unit >= 1000; unit *= 1000) letters.remove_prefix(1);
  std::string text = std::to_string(bytes / unit);
  text += '.';
  text += static_cast<char>('0' + bytes % unit / (unit / 10));
  return text + ' ' + letters[0] + 'B';
}

// Behind a value that is cut: " ... (1.2 MB)"; nothing behind one that is whole, which has no size.
inline std::string cut_mark(std::size_t size) { return size == 0 ? std::string() : " ... (" + size_text(size) + ')'; }

// As a database takes it: no value of one is larger.
inline std::int64_t as_limit(std::size_t most) noexcept {
  constexpr std::size_t largest = static_cast<std::size_t>((std::numeric_limits<std::int32_t>::max)());
  return static_cast<std::int64_t>(most < largest ? most : largest);
}
// What is read of a record of which fields of at most so many bytes are shown: those before it, and it.
inline std::size_t part_of_record(std::size_t most) noexcept {
  constexpr std::size_t fields = 16;
  return most < std::size_t(-1) / fields ? most * fields : most;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
