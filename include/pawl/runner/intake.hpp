// Finds the items that can run: sweeps over the store, page by page, those nearest the goal first.
#ifndef PAWL_RUNNER_INTAKE_HPP
#define PAWL_RUNNER_INTAKE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The states with a step, in the order in which their items are taken.
template <class L>
inline constexpr auto step_states = [] {
  constexpr auto count = static_cast<std::size_t>(
      std::count_if(states<L>.begin(), states<L>.end(), [](auto s) { return role_of<L>(s) == role::step; }));
  std::array<state_of<L>, count> order{};
  std::copy_if(states<L>.begin(), states<L>.end(), order.begin(), [](auto s) { return role_of<L>(s) == role::step; });
  std::sort(order.begin(), order.end(), [](auto a, auto b) {
    auto const rank = [](auto s) { return std::pair(steps_to_goal<L>[state_index<L>(s)], state_index<L>(s)); };
    return rank(a) < rank(b);
  });
  return order;
}();

// An item is held from next() until release(); sweeps pass over what is held. Memory: one page and the held rows.
template <class Store> class intake {
  using L = typename Store::lifecycle;

 public:
  intake(Store& store, std::size_t page) : store_(store), page_size_((std::max)(page, std::size_t{1})) {}

  // The next item of this sweep, or nothing at its end. Throws what the store throws.
  std::optional<any_item<L>> next() {
    for (;;) {
      if (at_ < page_.size()) {
        stale_ = true;  // its step may make other rows runnable
        held_.insert(page_[at_].row);
        return std::move(page_[at_++]);
      }
      if (!turn_page()) return std::nullopt;
    }
  }

  // The row may be taken again, by the next sweep. A row that is never released is not seen again in this run.
  void release(std::int64_t row) { held_.erase(row); }
  // The same for a row that somebody else has moved: it may be runnable where it is now.
  void drop(std::int64_t row) {
    release(row);
    dropped_ = true;
  }

  // Begins another sweep if rows were dropped since the last one began.
  bool sweep_for_dropped() { return dropped_ && sweep_again(); }
  // Begins another sweep, unless the last one found nothing at all.
  bool sweep_again() {
    if (!stale_ && !dropped_) return false;
    stale_ = dropped_ = false;
    state_ = 0;
    after_row_ = first_row;
    return true;
  }

 private:
  static constexpr std::int64_t first_row = (std::numeric_limits<std::int64_t>::min)();

  // What is held when the page is read is left out there and then: when it is released, the page is out of date.
  bool turn_page() {
    at_ = 0;
    for (; state_ < step_states<L>.size(); ++state_, after_row_ = first_row) {
      page_ = store_.runnable(step_states<L>[state_], after_row_, page_size_);
      if (page_.empty()) continue;
      after_row_ = page_.back().row;
      std::erase_if(page_, [this](any_item<L> const& it) { return held_.contains(it.row); });
      return true;
    }
    page_.clear();
    return false;
  }

  Store& store_;
  std::size_t page_size_;
  std::vector<any_item<L>> page_{};
  std::size_t at_ = 0;
  std::size_t state_ = 0;
  std::int64_t after_row_ = first_row;
  bool stale_ = false;    // something was found since this sweep began
  bool dropped_ = false;  // a row was dropped since this sweep began
  std::unordered_set<std::int64_t> held_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
