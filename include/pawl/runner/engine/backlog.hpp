// Finds runnable items: sweeps the store page by page, states nearest the goal first, and looks for delayed items that
// have come due.
#ifndef PAWL_RUNNER_ENGINE_BACKLOG_HPP
#define PAWL_RUNNER_ENGINE_BACKLOG_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/runner/engine/claim_size.hpp>
#include <pawl/runner/engine/due_items.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/row_map.hpp>
#include <pawl/runner/engine/state_gauge.hpp>
#include <pawl/runner/engine/store_link.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// An item is held from the moment it is taken until release(); held items are never found. Memory: one page per state
// with a step, one page of delayed items of each kind, and the held rows.
//
// While is_waiting() (a store that answers later has not answered yet), next() may find nothing although items exist;
// call it again after the answer.
class backlog {
 public:
  // Of a store that leases its items no more are taken than the run can use.
  backlog(store_link& store, lifecycle_view const& lifecycle, std::size_t page, std::size_t concurrency)
      : store_(store), page_((std::max)(page, std::size_t{1})), claim_(concurrency) {
    sweeps_.reserve(lifecycle.state_count());
    for (std::size_t state = 0; state < lifecycle.state_count(); ++state) {
      if (lifecycle.roles[state] != role::step) continue;
      sweeps_.push_back({.state = state});  // its place: behind those that are no farther from the goal
      for (std::size_t at = sweeps_.size() - 1; at > 0; --at) {
        if (lifecycle.steps_to_goal[sweeps_[at - 1].state] <= lifecycle.steps_to_goal[sweeps_[at].state]) break;
        std::swap(sweeps_[at - 1].state, sweeps_[at].state);
      }
    }
  }

  backlog(backlog const&) = delete;
  backlog& operator=(backlog const&) = delete;

  void set_concurrency(std::size_t concurrency) { claim_.set_concurrency(concurrency); }

  // The next item whose state has room: one that is due, one of this sweep, or, if the store has changed since this
  // sweep began, one of another sweep. False if there is none. Throws what the store throws.
  bool next(run_times const& now, state_gauge const& gauge, found_item& into) {
    if (retries_.may_have_due() && take_due(retries_, now.retries, gauge, into)) return true;
    if (starts_.may_have_due() && take_due(starts_, now.starts, gauge, into)) return true;
    if (next_of_sweep(gauge, into)) return true;
    return !is_waiting() && changed_ && sweep_again() && next_of_sweep(gauge, into);
  }
  // Takes over the answers that have arrived. Call it as soon as one arrives and before rows are released: a page must not
  // offer a row that was released after the page was read. Throws what the store threw.
  void receive_answers() {
    if (page_question_.is_answered()) receive_page();
    for (auto* of : {&retries_, &starts_})
      of->receive_answers([this](auto& page, auto& released) { remove_held(page, released); });
  }
  bool is_waiting() const { return retries_.is_waiting() || starts_.is_waiting() || page_question_.is_pending(); }

  // The row may be taken again by the next sweep.
  void release(std::int64_t row) {
    store_.give_back(row);
    held_.erase(row);
    if (page_question_.is_pending()) released_.insert(row);
    retries_.hear_of_release(row);
    starts_.hear_of_release(row);
  }
  // The row is left to other runs, and not seen again in this one.
  void pass_on(std::int64_t row) {
    passed_on_.insert(row);
    store_.pass_on(row);
  }
  // The same as release() for an item that returns to its state, possibly behind the position of the sweep.
  void put_back(stored_item const& it) {
    release(it.row);
    for (auto& s : sweeps_)
      if (s.state == it.state) s.again = true;
    forget_due();  // it may have been delayed
  }
  // Another run is at work on the row, as its record says: not found again until the store has changed.
  void leave_to_other_run(std::int64_t row) { others_.push_back(row); }
  // The same as release() for a row moved by another writer: it may be runnable in its new state.
  void release_moved(std::int64_t row) {
    release(row);
    changed_ = true;
  }

  // The store has changed: rows already passed by a sweep may be runnable, and items may be delayed.
  void hear_of_change() {
    changed_ = true;
    for (std::int64_t const row : others_) release(row);
    others_.clear();
    forget_due();
  }
  // An item came from elsewhere: its step may make other rows runnable, so another sweep follows.
  void hear_of_find() { found_some_ = true; }
  // Starts another sweep, unless the last one found nothing.
  bool sweep_again() {
    if (!found_some_ && !changed_) return false;
    found_some_ = changed_ = false;
    for (auto& s : sweeps_) {
      if (store_.leases()) give_back(s.page, s.at);
      s.restart();
    }
    ++sweep_count_;
    return true;
  }
  // So many have been started after the first.
  std::size_t sweep_count() const { return sweep_count_; }

  // ---- delayed items ----

  // True if an item may have come due; otherwise next() ignores the time.
  bool may_have_due() const { return retries_.may_have_due() || starts_.may_have_due(); }
  // When the next item of each kind comes due: see due_items::next_time().
  std::optional<stored_time> next_retry() { return retries_.next_time(store_, is_waiting()); }
  std::optional<stored_time> next_start() { return starts_.next_time(store_, is_waiting()); }
  // This run has delayed an item until then.
  void hear_of_delay(stored_time until) { retries_.hear_of_delay(until); }
  // Delays have changed, or an item was found before its time: the store is asked again.
  void forget_due() {
    retries_.forget();
    starts_.forget();
  }

 private:
  struct sweep {
    std::size_t state;
    std::vector<found_item> page{};
    std::size_t at = 0;
    bool begun = false;
    bool finished = false;
    bool again = false;  // an item was put back since it began

    void restart() { *this = {.state = state}; }
  };

  std::size_t next_claim() { return (std::min)(page_, claim_.next(held_.size(), std::chrono::steady_clock::now())); }

  bool take_due(due_items& of, stored_time now, state_gauge const& gauge, found_item& into) {
    auto const limit = [this](std::size_t kept) {
      return (store_.leases() ? next_claim() : page_ + held_.size()) + 2 * kept;
    };
    if (!of.take(
            now, store_, gauge, limit, [this](auto& page, auto& released) { remove_held(page, released); }, into))
      return false;
    held_.insert(into.item.row);
    found_some_ = true;
    return true;
  }

  // ---- sweeps ----

  bool next_of_sweep(state_gauge const& gauge, found_item& into) {
    for (auto& s : sweeps_) {
      if (!gauge.has_room(s.state)) continue;
      if (next_of(s, into)) return true;
      if (page_question_.is_pending()) break;  // states nearer the goal come first
    }
    return false;
  }
  bool next_of(sweep& s, found_item& into) {
    for (;;) {
      for (; s.at < s.page.size(); ++s.at) {
        if (!held_.insert(s.page[s.at].item.row) /*mutant in_hand_once: && !OFF*/) continue;
        found_some_ = true;  // its step may make other rows runnable
        into = std::move(s.page[s.at++]);
        return true;
      }
      if (s.finished && s.again) s.restart();
      if (s.finished || page_question_.is_pending()) return false;
      page_of_ = &s;
      page_question_.ask([&](auto& to) { store_.page(s.state, !s.begun, store_.leases() ? next_claim() : page_, to); });
      s.begun = true;
      if (!page_question_.is_answered()) return false;
      receive_page();
    }
  }
  // Leaves out rows that are held when the page arrives or were released after it was asked for: the page is out of
  // date about them.
  void receive_page() {
    auto page = page_question_.receive();
    auto& s = *page_of_;
    if (store_.leases()) claim_.hear(page.items.size(), std::chrono::steady_clock::now());
    if (!s.begun) {  // the sweep was restarted in the meantime
      give_back(page.items, 0);
      return released_.clear();
    }
    s.at = 0;
    s.page = std::move(page.items);
    s.finished = page.is_last;
    /*mutant held_pages: if (!OFF)*/ remove_held(s.page, released_);
  }
  // Those from this place on are not worked on.
  void give_back(std::vector<found_item> const& page, std::size_t from) {
    for (; from < page.size(); ++from)
      if (!held_.contains(page[from].item.row)) store_.give_back(page[from].item.row);
  }
  void remove_held(std::vector<found_item>& page, row_map& released) {
    std::size_t kept = 0;
    for (auto& found : page) {
      if (held_.contains(found.item.row)) {
        if (passed_on_.contains(found.item.row)) store_.pass_on(found.item.row);  // it was claimed anew
        continue;
      }
      if (released.contains(found.item.row)) {
        store_.give_back(found.item.row);
        continue;
      }
      if (&page[kept] != &found) page[kept] = std::move(found);
      ++kept;
    }
    while (page.size() > kept) page.pop_back();
    released.clear();
  }

  store_link& store_;
  std::size_t page_;
  claim_size claim_;
  std::vector<sweep> sweeps_{};  // states nearest the goal first
  sweep* page_of_ = nullptr;     // the sweep that asked for the page
  question<found_page> page_question_{};
  due_items retries_{delayed_by::runs};
  due_items starts_{delayed_by::program};
  bool found_some_ = false;  // something was found since this sweep began
  bool changed_ = false;     // the store has changed since this sweep began
  std::size_t sweep_count_ = 0;
  row_map held_{}, passed_on_{};
  std::vector<std::int64_t> others_{};  // held rows that another run is at work on
  row_map released_{};                  // while a sweep's page is being read
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
