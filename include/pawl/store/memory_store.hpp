// An in-memory store for tests: it keeps every promise of a store except durability, and can be told to fail.
#ifndef PAWL_STORE_MEMORY_STORE_HPP
#define PAWL_STORE_MEMORY_STORE_HPP

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/latency/order.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/callback.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/memory_row.hpp>
#include <pawl/store/memory_rows.hpp>
#include <pawl/store/memory_ticks.hpp>
#include <pawl/store/memory_undo.hpp>
#include <pawl/store/memory_use.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/thread_guard.hpp>
#include <pawl/store/told_failure.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Every call returns at once. Use it from one thread at a time: a call that comes between is store_failure::misuse. It
// copies only what a transaction may have to undo.
template <a_lifecycle L> class memory_store : public detail::memory_ticks<memory_store<L>> {
  static_assert(valid<L>);
  static_assert(detail::check_all_assignable(events_of<L>{}));

 public:
  using lifecycle = L;
  using serves_rows = memory_store;  // see stored_item.hpp
  static constexpr bool inserts = true;

  memory_store() = default;
  explicit memory_store(store_options const& options) : keeps_history_(options.history) {}
  // With its own clock, such as a virtual loop's. Without one it uses the system clock.
  explicit memory_store(detail::callback<stored_time> now, store_options const& options = {})
      : now_(std::move(now)), keeps_history_(options.history) {}
  memory_store(memory_store const&) = delete;
  memory_store& operator=(memory_store const&) = delete;

  [[nodiscard("false: another process holds the lock, and nothing was begun")]] bool try_begin() {
    use const mine(*this);
    refuse_if_poisoned();
    if (open_)
      throw store_error(store_failure::misuse, "pawl: a transaction is already open; commit it or roll it back first");
    if (next_failure_.take(store_failure::busy)) return false;
    open_ = true;
    return true;
  }
  void commit() {
    use const mine(*this);
    refuse_if_poisoned();
    if (!open_)
      throw store_error(store_failure::misuse, "pawl: commit() without a transaction; call try_begin() first");
    finish();
  }
  void rollback() noexcept {
    if (!threads_.enter()) return;  // another thread is inside
    undo_.roll_back(rows_, this->ticks_);
    open_ = false;
    threads_.leave(false);
  }
  bool poisoned() const noexcept { return !poison_.empty(); }

  // Moves the item, or reports what its row holds: see transition_store.
  template <auto S, class Event> auto apply(item<L, S> const& from, Event const& event) {
    if constexpr (detail::check_accepted<L, S, Event>()) {
      using moved = item<L, next_state<L, S, Event>>;
      use const mine(*this);
      auto const result = move_if_there<S>(from.key, from.version, from.life, event);
      if (!result.moved) return applied_to<L, S, Event>(conflict<L>(holds(rows_.find(from.key))));
      return applied_to<L, S, Event>(moved(from.key, from.version + 1, result.row, result.life));
    } else {
      return applied<item<L, S>>(conflict<L>());
    }
  }
  // There is no SQL here: a program that awaits such an event is tested with an SQLite store.
  template <auto S, class Event> auto apply(item<L, S> const&, with<Event> const&) {
    static_cast<void>(mistake::store_without_statements<memory_store>());
    return applied_to<L, S, Event>(conflict<L>());
  }
  // For runs: the same without item types, and without reading the row after a conflict.
  template <auto S, class Event>
  detail::transition_result move_row(detail::stored_item const& from, Event const& event) {
    return move_if_there<S>(from.key, from.version, from.life, event);
  }

  stored<L> get(std::string_view key) {
    use const mine(*this);
    refuse_if_poisoned();
    return holds(rows_.find(key));
  }
  // A constant: keys are the same in every run of a test.
  static constexpr std::string_view identity() noexcept { return "memory"; }
  template <class Event> std::optional<Event> recorded(any_item<L> const& of) {
    return recorded_for<Event>(of.key, of.life);
  }
  template <class Event, std::same_as<detail::stored_item> Row> std::optional<Event> recorded(Row const& of) {
    return recorded_for<Event>(of.key, of.life);
  }
  using page_mark = row_mark;
  item_page<any_item<L>, page_mark> runnable(state_of<L> state, page_mark after, std::size_t limit) {
    auto page = runnable_rows(state_index<L>(state), after, limit);
    return {detail::to_any_items<L>(std::move(page.items)), page.next, page.is_last};
  }
  // For runs: the same without item types.
  item_page<detail::stored_item, page_mark> runnable_rows(std::size_t state, page_mark after, std::size_t limit) {
    use const mine(*this);
    refuse_if_poisoned();
    item_page<detail::stored_item, page_mark> page{.next = after};
    auto const wanted = [state](auto const& r) {
      return state_index<L>(*r.state) == state && !(r.trouble && r.trouble->holds_back());
    };
    page.is_last = rows_.page(page.next, limit, wanted,
                              [&page](auto const& r, std::int64_t row) { page.items.push_back(r.as_item(row)); });
    return page;
  }
  // See item_query.hpp; in the order in which their keys were first put here.
  item_page<listed_item<L>, page_mark> items(item_query<L> const& which = {}, page_mark after = {}) {
    use const mine(*this);
    refuse_if_poisoned();
    auto const filter = detail::filter_of(which);
    item_page<listed_item<L>, page_mark> page{.next = after};
    auto const wanted = [&](auto const& r) {
      return (!which.state || r.state == which.state) && filter.takes(r.key, r.trouble);
    };
    page.is_last = rows_.page(page.next, filter.limit, wanted, [&page](auto const& r, std::int64_t row) {
      page.items.push_back({detail::to_any_item<L>(r.as_item(row)), r.trouble});
    });
    return page;
  }
  std::size_t unrecognised() {
    use const mine(*this);
    refuse_if_poisoned();
    return rows_.count_unrecognised();
  }

  // Inserts an item in the initial state at version 0. False if the key exists; that item is left as it is. Throws
  // store_error (misuse) for an empty key.
  bool insert_if_absent(std::string_view key) { return insert(key, std::nullopt); }
  // The same, delayed until `start_at`.
  bool insert_if_absent(std::string_view key, stored_time start_at) {
    trouble_record later;
    later.next_at = start_at;
    return insert(key, std::move(later));
  }

  // Inserts an item for each key, as insert_if_absent does, in the order of the range, all or none; how many were new.
  template <class Keys> std::size_t insert_many(Keys&& keys) {
    static_assert(detail::range_of_text<Keys>, "pawl: insert_many() takes a range of texts, the keys");
    std::vector<std::string> all;
    for (auto&& key : keys) all.emplace_back(std::string_view(key));
    return insert_all(all);
  }

  // As SQLite's store has them, but for remove_history(): here the history goes with its item.
  std::vector<history_entry> history(std::string_view key, std::size_t most = 1000) {
    use const mine(*this);
    refuse_if_poisoned();
    std::size_t const at = rows_.find(key);
    return at == rows_.size() ? std::vector<history_entry>() : rows_[at].newest_history(most);
  }
  std::size_t remove_finished(std::chrono::nanoseconds older, std::size_t limit) {
    use const mine(*this);
    fail_if_told();
    stored_time const before = now() - (older.count() < 0 ? std::chrono::nanoseconds() : older);
    std::size_t removed = 0;
    for (std::size_t at = 0; at < rows_.size() && removed < limit; ++at) {
      if (!rows_[at].finished_before(before)) continue;
      remember(at);
      rows_[at].alive = false;
      ++removed;
    }
    if (removed > 0 && !open_) finish();
    return removed;
  }

  // ---- troubles: see run_port; the overloads for stored_item are for runs ----

  bool note(any_item<L> const& of, trouble_record const& record) { return note_of(detail::item_view::of(of), record); }
  template <std::same_as<detail::stored_item> Row> bool note(Row const& of, trouble_record const& record) {
    return note_of(detail::item_view::of(of), record);
  }
  std::optional<trouble_record> trouble_of(any_item<L> const& of) { return trouble_of(of.key, of.version, of.life); }
  template <std::same_as<detail::stored_item> Row> std::optional<trouble_record> trouble_of(Row const& of) {
    return trouble_of(of.key, of.version, of.life);
  }
  bool is_at(detail::stored_item const& it) {
    use const mine(*this);
    refuse_if_poisoned();
    std::size_t const at = rows_.find(it.key);
    if (at == rows_.size() || !rows_[at].state) return false;
    return detail::is_still(it, rows_[at].version, state_index<L>(*rows_[at].state), rows_[at].life);
  }
  memory_store& rows() noexcept { return *this; }
  bool may_have_troubles() const noexcept { return true; }
  std::vector<any_item<L>> due(stored_time now, delayed_by who, std::size_t limit) {
    return detail::to_any_items<L>(due_rows(now, who, limit));
  }
  std::vector<detail::stored_item> due_rows(stored_time now, delayed_by who, std::size_t limit) {
    use const mine(*this);
    refuse_if_poisoned();
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at < rows_.size(); ++at)
      if (rows_[at].due_at(now, who)) found.push_back(at);
    detail::sort(found.data(), found.size(), [this](std::size_t a, std::size_t b) {
      auto const first = *rows_[a].trouble->next_at, second = *rows_[b].trouble->next_at;
      return first != second ? first < second : a < b;
    });
    if (found.size() > limit) found.resize(limit);
    std::vector<detail::stored_item> items;
    for (std::size_t at : found) items.push_back(rows_[at].as_item(row_number(at)));
    return items;
  }
  std::optional<stored_time> next_due(stored_time after, delayed_by who) {
    use const mine(*this);
    refuse_if_poisoned();
    std::optional<stored_time> first;
    for (auto const& r : rows_) {
      if (!r.delayed_beyond(after, who)) continue;
      if (!first || *r.trouble->next_at < *first) first = r.trouble->next_at;
    }
    return first;
  }
  void cut_delays(stored_time latest) {
    use const mine(*this);
    refuse_if_poisoned();
    for (auto& r : rows_)
      if (r.delayed_beyond(latest, delayed_by::runs)) r.trouble->next_at = latest;
  }
  std::vector<troubled_item<L>> parked(std::size_t limit) {
    use const mine(*this);
    refuse_if_poisoned();
    std::vector<troubled_item<L>> found;
    for (std::size_t at = 0; at < rows_.size() && found.size() < limit; ++at) {
      auto const& r = rows_[at];
      if (r.alive && r.state && r.trouble && r.trouble->parked)
        found.push_back({detail::to_any_item<L>(r.as_item(row_number(at))), *r.trouble});
    }
    return found;
  }
  bool release(std::string_view key, std::string_view by = {}) {
    use const mine(*this);
    fail_if_told();
    std::size_t const at = rows_.find(key);
    if (at == rows_.size() || !rows_[at].trouble) return false;
    remember(at);
    if (keeps_history_) rows_[at].add_by_hand(detail::hand::released, now(), by);
    rows_[at].trouble.reset();
    if (!open_) finish();
    return true;
  }
  // As SQLite's store has them.
  bool pause(state_of<L> state, std::string_view = {}) { return set_paused(paused_ | bit_of(state)); }
  bool resume(state_of<L> state, std::string_view = {}) { return set_paused(paused_ & ~bit_of(state)); }
  std::uint64_t paused_states() const noexcept { return paused_; }
  trouble_counts count_troubles() {
    use const mine(*this);
    refuse_if_poisoned();
    return rows_.count_troubles();
  }
  void set_run(std::int64_t run) noexcept { run_ = run; }
  bool keeps_history() const noexcept { return keeps_history_; }
  std::array<std::size_t, state_count<L>> count_items() {
    use const mine(*this);
    refuse_if_poisoned();
    return rows_.count_by_state();
  }
  stored_time now() const { return now_ ? now_() : stored_time(std::chrono::system_clock::now()); }
  change_signal& changes() noexcept { return changes_; }
  owner_handle make_owner() { return owners_.make(); }
  bool acquire(run_owner& owner, ownership how) { return owner.try_acquire(how); }
  // True if put() or erase() was called since the last call.
  bool changed_elsewhere() noexcept { return std::exchange(written_by_tests_, false); }

  // ---- for tests ----

  // Creates or replaces a row, with any text as its state, as if another program had written it.
  void put(std::string_view key, std::string_view state, std::int64_t version = 0) {
    use const mine(*this);
    if (open_) remember(rows_.place(key));
    rows_.write(key, state, version, now());
    written_by_tests_ = true;
  }
  // Removes a row, as if another program had deleted it.
  void erase(std::string_view key) {
    use const mine(*this);
    std::size_t const at = rows_.find(key);
    if (at == rows_.size()) return;
    if (open_) remember(at);
    rows_[at].alive = false;
    written_by_tests_ = true;
  }
  std::size_t size() const noexcept { return rows_.count(); }

  // Makes the next call that can fail in this way fail, once.
  //   busy         try_begin() returns false, or an apply() outside a transaction throws
  //   rejected     apply() throws; the transaction stays open
  //   not_applied  apply() throws, and the store is poisoned
  //   unknown      commit(), or an apply() outside a transaction, throws, and the store is poisoned; `fate` decides
  //                whether the transaction was applied
  void fail_next(store_failure failure, commit_fate fate = commit_fate::applied) { next_failure_.tell(failure, fate); }
  // From now on, keeps the latest transactions, up to this number, for lose_latest().
  void keep_undo(std::size_t transactions) { undo_.keep(transactions); }
  // Undoes the latest transactions, up to this number and as far as they were kept: what a power cut does to a database
  // whose commits survive only a crash of the process. What put() and erase() wrote stays.
  void lose_latest(std::size_t transactions) {
    rollback();
    for (; transactions > 0 && undo_.reopen(); --transactions) rollback();
  }
  // Makes a poisoned store usable again, as a new process would. Rolls back an open transaction.
  void reopen() noexcept {
    rollback();
    poison_.clear();
    next_failure_ = {};
  }

 private:
  friend detail::memory_ticks<memory_store>;
  friend detail::memory_use<memory_store>;
  using use = detail::memory_use<memory_store>;

  static constexpr std::int64_t row_number(std::size_t at) noexcept { return static_cast<std::int64_t>(at) + 1; }

  static std::uint64_t bit_of(state_of<L> state) noexcept { return std::uint64_t{1} << state_index<L>(state); }
  bool set_paused(std::uint64_t states) noexcept { return std::exchange(paused_, states) != states; }
  stored<L> holds(std::size_t at) const {
    if (at == rows_.size()) return {};
    auto const& r = rows_[at];
    if (!r.state) return stored<L>::unknown(r.unknown_state);
    return detail::to_any_item<L>(r.as_item(row_number(at)));
  }
  template <class Event> std::optional<Event> recorded_for(std::string_view key, std::int64_t life) {
    std::optional<Event> last;
    if constexpr (detail::check_recorded<L, Event>()) {
      use const mine(*this);
      refuse_if_poisoned();
      std::size_t const at = rows_.find(key);
      if (at < rows_.size() && rows_[at].lives(life)) last = std::get<event_index<L, Event>>(rows_[at].recorded);
    }
    return last;
  }
  std::optional<trouble_record> trouble_of(std::string_view key, std::int64_t version, std::int64_t life) {
    use const mine(*this);
    refuse_if_poisoned();
    std::size_t const at = rows_.find(key);
    bool const is_there = at < rows_.size() && rows_[at].version == version && rows_[at].lives(life);
    return is_there ? rows_[at].trouble : std::nullopt;
  }
  bool note_of(detail::item_view of, trouble_record const& record) {
    use const mine(*this);
    fail_if_told();
    std::size_t const at = rows_.find(of.key);
    bool const is_there = at < rows_.size() && rows_[at].state && state_index<L>(*rows_[at].state) == of.state;
    if (!is_there || rows_[at].version != of.version || !rows_[at].lives(of.life)) return false;
    auto const& before = rows_[at].trouble;
    if (before && record.yields_to(*before)) return false;
    remember(at);
    rows_[at].trouble = record.empty() ? std::nullopt : std::optional(record);
    if (!open_) finish();
    return true;
  }
  template <auto S, class Event>
  detail::transition_result move_if_there(std::string const& key, std::int64_t version, std::int64_t life,
                                          Event const& event) {
    use const mine(*this);
    fail_if_told();
    if (detail::holds_nan(event))
      throw store_error(store_failure::rejected,
                        "pawl: a NaN cannot be stored (" + std::string(event_name<Event>()) + " of '" + key + "')");
    std::size_t const at = rows_.find(key);
    if (at == rows_.size() || rows_[at].state != S /*mutant memory_store_state: && !OFF*/ ||
        rows_[at].version != version /*mutant memory_store_version: && !OFF*/ || !rows_[at].lives(life))
      return {};
    remember(at);
    stored_time const time = now();
    if (keeps_history_) rows_[at].template add_history<Event>(next_state<L, S, Event>, time, run_);
    rows_[at].move(next_state<L, S, Event>, event, time);
    if (!open_) finish();
    return {true, row_number(at), rows_[at].life};
  }
  bool insert(std::string_view key, std::optional<trouble_record> trouble) {
    use const mine(*this);
    if (key.empty()) throw store_error(store_failure::misuse, "pawl: insert_if_absent() needs a key that is not empty");
    fail_if_told();
    bool const is_new = place_new(key, std::move(trouble));
    if (is_new && !open_) finish();
    return is_new;
  }
  std::size_t insert_all(std::vector<std::string> const& keys) {
    use const mine(*this);
    for (auto const& key : keys)
      if (key.empty()) throw store_error(store_failure::misuse, "pawl: insert_many() needs keys that are not empty");
    fail_if_told();
    std::size_t inserted = 0;
    for (auto const& key : keys) inserted += static_cast<std::size_t>(place_new(key, std::nullopt));
    if (inserted > 0 && !open_) finish();
    return inserted;
  }
  bool place_new(std::string_view key, std::optional<trouble_record> trouble) {
    if (rows_.find(key) < rows_.size()) return false;
    std::size_t const at = rows_.place(key);
    remember(at);
    rows_.write(key, state_name_of<L>(initial_state<L>), 0, now());
    rows_[at].trouble = std::move(trouble);
    return true;
  }
  // Saves the row for undo: by the open transaction, or by the current call, which then ends with finish().
  void remember(std::size_t at) {
    if (may_undo()) undo_.remember(rows_, at);
  }
  void remember_tick(std::string_view schedule) {
    if (may_undo()) undo_.remember(this->ticks_, schedule);
  }
  bool may_undo() const noexcept {
    return /*mutant memory_store_undo: OFF ? false :*/ open_ || next_failure_.is_told() || undo_.keeps_some();
  }

  void finish() {
    if (next_failure_.take(store_failure::unknown)) {
      if (next_failure_.fate() == commit_fate::lost) rollback();
      close();
      poison_ = "pawl: the memory_store was told to fail at COMMIT";
      throw store_error(store_failure::unknown, poison_);
    }
    close();
    changes_.raise();
  }
  void close() {
    undo_.commit();
    open_ = false;
  }
  void fail_if_told() {
    refuse_if_poisoned();
    if (!open_ && next_failure_.take(store_failure::busy))
      throw store_error(store_failure::busy, "pawl: the memory_store was told to be busy");
    if (next_failure_.take(store_failure::rejected))
      throw store_error(store_failure::rejected, "pawl: the memory_store was told to reject this call");
    if (next_failure_.take(store_failure::not_applied)) {
      poison_ = "pawl: the memory_store was told to fail";
      refuse_if_poisoned();
    }
  }
  void refuse_if_poisoned() const {
    if (!poison_.empty())
      throw store_error(store_failure::not_applied, poison_ + "; nothing more is applied until reopen()");
  }

  detail::memory_rows<L> rows_{};
  detail::memory_undo<L> undo_{};
  bool open_ = false;
  detail::told_failure next_failure_{};
  std::string poison_{};
  detail::callback<stored_time> now_{};
  bool keeps_history_ = false;
  std::int64_t run_ = 0;
  std::uint64_t paused_ = 0;
  detail::thread_guard threads_{};
  private_owners owners_{};
  change_signal changes_{};
  bool written_by_tests_ = false;
};

}  // namespace pawl::inline PAWL_ABI

#endif
