// One promise under test: a fresh store whose calls return values, and the violations found.
#ifndef PAWL_TESTING_CONTRACT_CASE_HPP
#define PAWL_TESTING_CONTRACT_CASE_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/adapter/lifting.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/testing/contract/samples.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

using any = any_item<contract_lifecycle>;
template <state S> using in = item<contract_lifecycle, S>;

inline constexpr std::size_t no_limit = 1000;
inline stored_time at(std::int64_t nanoseconds) { return stored_time(std::chrono::nanoseconds(nanoseconds)); }

// Thrown when a check cannot continue: its sentence becomes a violation.
struct cannot_continue {
  std::string sentence;
};

template <class Fixture> using store_of = std::remove_reference_t<decltype(std::declval<Fixture&>().store)>;

template <class Store> struct page_mark_of { using type = row_mark; };
template <class Store>
  requires requires { typename Store::page_mark; }
struct page_mark_of<Store> {
  using type = typename Store::page_mark;
};

// A store whose calls return values: any other answer, such as a coroutine, goes through the fixture's wait().
template <class Fixture, class Store> class view {
 public:
  view(Fixture& fixture, Store& store) : fixture_(fixture), store_(store) {}

  bool try_begin() {
    return ask<bool>([&] { return store_.try_begin(); });
  }
  void begin() {
    if (!try_begin()) throw cannot_continue{"try_begin() returned false, although no other process holds a lock"};
  }
  void commit() {
    ask<void>([&] { return store_.commit(); });
  }
  void rollback() {
    ask<void>([&] { return store_.rollback(); });
  }
  bool poisoned() { return store_.poisoned(); }
  auto make_batch() { return store_.make_batch(); }
  template <class Batch> void write(Batch& batch) {
    ask<void>([&] { return batch.write(); });
  }
  template <auto S, class Event> applied_to<contract_lifecycle, S, Event> apply(in<S> const& from, Event const& event) {
    return ask<applied_to<contract_lifecycle, S, Event>>([&] { return store_.apply(from, event); });
  }
  template <auto S, class Event>
  applied_to<contract_lifecycle, S, Event> apply(in<S> const& from, Event const& event,
                                                 std::vector<sql_statement> const& statements) {
    return ask<applied_to<contract_lifecycle, S, Event>>(
        [&] { return store_.apply(from, event, std::span<sql_statement const>(statements)); });
  }
  // Moves an item; nothing may prevent this transition.
  template <auto S, class Event> auto move(in<S> const& from, Event const& event) {
    auto moved = apply(from, event);
    if (!moved)
      throw cannot_continue{
          "a transition of '" + from.key + "' from version " + std::to_string(from.version) +
          " was refused as a conflict, although no other writer had moved it: " + moved.why().describe()};
    return *std::move(moved);
  }
  stored<contract_lifecycle> get(std::string_view key) {
    return ask<stored<contract_lifecycle>>([&] { return store_.get(key); });
  }
  // The item with this key, in state S.
  template <state S> in<S> read(std::string_view key) {
    auto const now = get(key);
    if (auto const typed = now.item ? now.item->template as<S>() : std::nullopt) return *typed;
    throw cannot_continue{"get('" + std::string(key) + "') did not return the item in its state: " + now.describe()};
  }
  std::int64_t version(std::string_view key) {
    auto const now = get(key);
    return now.item ? now.item->version : -1;
  }
  template <class Event> std::optional<Event> recorded(any const& of) {
    return ask<std::optional<Event>>([&] { return store_.template recorded<Event>(of); });
  }
  using page_mark = typename page_mark_of<Store>::type;
  using page = item_page<any, page_mark>;
  page runnable(state of, page_mark after = {}, std::size_t limit = no_limit) {
    auto const given = known_page(of, after, limit);
    return {items_alone(given.items), given.next, given.is_last};
  }
  // A page as the store returns it: items alone, or with what the store knows about them.
  auto known_page(state of, page_mark after = {}, std::size_t limit = no_limit) {
    auto const call = [&] { return store_.runnable(of, after, limit); };
    return ask<awaited_t<decltype(call())>>(call);
  }
  std::size_t unrecognised() {
    return ask<std::size_t>([&] { return store_.unrecognised(); });
  }
  bool insert(std::string_view key) {
    return ask<bool>([&] { return store_.insert_if_absent(key); });
  }
  bool insert(std::string_view key, stored_time start_at) {
    return ask<bool>([&] { return store_.insert_if_absent(key, start_at); });
  }

  // Of a store with schedules.
  std::optional<stored_time> last_tick(std::string_view schedule) {
    return ask<std::optional<stored_time>>([&] { return store_.last_tick(schedule); });
  }
  std::optional<std::size_t> advance_ticks(tick_advance const& step) {
    return ask<std::optional<std::size_t>>([&] { return store_.advance_ticks(step); });
  }
  bool forget_ticks(std::string_view schedule) {
    return ask<bool>([&] { return store_.forget_ticks(schedule); });
  }

  bool note(any const& of, trouble_record const& record) {
    return ask<bool>([&] { return store_.note(of, record); });
  }
  // Notes a record; nothing may prevent it.
  void must_note(any const& of, trouble_record const& record) {
    if (!note(of, record))
      throw cannot_continue{"note() of '" + of.key + "' was refused, although the row is at this version"};
  }
  std::optional<trouble_record> trouble_of(any const& of) {
    return ask<std::optional<trouble_record>>([&] { return store_.trouble_of(of); });
  }
  bool may_have_troubles() {
    return ask<bool>([&] { return store_.may_have_troubles(); });
  }
  std::vector<any> due(stored_time time, delayed_by who = delayed_by::anybody, std::size_t limit = no_limit) {
    return items_alone(known_due(time, who, limit));
  }
  auto known_due(stored_time time, delayed_by who = delayed_by::anybody, std::size_t limit = no_limit) {
    auto const call = [&] { return store_.due(time, who, limit); };
    return ask<awaited_t<decltype(call())>>(call);
  }
  std::optional<stored_time> next_due(stored_time time, delayed_by by) {
    return ask<std::optional<stored_time>>([&] { return store_.next_due(time, by); });
  }
  void cut_delays(stored_time time) {
    ask<void>([&] { return store_.cut_delays(time); });
  }
  using parked_items = std::vector<troubled_item<contract_lifecycle>>;
  parked_items parked(std::size_t limit = no_limit) {
    return ask<parked_items>([&] { return store_.parked(limit); });
  }
  bool release(std::string_view key) {
    return ask<bool>([&] { return store_.release(key); });
  }
  trouble_counts count_troubles() {
    return ask<trouble_counts>([&] { return store_.count_troubles(); });
  }
  using item_counts = std::array<std::size_t, state_count<contract_lifecycle>>;
  item_counts count_items() {
    return ask<item_counts>([&] { return store_.count_items(); });
  }
  change_signal& changes() { return store_.changes(); }
  bool changed_elsewhere() {
    return ask<bool>([&] { return store_.changed_elsewhere(); });
  }
  owner_handle make_owner() { return store_.make_owner(); }
  bool acquire(run_owner& owner, ownership how) {
    return ask<bool>([&] { return store_.acquire(owner, how); });
  }
  // Of a store that leases its items.
  page claim(run_owner& by, state of, page_mark after = {}, std::size_t limit = no_limit) {
    auto const call = [&] { return store_.claim(by, of, after, limit); };
    auto const given = ask<awaited_t<decltype(call())>>(call);
    return {items_alone(given.items), given.next, given.is_last};
  }
  std::vector<any> claim_due(run_owner& by, stored_time time, delayed_by who, std::size_t limit = no_limit) {
    auto const call = [&] { return store_.claim_due(by, time, who, limit); };
    return items_alone(ask<awaited_t<decltype(call())>>(call));
  }
  bool begin_item(run_owner& by, any const& it) {
    return ask<bool>([&] { return store_.begin(by, it); });
  }
  void leave(run_owner& by) {
    ask<void>([&] { return store_.leave(by); });
  }
  // Something is to happen by itself, at its own time.
  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

 private:
  static any const& item_alone(any const& it) { return it; }
  static any const& item_alone(known_item<contract_lifecycle> const& known) { return known.item; }
  template <class Items> static std::vector<any> items_alone(Items const& given) {
    std::vector<any> items;
    items.reserve(given.size());
    for (auto const& one : given) items.push_back(item_alone(one));
    return items;
  }

  template <class Value, class Call> Value ask(Call call) {
    using answer = decltype(call());
    if constexpr (std::is_same_v<std::remove_cvref_t<answer>, Value>) {
      return call();
    } else {
      static_assert(
          requires { fixture_.wait(call()); },
          "pawl: the store does not return the value itself: the fixture needs wait(answer), which does");
      return fixture_.wait(call());
    }
  }

  Fixture& fixture_;
  Store& store_;
};

// A fresh store and its violations.
template <class Fixture> class case_of : public view<Fixture, store_of<Fixture>> {
 public:
  using store = store_of<Fixture>;

  case_of(Fixture& fixture, std::vector<std::string>& violations)
      : view<Fixture, store_of<Fixture>>(fixture, fixture.store), fixture_(fixture), violations_(violations) {}

  void expect(bool holds, std::string otherwise) {
    if (!holds) violations_.push_back(std::move(otherwise));
  }
  // The call must fail with `failure`; `what` names the call.
  template <class Call> void expect_failure(store_failure failure, std::string const& what, Call call) {
    std::string instead = "nothing";
    try {
      call();
    } catch (store_error const& e) {
      if (e.what_failed() == failure) return;
      instead = "'" + std::string(e.id()) + "'";
    }
    expect(false, what + " must throw '" + std::string(id_of_failure(failure)) + "', but threw " + instead);
  }

  static std::vector<std::string> awkward_keys() { return contract::awkward_keys<store_of<Fixture>>(); }
  Fixture& fixture() { return fixture_; }
  // The same data as seen by another process.
  auto other() {
    return view<Fixture, std::remove_reference_t<decltype(fixture_.other())>>(fixture_, fixture_.other());
  }
  // An item in the initial state at version 0.
  in<state::ready> fresh(std::string_view key) {
    add(key);
    return this->template read<state::ready>(key);
  }
  void add(std::string_view key) {
    if constexpr (requires { fixture_.add(key); })
      fixture_.add(key);
    else if (!this->insert(key))
      throw cannot_continue{"insert_if_absent('" + std::string(key) + "') found a row of this key in an empty store"};
  }
  // "a b c": the keys of items, in order.
  template <class Items> static std::string keys_of(Items const& items) {
    std::string keys;
    for (auto const& one : items) keys += (keys.empty() ? "" : " ") + one.key;
    return keys;
  }
  std::string runnable_keys(state of = state::ready) { return keys_of(this->runnable(of)); }
  std::string due_keys(std::int64_t nanoseconds, delayed_by who = delayed_by::anybody, std::size_t limit = no_limit) {
    return keys_of(this->due(at(nanoseconds), who, limit));
  }

 private:
  Fixture& fixture_;
  std::vector<std::string>& violations_;
};

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
