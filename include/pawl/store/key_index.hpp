// Finds rows in a vector by their key.
#ifndef PAWL_STORE_KEY_INDEX_HPP
#define PAWL_STORE_KEY_INDEX_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <pawl/fsm/fnv.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Finds rows by key: a hash table of indices into the vector of rows. A row never changes its key.
class key_index {
 public:
  // Index of the row; rows.size() if no row has this key.
  template <class Rows> std::size_t find(std::string_view key, Rows const& rows) const {
    if (slots_.empty()) return rows.size();
    for (std::size_t at = hash(key);; ++at) {
      std::size_t const place = slots_[at % slots_.size()];
      if (place == none) return rows.size();
      if (rows[place].key == key) return place;
    }
  }
  // Adds the last row, whose key must be new.
  template <class Rows> void add(Rows const& rows) {
    bool const crowded = 2 * rows.size() > slots_.size();
    if (crowded) slots_.assign(4 * rows.size() + 8, none);
    for (std::size_t place = crowded ? 0 : rows.size() - 1; place < rows.size(); ++place) {
      std::size_t at = hash(rows[place].key);
      while (slots_[at % slots_.size()] != none) ++at;
      slots_[at % slots_.size()] = place;
    }
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  // Folded to 32 bits, which leaves the callers room to increment it.
  static std::size_t hash(std::string_view key) noexcept {
    std::uint64_t const value = fnv().text(key).value;
    return static_cast<std::size_t>(value >> 32 ^ (value & 0x7fffffffU));
  }

  std::vector<std::size_t> slots_{};  // never more than half full
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
