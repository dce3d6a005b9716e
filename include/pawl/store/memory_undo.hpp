// What the open transaction of a memory_store has changed, and what the latest ones have, if that is kept.
#ifndef PAWL_STORE_MEMORY_UNDO_HPP
#define PAWL_STORE_MEMORY_UNDO_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/memory_row.hpp>
#include <pawl/store/memory_rows.hpp>
#include <pawl/store/memory_ticks.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <a_lifecycle L> class memory_undo {
 public:
  // From now on, the latest transactions up to this number are kept.
  void keep(std::size_t transactions) { kept_ = transactions; }
  bool keeps_some() const noexcept { return kept_ > 0; }

  // Saves the row as it is now.
  void remember(memory_rows<L> const& rows, std::size_t at) { open_.rows.emplace_back(at, rows[at]); }
  void remember(schedule_ticks const& ticks, std::string_view schedule) {
    open_.ticks.emplace_back(schedule, tick_in(ticks, schedule));
  }
  void roll_back(memory_rows<L>& rows, schedule_ticks& ticks) noexcept {
    for (auto& all = open_.rows; !all.empty(); all.pop_back())
      rows.restore(all.back().first, std::move(all.back().second));
    for (auto& all = open_.ticks; !all.empty(); all.pop_back()) set_tick(ticks, all.back().first, all.back().second);
  }
  void commit() {
    if (kept_ > 0 && !open_.empty()) {
      if (closed_.size() == kept_) closed_.erase(closed_.begin());
      closed_.push_back(std::move(open_));
    }
    open_ = {};
  }
  // The latest one that is kept is open again. False if there is none.
  bool reopen() {
    if (closed_.empty()) return false;
    open_ = std::move(closed_.back());
    closed_.pop_back();
    return true;
  }

 private:
  struct changes {
    std::vector<std::pair<std::size_t, memory_row<L>>> rows{};
    std::vector<std::pair<std::string, std::optional<stored_time>>> ticks{};
    bool empty() const noexcept { return rows.empty() && ticks.empty(); }
  };
  changes open_{};
  std::vector<changes> closed_{};
  std::size_t kept_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
