// The rows of a memory_store, in the order in which they were put there, found by key.
#ifndef PAWL_STORE_MEMORY_ROWS_HPP
#define PAWL_STORE_MEMORY_ROWS_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/key_index.hpp>
#include <pawl/store/memory_row.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A dead row keeps its place for a later one with its key.
template <a_lifecycle L> class memory_rows {
 public:
  std::size_t size() const noexcept { return rows_.size(); }
  memory_row<L>& operator[](std::size_t at) { return rows_[at]; }
  memory_row<L> const& operator[](std::size_t at) const { return rows_[at]; }
  auto begin() noexcept { return rows_.begin(); }
  auto end() noexcept { return rows_.end(); }

  // Where the living row with this key is; size() if there is none.
  std::size_t find(std::string_view key) const {
    std::size_t const at = index_.find(key, rows_);
    return at < rows_.size() && rows_[at].alive ? at : rows_.size();
  }
  // Where the key's row is, which is made if it is missing.
  std::size_t place(std::string_view key) {
    std::size_t const at = index_.find(key, rows_);
    if (at < rows_.size()) return at;
    rows_.emplace_back().key = key;
    index_.add(rows_);
    return at;
  }
  // Any text may be a state.
  void write(std::string_view key, std::string_view state, std::int64_t version, stored_time now) {
    auto& r = rows_[place(key)];
    std::int64_t const life = r.alive ? r.life : 1 + (r.life > lives_ ? r.life : lives_);
    if (life > lives_) lives_ = life;
    r = {};
    r.key = key;
    r.life = life;
    r.alive = true;
    r.version = version;
    r.changed_at = now;
    if (auto const known = machine<L>::hydrate(state))
      r.state = known->state();
    else
      r.unknown_state = state;
  }
  // The row as it was before; nobody has seen what it has become.
  void restore(std::size_t at, memory_row<L> before) {
    if (rows_[at].life != before.life) lives_ = rows_[at].life - 1;
    rows_[at] = std::move(before);
  }

  // Calls add(row, number) for the rows behind `mark` that are wanted, `limit` at most, with `mark` at the last. True if there are
  // no more.
  template <class Wanted, class Add> bool page(row_mark& mark, std::size_t limit, Wanted wanted, Add add) const {
    std::size_t added = 0;
    for (std::size_t at = mark.row < 0 ? 0 : static_cast<std::size_t>(mark.row); at < rows_.size(); ++at) {
      if (!rows_[at].alive || !rows_[at].state || !wanted(rows_[at])) continue;
      if (added++ == limit) return false;
      mark.row = static_cast<std::int64_t>(at) + 1;
      add(rows_[at], mark.row);
    }
    return true;
  }

  std::size_t count() const noexcept {
    std::size_t count = 0;
    for (auto const& r : rows_) count += static_cast<std::size_t>(r.alive);
    return count;
  }
  std::size_t count_unrecognised() const noexcept {
    std::size_t count = 0;
    for (auto const& r : rows_) count += static_cast<std::size_t>(r.alive && !r.state);
    return count;
  }
  std::array<std::size_t, state_count<L>> count_by_state() const {
    std::array<std::size_t, state_count<L>> counts{};
    for (auto const& r : rows_)
      if (r.alive && r.state) ++counts[state_index<L>(*r.state)];
    return counts;
  }
  trouble_counts count_troubles() const {
    trouble_counts counts;
    for (auto const& r : rows_) {
      if (!r.alive || !r.trouble) continue;
      auto const kind = item_filter::kind_of(*r.trouble);
      ++(kind == trouble_is::parked ? counts.parked : kind == trouble_is::delayed ? counts.delayed : counts.in_doubt);
    }
    return counts;
  }

 private:
  std::vector<memory_row<L>> rows_{};
  key_index index_{};       // including dead rows
  std::int64_t lives_ = 0;  // of all rows so far
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
