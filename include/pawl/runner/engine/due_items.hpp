// The delayed items of one kind: which of them have come due, and when the next one does.
#ifndef PAWL_RUNNER_ENGINE_DUE_ITEMS_HPP
#define PAWL_RUNNER_ENGINE_DUE_ITEMS_HPP

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/row_map.hpp>
#include <pawl/runner/engine/state_gauge.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The present time of a run, on the clock of each kind of delay.
struct run_times {
  stored_time retries{};  // the loop's clock, set to the store's when the run began
  stored_time starts{};   // the store's clock as it is now
};

// A run has one for its retries and one for start times, since they are measured on different clocks. Memory: one page.
class due_items {
 public:
  explicit due_items(delayed_by who) : who_(who) {}
  due_items(due_items const&) = delete;
  due_items& operator=(due_items const&) = delete;

  // True if an item may have come due; otherwise take() finds none.
  bool may_have_due() const { return some_due_ || more_due_ || next_due_ || !due_.empty(); }
  bool is_waiting() const { return due_question_.is_pending() || next_question_.is_pending(); }
  // A page of due items has been asked for and not arrived.
  bool is_reading() const { return due_question_.is_pending(); }

  // The row is no longer held: a page that is being read is out of date about it, and later ones are not.
  void hear_of_release(std::int64_t row) {
    if (is_reading()) released_.insert(row);
  }

  // The earliest item that is due and whose state has room. `limit`: how many to read. False if there is none.
  template <class Limit, class Clean>
  bool take(stored_time now, store_link& store, state_gauge const& gauge, Limit limit, Clean remove_held,
            found_item& into) {
    if (next_due_ && *next_due_ <= now) forget();
    some_due_ = some_due_ || (due_.empty() && more_due_);
    for (bool looked = false;; looked = true) {
      for (auto& found : due_)
        if (gauge.has_room(found.item.state)) return take_out(found, into);
      // Items of a paused state must not hide those of another that are due later.
      some_due_ = some_due_ || (more_due_ && !due_.empty() && all_are_paused(gauge));
      if (looked || !some_due_ || due_question_.is_pending()) return false;
      due_limit_ = limit(due_.size());  // held items and items of full or paused states may be the earliest
      if (store.leases()) {             // they are claimed again, in their order
        for (auto const& found : due_) store.give_back(found.item.row);
        due_.clear();
      }
      due_asked_ = now;
      some_due_ = false;
      due_question_.ask([&](auto& to) { store.due(now, who_, due_limit_, to); });
      if (due_question_.is_answered()) receive_page(remove_held);
    }
  }
  // Stores the answers that have arrived. Throws what the store threw.
  template <class Clean> void receive_answers(Clean remove_held) {
    if (due_question_.is_answered()) receive_page(remove_held);
    if (next_question_.is_answered()) receive_next();
  }

  // When the next item comes due, as far as the store knows; queries the store only if that may have changed. Empty also
  // while items may be due right now. Not asked while the run `is_waiting` for anything else.
  std::optional<stored_time> next_time(store_link& store, bool is_waiting) {
    if (!knows_next_due_ && !some_due_ && !is_waiting) {
      next_question_.ask([&](auto& to) { store.next_due(due_until_, who_, to); });
      if (next_question_.is_answered()) receive_next();
    }
    return next_due_;
  }
  // An item was delayed until then. If that time passed while the record was being written, the last look may have
  // missed it.
  void hear_of_delay(stored_time until) {
    next_is_stale_ = next_question_.is_pending();
    if (until <= (due_question_.is_pending() ? due_asked_ : due_until_)) return forget();
    if (knows_next_due_ && (!next_due_ || until < *next_due_)) next_due_ = until;
  }
  // The store is asked again: delays have changed, or their clock has.
  void forget() {
    next_due_.reset();
    knows_next_due_ = false;
    next_is_stale_ = next_question_.is_pending();
    some_due_ = true;
  }

 private:
  bool all_are_paused(state_gauge const& gauge) const {
    for (auto const& found : due_)
      if (!gauge.is_paused(found.item.state)) return false;
    return true;
  }
  void receive_next() {
    auto const found = next_question_.receive();
    if (std::exchange(next_is_stale_, false)) return;
    next_due_ = found;
    knows_next_due_ = true;
  }
  template <class Clean> void receive_page(Clean remove_held) {
    due_ = due_question_.receive().items;
    due_until_ = due_asked_;
    more_due_ = due_.size() == due_limit_;
    remove_held(due_, released_);
  }
  bool take_out(found_item& place, found_item& into) {
    into = std::move(place);
    for (auto* at = &place; at != &due_.back(); ++at) *at = std::move(at[1]);  // keeps the earliest first
    due_.pop_back();
    return true;
  }

  delayed_by who_;
  question<found_page> due_question_{};
  question<std::optional<stored_time>> next_question_{};
  std::vector<found_item> due_{};
  std::size_t due_limit_ = 0;
  stored_time due_asked_{};
  stored_time due_until_{};  // everything due up to this time has been found
  std::optional<stored_time> next_due_{};
  bool knows_next_due_ = false;
  bool more_due_ = false;       // the last look was cut off at its limit
  bool some_due_ = true;        // the store may hold due items
  row_map released_{};          // while a page is being read
  bool next_is_stale_ = false;  // delays have changed since the question was asked
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
