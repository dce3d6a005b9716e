// What is seen of an item's children: how many have ended, and what holds back the others.
#ifndef PAWL_STORE_SEEN_CHILDREN_HPP
#define PAWL_STORE_SEEN_CHILDREN_HPP

#include <cstddef>
#include <string>
#include <vector>

#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The children of one item in one table.
struct seen_children {
  static constexpr std::size_t most_parked_keys = 5;

  std::string table{};
  std::size_t arrived = 0;                 // in a goal
  std::size_t failed = 0;                  // in a terminal state, or deleted
  std::size_t missing = 0;                 // still at work
  std::size_t parked = 0;                  // of the missing
  std::vector<std::string> parked_keys{};  // the first of these

  std::size_t all() const noexcept { return arrived + failed + missing; }

  // "2 of 5 in photo": those that have ended.
  std::string ended_text() const {
    return std::to_string(all() - missing) + " of " + std::to_string(all()) + " in " + detail::visible_text(table);
  }
  // "3 of 5 children in photo, of which 1 is parked: 'beach'": those that are missing. On one line, with what users wrote escaped.
  std::string missing_text() const {
    std::string text =
        std::to_string(missing) + " of " + std::to_string(all()) + (all() == 1 ? " child in " : " children in ");
    text += detail::visible_text(table);
    if (parked == 0) return text;
    text += ", of which " + std::to_string(parked) + (parked == 1 ? " is parked: " : " are parked: ");
    for (std::size_t i = 0; i < parked_keys.size(); ++i)
      text.append(i == 0 ? "'" : ", '").append(detail::visible_text(parked_keys[i], U'\'')).append("'");
    return parked > parked_keys.size() ? text + " and others" : text;
  }
};

// An item whose child an item is.
struct seen_parent {
  std::string table{}, key{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
