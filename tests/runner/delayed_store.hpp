// Wraps a store and delivers every answer one turn of the loop later: what a store on another machine looks like to a
// queue and to a run.
#ifndef PAWL_TESTS_RUNNER_DELAYED_STORE_HPP
#define PAWL_TESTS_RUNNER_DELAYED_STORE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/store/trouble_record.hpp>

template <class Store> class delayed_store {
  using L = typename Store::lifecycle;

 public:
  using lifecycle = L;
  using page_mark = typename Store::page_mark;
  static constexpr bool inserts = true;
  static constexpr bool takes_statements = pawl::declares_statements<Store>;

  delayed_store(pawl::event_loop& loop, Store& store) : loop_(loop), store_(store) {}

  pawl::task<bool> try_begin() {
    co_await loop_.sleep({});
    try {
      co_return store_.try_begin();
    } catch (pawl::store_error const& e) {
      if (e.what_failed() != pawl::store_failure::misuse) throw;
      co_return false;  // another queue of this process has a transaction open
    }
  }
  pawl::task<void> commit() { return later(&Store::commit); }
  pawl::task<void> rollback() { return later(&Store::rollback); }
  bool poisoned() const { return store_.poisoned(); }
  void verify() {
    if constexpr (requires { store_.verify(); }) store_.verify();
  }

  template <auto S, class E>
  pawl::task<pawl::applied_to<L, S, E>> apply(pawl::item<L, S> it, E event) requires pawl::accepts<L, S, E> {
    co_await loop_.sleep({});
    co_return store_.apply(it, event);
  }
  template <auto S, class E>
  pawl::task<pawl::applied_to<L, S, E>> apply(pawl::item<L, S> const& it, E const& event,
                                              std::span<pawl::sql_statement const> statements) {
    co_await loop_.sleep({});
    co_return store_.apply(it, event, statements);
  }
  pawl::task<bool> insert_if_absent(std::string_view key) { return insert_later(std::string(key), std::nullopt); }
  pawl::task<bool> insert_if_absent(std::string_view key, pawl::stored_time start_at) {
    return insert_later(std::string(key), start_at);
  }
  pawl::task<pawl::stored<L>> get(std::string_view key) { return get_later(std::string(key)); }
  template <class E> pawl::task<std::optional<E>> recorded(pawl::any_item<L> it) {
    co_await loop_.sleep({});
    co_return store_.template recorded<E>(it);
  }

  // Pages tell the troubles of their items, and what is recorded of every second one.
  pawl::task<pawl::item_page<pawl::known_item<L>, page_mark>> runnable(pawl::state_of<L> state, page_mark after,
                                                                       std::size_t limit) {
    co_await loop_.sleep({});
    auto page = store_.runnable(state, after, limit);
    pawl::item_page<pawl::known_item<L>, page_mark> known;
    known.next = page.next;
    known.is_last = page.is_last;
    known.items = all_known(std::move(page.items));
    co_return known;
  }
  pawl::task<std::vector<pawl::known_item<L>>> due(pawl::stored_time time, pawl::delayed_by who, std::size_t limit) {
    co_await loop_.sleep({});
    co_return all_known(store_.due(time, who, limit));
  }
  pawl::task<std::optional<pawl::stored_time>> next_due(pawl::stored_time after, pawl::delayed_by who) {
    return later(&Store::next_due, after, who);
  }
  pawl::task<void> cut_delays(pawl::stored_time latest) { return later(&Store::cut_delays, latest); }
  pawl::task<bool> note(pawl::any_item<L> it, pawl::trouble_record record) {
    co_await loop_.sleep({});
    co_return store_.note(it, record);
  }
  pawl::task<std::optional<pawl::trouble_record>> trouble_of(pawl::any_item<L> it) {
    co_await loop_.sleep({});
    co_return store_.trouble_of(it);
  }
  bool may_have_troubles() { return store_.may_have_troubles(); }
  pawl::task<std::vector<pawl::troubled_item<L>>> parked(std::size_t limit) { return later(&Store::parked, limit); }
  pawl::task<bool> release(std::string_view key) { return release_later(std::string(key)); }
  pawl::task<pawl::trouble_counts> count_troubles() { return later(&Store::count_troubles); }
  pawl::task<std::array<std::size_t, pawl::state_count<L>>> count_items() { return later(&Store::count_items); }
  pawl::task<std::size_t> unrecognised() { return later(&Store::unrecognised); }
  pawl::task<std::string> identity() {
    co_await loop_.sleep({});
    co_return std::string(store_.identity());
  }
  void set_run(std::int64_t run) requires requires(Store& s) { s.set_run(run); }
  { store_.set_run(run); }
  bool keeps_history() const requires requires(Store const& s) { s.keeps_history(); }
  { return store_.keeps_history(); }
  pawl::stored_time now() { return store_.now(); }
  pawl::change_signal& changes() { return store_.changes(); }
  pawl::task<bool> changed_elsewhere() { return later(&Store::changed_elsewhere); }
  pawl::task<std::uint64_t> paused_states() requires pawl::has_pauses<Store> {
    co_await loop_.sleep({});
    co_return store_.paused_states();
  }
  pawl::owner_handle make_owner() { return store_.make_owner(); }
  pawl::task<bool> acquire(pawl::run_owner& owner, pawl::ownership how) {
    co_await loop_.sleep({});
    co_return store_.acquire(owner, how);
  }
  std::string warning_when_shared() {
    if constexpr (requires { store_.warning_when_shared(); })
      return store_.warning_when_shared();
    else
      return {};
  }
  std::string warning_when_keyed() {
    if constexpr (requires { store_.warning_when_keyed(); })
      return store_.warning_when_keyed();
    else
      return {};
  }
  std::string name() const {
    if constexpr (requires { store_.name(); })
      return std::string(store_.name());
    else
      return "the store";
  }

 private:
  pawl::task<bool> insert_later(std::string key, std::optional<pawl::stored_time> start_at) {
    co_await loop_.sleep({});
    co_return start_at ? store_.insert_if_absent(key, *start_at) : store_.insert_if_absent(key);
  }
  pawl::task<pawl::stored<L>> get_later(std::string key) {
    co_await loop_.sleep({});
    co_return store_.get(key);
  }
  pawl::task<bool> release_later(std::string key) {
    co_await loop_.sleep({});
    co_return store_.release(key);
  }
  template <class Member, class... Arguments>
  pawl::task<std::invoke_result_t<Member, Store&, Arguments...>> later(Member member, Arguments... arguments) {
    co_await loop_.sleep({});
    co_return (store_.*member)(arguments...);
  }
  std::vector<pawl::known_item<L>> all_known(std::vector<pawl::any_item<L>> items) {
    std::vector<pawl::known_item<L>> all;
    for (auto& it : items) {
      auto& known = all.emplace_back(pawl::known_item<L>{std::move(it), {}, {}});
      known.record = store_.trouble_of(known.item);
      if (all.size() % 2 == 0) tell_recorded(known, std::make_index_sequence<pawl::events_of<L>::size>{});
    }
    return all;
  }
  template <std::size_t... Index> void tell_recorded(pawl::known_item<L>& known, std::index_sequence<Index...>) {
    (tell_recorded_one<pawl::detail::nth_t<Index, pawl::events_of<L>>>(known), ...);
  }
  template <class E> void tell_recorded_one(pawl::known_item<L>& known) {
    if constexpr (!std::is_empty_v<E>)
      std::get<pawl::event_index<L, E>>(known.recorded) = store_.template recorded<E>(known.item);
  }

  pawl::event_loop& loop_;
  Store& store_;
};

#endif
