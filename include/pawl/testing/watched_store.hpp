// A view of a store that reports every commit to a history checker and makes it a crash point.
#ifndef PAWL_TESTING_WATCHED_STORE_HPP
#define PAWL_TESTING_WATCHED_STORE_HPP

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>
#include <pawl/testing/crash_point.hpp>
#include <pawl/testing/history_checker.hpp>
#include <pawl/testing/mortality.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

namespace detail {

// What is known about a lifecycle's items, across all processes.
class store_judge {
 public:
  virtual std::vector<std::string> violations() const = 0;
  virtual ~store_judge() = default;

 protected:
  store_judge() = default;
  store_judge(store_judge const&) = default;
  store_judge& operator=(store_judge const&) = default;
};

// The children that watched transitions have inserted (pawl::insert), by their lifecycle; true once that is committed.
using child_register = std::map<lifecycle_view const*, std::map<std::string, bool>>;

template <a_lifecycle L> class item_judge final : public store_judge {
 public:
  explicit item_judge(child_register& children) : children_(children) {}

  std::vector<std::string> violations() const override {
    auto all_found = history_.violations();
    all_found.insert(all_found.end(), parked_.begin(), parked_.end());
    return all_found;
  }

  // ---- within a transaction ----

  void moving(any_item<L> from, state_of<L> to) {
    history_.attempted(from, to);
    moves_.push_back({std::move(from), to, false});
  }
  void moved(bool did) { moves_.back().moved = did; }
  void inserting(std::string_view key) {
    history_.inserting(inserts_.emplace_back(key));
    known_.insert(inserts_.back());
  }
  void inserting(std::span<sql_statement const> statements) {
    for (auto const& one : statements) {
      if (one.children() == nullptr) continue;
      for (auto const& key : one.children()->keys()) {
        lifecycle_view const* const of = one.children()->into().lifecycle;
        children_[of].emplace(key, false);
        inserted_children_.emplace_back(of, key);
      }
    }
  }

  // ---- at its end ----

  void committed() {
    for (auto const& m : moves_) m.moved ? history_.acknowledged(m.from, m.to) : history_.refused(m.from, m.to);
    for (auto const& key : inserts_) history_.inserted(key);
    for (auto const& [of, key] : inserted_children_) children_[of][key] = true;
    forget();
  }
  void taken_back() {
    for (auto const& m : moves_) history_.refused(m.from, m.to);
    forget();
  }
  void left_unknown() {
    for (auto const& m : moves_) history_.unknown(m.from, m.to);
    forget();
  }
  // " ('ada': written to sent, and 3 more)"
  std::string describe_transaction() const {
    std::string text;
    for (auto const& key : inserts_) text += (text.empty() ? " (" : ", ") + ("'" + key + "' inserted");
    for (auto const& m : moves_) {
      text += (text.empty() ? " (" : ", ") + ("'" + m.from.key + "': ") + std::string(state_name_of<L>(m.from.state));
      text += " to " + std::string(state_name_of<L>(m.to));
    }
    return text.empty() ? " (troubles alone)" : text + ")";
  }

  // ---- a new process ----

  template <class Store> void recovered(Store& store, loss allowed) {
    forget();
    history_.crashed();
    auto const rows = rows_of(store);
    take_children();
    if (!std::exchange(opened_, true) || !inserting_store<Store>)
      for (auto const& row : rows) adopt(row);
    history_.recovered(rows, allowed);
  }
  template <class Store> void finished(Store& store, bool may_park) {
    forget();
    take_children();
    std::set<std::string> keys;
    for (auto const& [it, record] : store.parked(all)) {
      keys.insert(it.key);
      if (!may_park)
        parked_.push_back("'" + it.key + "' was parked in " + std::string(state_name_of<L>(it.state)) + ": " +
                          record.last_error);
    }
    history_.finished(rows_of(store), keys);
  }

  // True if this process has already been given the store.
  bool is_given_again(std::size_t life) { return std::exchange(life_, life) == life; }

 private:
  struct move {
    any_item<L> from;
    state_of<L> to;
    bool moved;
  };
  static constexpr std::size_t all = (std::numeric_limits<std::int32_t>::max)();

  template <class Store> static std::vector<any_item<L>> rows_of(Store& store) {
    auto rows = store.due((stored_time::max)(), delayed_by::anybody, all);
    for (auto const state : states<L>)
      for (auto& it : store.runnable(state, {}, all)) rows.push_back(std::move(it));
    for (auto& it : store.parked(all)) rows.push_back(std::move(it.item));
    return rows;
  }
  // A row that existed before or was inserted by its owner; accepted in whatever state it is.
  void adopt(any_item<L> const& row) {
    if (!known_.insert(row.key).second) return;
    history_.inserting(row.key);
    for (std::int64_t version = 0; version < row.version; ++version) {
      any_item<L> const before(row.key, version, initial_state<L>);
      history_.attempted(before, row.state);
      history_.unknown(before, row.state);
    }
  }
  // Those that others' transitions have inserted into this store.
  void take_children() {
    for (auto& [key, is_committed] : children_[&view_of<L>]) {
      history_.inserting(key);
      known_.insert(key);
      if (std::exchange(is_committed, false)) history_.inserted(key);
    }
  }
  void forget() {
    moves_.clear();
    inserts_.clear();
    inserted_children_.clear();
  }

  history_checker<L> history_{};
  std::vector<std::string> parked_{};
  std::vector<move> moves_{};
  std::vector<std::string> inserts_{};
  std::vector<std::pair<lifecycle_view const*, std::string>> inserted_children_{};
  child_register& children_;
  std::set<std::string> known_{};
  bool opened_ = false;
  std::size_t life_ = 0;
};

}  // namespace detail

// A view of a store for a process that for_each_crash_point kills, created by process::watch(). It is a store like the
// one behind it, and keeps the same promises. All writes must go through it; a call outside a transaction is a
// transaction of its own. After the death of the process every call but rollback(), poisoned() and changes() throws
// process_died.
template <class Store> class watched_store {
  static_assert(run_port<Store>, "pawl: watch() takes a store that a run can work on, such as memory_store");
  using L = typename Store::lifecycle;

 public:
  using lifecycle = L;
  static constexpr bool inserts = inserting_store<Store>;
  static constexpr bool takes_statements = declares_statements<Store>;
  static constexpr bool keeps_children = pawl::keeps_children<Store>;

  watched_store(Store& store, detail::mortality& mortal, detail::item_judge<L>& judge)
      : store_(store), mortal_(mortal), judge_(judge) {}
  watched_store(watched_store const&) = delete;
  watched_store& operator=(watched_store const&) = delete;

  [[nodiscard("false: another process holds the lock, and nothing was begun")]] bool try_begin() {
    return open_ = alive().try_begin();
  }
  void begin_batch() noexcept requires requires(Store& store) { store.begin_batch(); }
  { store_.begin_batch(); }
  void commit() {
    auto const dies = mortal_.reach(crash_site::commit);
    if (dies) mortal_.set_place(judge_.describe_transaction());
    if (dies == crash_moment::before) {
      store_.rollback();
      open_ = false;
      mortal_.die();
    }
    try {
      store_.commit();
    } catch (store_error const& e) {
      if (e.what_failed() == store_failure::unknown) judge_.left_unknown();
      throw;
    }
    open_ = false;
    if (dies == crash_moment::unanswered) mortal_.die();
    judge_.committed();
    if (dies) mortal_.doom();
  }
  void rollback() noexcept {
    store_.rollback();
    if (std::exchange(open_, false) && !mortal_.dead()) judge_.taken_back();
  }
  bool poisoned() const noexcept { return mortal_.dead() || store_.poisoned(); }

  template <auto S, class Event, class... Also> auto apply(item<L, S> const& from, Event const& event, Also&&... also) {
    if constexpr (pawl::detail::check_accepted<L, S, Event>())
      return transact([&](Store& store) {
        judge_.moving(from, next_state<L, S, Event>);
        (judge_also(also), ...);
        auto answer = store.apply(from, event, std::forward<Also>(also)...);
        judge_.moved(static_cast<bool>(answer));
        return answer;
      });
    else
      return applied<item<L, S>>(conflict<L>());
  }
  template <auto S, class Event> auto apply(item<L, S> const& from, with<Event> const& given) {
    if constexpr (pawl::detail::check_statement_store<Store>())
      return apply(from, given.event, std::span<sql_statement const>(given.statements));
    else
      return applied<item<L, S>>(conflict<L>());
  }
  template <class... Time>
    requires inserting_store<Store>
  bool insert_if_absent(std::string_view key, Time... start_at) {
    return transact([&](Store& store) {
      if (!store.get(key).gone()) return false;
      judge_.inserting(key);
      return store.insert_if_absent(key, start_at...);
    });
  }

  std::optional<stored_time> last_tick(std::string_view schedule) requires has_last_tick<Store> {
    return alive().last_tick(schedule);
  }
  std::optional<std::size_t> advance_ticks(tick_advance const& step) requires has_advance_ticks<Store> {
    return transact([&](Store& store) {
      for (auto const& key : step.keys)
        if (store.get(key).gone()) judge_.inserting(key);
      return store.advance_ticks(step);
    });
  }
  bool forget_ticks(std::string_view schedule) requires has_forget_ticks<Store> {
    return transact([&](Store& store) { return store.forget_ticks(schedule); });
  }

  stored<L> get(std::string_view key) { return alive().get(key); }
  template <class Event> std::optional<Event> recorded(any_item<L> const& of) {
    return alive().template recorded<Event>(of);
  }
  using page_mark = typename Store::page_mark;
  auto runnable(state_of<L> state, page_mark after, std::size_t limit) { return alive().runnable(state, after, limit); }
  std::size_t unrecognised() { return alive().unrecognised(); }

  bool note(any_item<L> const& of, trouble_record const& record) {
    return transact([&](Store& store) { return store.note(of, record); });
  }
  bool release(std::string_view key, std::string_view by = {}) {
    return transact([&](Store& store) {
      if constexpr (requires { store.release(key, by); })
        return store.release(key, by);
      else
        return store.release(key);
    });
  }
  std::optional<trouble_record> trouble_of(any_item<L> const& of) { return alive().trouble_of(of); }
  bool may_have_troubles() { return alive().may_have_troubles(); }
  std::vector<any_item<L>> due(stored_time now, delayed_by who, std::size_t limit) {
    return alive().due(now, who, limit);
  }
  std::optional<stored_time> next_due(stored_time after, delayed_by who) { return alive().next_due(after, who); }
  void cut_delays(stored_time latest) { alive().cut_delays(latest); }
  std::vector<troubled_item<L>> parked(std::size_t limit) { return alive().parked(limit); }
  trouble_counts count_troubles() { return alive().count_troubles(); }
  std::array<std::size_t, state_count<L>> count_items() { return alive().count_items(); }
  auto identity() requires requires(Store& s) { s.identity(); }
  { return alive().identity(); }
  auto warning_when_keyed() requires requires(Store& s) { s.warning_when_keyed(); }
  { return alive().warning_when_keyed(); }
  auto former_key_of(any_item<L> const& of) requires requires(Store& s) { s.former_key_of(of); }
  { return alive().former_key_of(of); }
  void set_run(std::int64_t run) requires requires(Store& s) { s.set_run(run); }
  { store_.set_run(run); }
  bool keeps_history() const requires requires(Store const& s) { s.keeps_history(); }
  { return store_.keeps_history(); }
  stored_time now() const { return store_.now(); }
  change_signal& changes() noexcept { return store_.changes(); }
  bool changed_elsewhere() { return alive().changed_elsewhere(); }

  owner_handle make_owner() { return store_.make_owner(); }
  bool acquire(run_owner& owner, ownership how) { return store_.acquire(owner, how); }
  std::string name() const requires requires(Store const& s) { s.name(); }
  { return store_.name(); }

  auto children_of(any_item<L> const& of) requires requires(Store& s) { s.children_of(of); }
  { return alive().children_of(of); }
  auto gather() requires requires(Store& s) { s.gather(); }
  { return alive().gather(); }
  void sweep_leftovers() requires requires(Store& s) { s.sweep_leftovers(); }
  { alive().sweep_leftovers(); }

 private:
  template <class Also> void judge_also(Also const& also) {
    if constexpr (std::convertible_to<Also const&, std::span<sql_statement const>>) judge_.inserting(also);
  }
  Store& alive() {
    mortal_.touch();
    return store_;
  }
  // Runs in the open transaction, or in one of its own, committed if the result of `change` is true.
  template <class Change> auto transact(Change change) {
    if (open_) return change(alive());
    if (!try_begin()) throw store_error(store_failure::busy, "pawl: another process holds the lock of a watched store");
    try {
      auto answer = change(store_);
      answer ? commit() : rollback();
      return answer;
    } catch (...) {
      rollback();
      throw;
    }
  }

  Store& store_;
  detail::mortality& mortal_;
  detail::item_judge<L>& judge_;
  bool open_ = false;
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
