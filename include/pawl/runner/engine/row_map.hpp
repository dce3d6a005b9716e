// A small hash map from row numbers to what a run remembers about them.
#ifndef PAWL_RUNNER_ENGINE_ROW_MAP_HPP
#define PAWL_RUNNER_ENGINE_ROW_MAP_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <pawl/fsm/fnv.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Tells two records of one item apart. Not 0.
inline std::uint64_t digest(trouble_record const& record) {
  fnv hash;
  hash.number(static_cast<std::uint64_t>(record.run));
  hash.number(static_cast<std::uint64_t>(record.attempts));
  hash.number(static_cast<std::uint64_t>(record.recoveries));
  hash.byte(record.parked).byte(record.in_doubt);
  if (record.next_at) hash.number(static_cast<std::uint64_t>(record.next_at->time_since_epoch().count()));
  return hash.value | 1;
}

// What a row was when a run last looked at it.
struct row_memo {
  std::int64_t version = 0;
  std::int64_t life = 0;
  std::size_t state = 0;
  std::uint64_t record = 0;  // digest() of its trouble record; 0: it had none
  friend bool operator==(row_memo const&, row_memo const&) = default;
};

// Open addressing with linear probing, load <= 1/2. Removal shifts later entries back, so there are no tombstones.
// std::unordered_map would instantiate about 150 functions instead of six, and allocate per row.
class row_map {
 public:
  bool contains(std::int64_t row) const { return size_ > 0 && places_[find(row)].used; }
  // False if the row is present; nothing is changed then.
  bool insert(std::int64_t row, row_memo of = {}) {
    if (2 * (size_ + 1) > capacity_) grow();
    auto& found = places_[find(row)];
    if (found.used) return false;
    found = {row, of, true};
    ++size_;
    return true;
  }
  // The row's memo; inserted if absent.
  row_memo& operator[](std::int64_t row) {
    insert(row);
    return places_[find(row)].of;
  }
  void erase(std::int64_t row) {
    if (!contains(row)) return;
    std::size_t hole = find(row);
    --size_;
    for (std::size_t at = next(hole); places_[at].used; at = next(at)) {
      // An entry may move into the hole if its home is not between hole and entry.
      std::size_t const home = home_of(places_[at].row);
      bool const reachable = hole <= at ? home <= hole || home > at : home <= hole && home > at;
      if (!reachable) continue;
      places_[hole] = places_[at];
      hole = at;
    }
    places_[hole].used = false;
  }
  void clear() {
    if (size_ == 0) return;
    for (std::size_t at = 0; at < capacity_; ++at) places_[at].used = false;
    size_ = 0;
  }
  std::size_t size() const { return size_; }

 private:
  struct place {
    std::int64_t row = 0;
    row_memo of{};
    bool used = false;
  };

  std::size_t next(std::size_t at) const { return (at + 1) & (capacity_ - 1); }
  // Fibonacci hashing, because rows are mostly numbered consecutively.
  std::size_t home_of(std::int64_t row) const {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(row) * 0x9E3779B97F4A7C15u) >> 32) & (capacity_ - 1);
  }
  // Position of the row, or the free place where it belongs.
  std::size_t find(std::int64_t row) const {
    std::size_t at = home_of(row);
    while (places_[at].used && places_[at].row != row) at = next(at);
    return at;
  }
  void grow() {
    std::size_t const before = capacity_;
    auto const old = std::exchange(places_, std::unique_ptr<place[]>(new place[before == 0 ? 16 : 2 * before]));
    capacity_ = before == 0 ? 16 : 2 * before;
    for (std::size_t at = 0; at < before; ++at)
      if (old[at].used) places_[find(old[at].row)] = old[at];
  }

  std::unique_ptr<place[]> places_{};
  std::size_t capacity_ = 0;  // 0, or a power of two
  std::size_t size_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
