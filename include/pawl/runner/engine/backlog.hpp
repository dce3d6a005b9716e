// Finds the items that can run: sweeps over the store, page by page, those nearest the goal first, and those that were
// delayed and have come due.
#ifndef PAWL_RUNNER_ENGINE_BACKLOG_HPP
#define PAWL_RUNNER_ENGINE_BACKLOG_HPP

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
#include <pawl/store/trouble_record.hpp>
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

// An item is held from the moment when it is taken until release(); nothing that is held is found. Memory: a page for
// each state with a step, one of delayed items, and the held rows.
template <class Store> class backlog {
  using L = typename Store::lifecycle;

 public:
  backlog(Store& store, std::size_t page) : store_(store), page_size_((std::max)(page, std::size_t{1})) {}

  // The next item of this sweep whose state has room, or nothing. Throws what the store throws.
  template <class HasRoom> std::optional<any_item<L>> next(HasRoom has_room) {
    for (std::size_t i = 0; i < sweeps_.size(); ++i) {
      if (!has_room(step_states<L>[i])) continue;
      if (auto found = next_of(sweeps_[i], step_states<L>[i])) return found;
    }
    return std::nullopt;
  }

  // The row may be taken again, by the next sweep. A row that is never released is not seen again in this run.
  void release(std::int64_t row) { held_.erase(row); }
  // The same for an item that was put back into its state, maybe behind the place where the sweep is.
  void put_back(any_item<L> const& it) {
    release(it.row);
    for (std::size_t i = 0; i < sweeps_.size(); ++i)
      if (step_states<L>[i] == it.state) sweeps_[i].again = true;
    forget_due();  // it may be one that was delayed
  }
  // The same for a row that somebody else has moved: it may be runnable where it is now.
  void drop(std::int64_t row) {
    release(row);
    changed_ = true;
  }

  // The store has changed: what a sweep has passed may be runnable, and items may be delayed.
  void note_change() {
    changed_ = true;
    forget_due();
  }
  // Begins another sweep if the store has changed since the last one began.
  bool sweep_for_changes() { return changed_ && sweep_again(); }
  // Begins another sweep, unless the last one found nothing at all.
  bool sweep_again() {
    if (!found_some_ && !changed_) return false;
    found_some_ = changed_ = false;
    for (auto& s : sweeps_) s.restart();
    return true;
  }

  // ---- delayed items ----

  // The next one whose time has come and whose state has room.
  template <class HasRoom> std::optional<any_item<L>> next_due(stored_time now, HasRoom has_room) {
    some_due_ = some_due_ || (due_.empty() && more_due_);
    for (bool looked = false;; looked = true) {
      auto const ready = std::find_if(due_.begin(), due_.end(), [&](auto const& it) { return has_room(it.state); });
      if (ready != due_.end()) return take_due(ready);
      if (looked || !some_due_) return std::nullopt;
      look_up_due(now);
    }
  }
  // When the next one comes due that nobody has looked for yet, as far as the store knows; asked of it only when that
  // may have changed. Nothing, too, while there may be some that are due now.
  std::optional<stored_time> next_due_time(delayed_by who) {
    if (!knows_next_due_ && !some_due_) {
      next_due_ = store_.next_due(due_until_, who);
      knows_next_due_ = true;
    }
    return next_due_;
  }
  // Whether it is worth to ask for the time: there may be an item that has come due.
  bool may_have_due() const { return some_due_ || more_due_ || next_due_ || !due_.empty(); }
  // This run has delayed an item until then. Where that has passed while it was being written, the item was looked for
  // in vain.
  void note_delay(stored_time until) {
    if (until <= due_until_) return forget_due();
    if (knows_next_due_ && (!next_due_ || until < *next_due_)) next_due_ = until;
  }
  // Some may have come due by now.
  void look_for_due(stored_time now) {
    if (next_due_ && *next_due_ <= now) forget_due();
  }

 private:
  struct sweep {
    std::vector<any_item<L>> page;
    std::size_t at = 0;
    typename Store::page_mark after{};
    bool finished = false;
    bool again = false;  // an item was put back since it began

    void restart() { *this = {}; }
  };

  std::optional<any_item<L>> take_due(typename std::vector<any_item<L>>::iterator place) {
    auto item = std::move(*place);
    due_.erase(place);
    held_.insert(item.row);
    found_some_ = true;
    return item;
  }
  void look_up_due(stored_time now) {
    // Those in hand, and those whose state is full, may be the earliest.
    std::size_t const limit = page_size_ + held_.size() + due_.size();
    due_until_ = now;
    due_ = store_.due(now, limit);
    more_due_ = due_.size() == limit;
    some_due_ = false;
    drop_held(due_);
  }
  void forget_due() {
    next_due_.reset();
    knows_next_due_ = false;
    some_due_ = true;
  }
  std::optional<any_item<L>> next_of(sweep& s, state_of<L> state) {
    for (;;) {
      for (; s.at < s.page.size(); ++s.at) {
        if (!held_.insert(s.page[s.at].row).second) continue;
        found_some_ = true;  // its step may make other rows runnable
        return std::move(s.page[s.at++]);
      }
      if (s.finished && s.again) s.restart();
      if (s.finished) return std::nullopt;
      turn_page(s, state);
    }
  }
  // What is held when the page is read is left out there and then: when it is released, the page is out of date.
  void turn_page(sweep& s, state_of<L> state) {
    s.at = 0;
    auto found = store_.runnable(state, s.after, page_size_);
    s.page = std::move(found.items);
    s.finished = found.is_last;
    s.after = found.next;
    drop_held(s.page);
  }
  void drop_held(std::vector<any_item<L>>& page) const {
    std::erase_if(page, [this](any_item<L> const& it) { return held_.contains(it.row); });
  }

  Store& store_;
  std::size_t page_size_;
  std::array<sweep, step_states<L>.size()> sweeps_{};
  std::vector<any_item<L>> due_{};
  stored_time due_until_{};  // all that was due at this time has been found
  std::optional<stored_time> next_due_{};
  bool knows_next_due_ = false;
  bool more_due_ = false;    // than the last look has found
  bool some_due_ = true;     // the store may hold items that have come due
  bool found_some_ = false;  // something was found since this sweep began
  bool changed_ = false;     // the store has changed since this sweep began
  std::unordered_set<std::int64_t> held_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
