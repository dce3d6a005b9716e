// A memory_store's members, over a table on a real server: the tests of runs hold one where they held a memory_store, and
// their queues write to the same table over connections of their own.
#ifndef PAWL_TESTS_POSTGRES_SERVER_STORE_HPP
#define PAWL_TESTS_POSTGRES_SERVER_STORE_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/database.hpp>
#include <pawl/postgres/store.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/trouble_record.hpp>

#include "postgres/own_database.hpp"

// Each call waits for its answer, on a loop of its own. What it writes is signalled to the queues as well, as a
// memory_store's writes are.
template <class L> class server_store {
  using distant = pawl::postgres::store<L>;

 public:
  using lifecycle = L;
  using page_mark = typename distant::page_mark;
  static constexpr bool inserts = true;
  using clock = std::function<pawl::stored_time()>;

  server_store() : server_store(clock([] { return pawl::stored_time(std::chrono::system_clock::now()); })) {}
  explicit server_store(clock now) : now_(std::move(now)) { wait(mine_.open()); }

  bool try_begin() { return wait(mine_.try_begin()); }
  void commit() {
    wait(mine_.commit());
    changes_.raise();
  }
  void rollback() { wait(mine_.rollback()); }
  bool poisoned() const { return mine_.poisoned(); }
  template <auto S, class E> auto apply(pawl::item<L, S> const& from, E const& event) {
    return signalled(wait(mine_.apply(from, event)));
  }
  pawl::stored<L> get(std::string_view key) { return wait(mine_.get(key)); }
  template <class E> std::optional<E> recorded(pawl::any_item<L> const& of) {
    return wait(mine_.template recorded<E>(of));
  }
  bool insert_if_absent(std::string_view key) { return signalled(wait(mine_.insert_if_absent(key))); }
  bool insert_if_absent(std::string_view key, pawl::stored_time start_at) {
    return signalled(wait(mine_.insert_if_absent(key, start_at)));
  }

  pawl::item_page<pawl::any_item<L>, page_mark> runnable(pawl::state_of<L> state, page_mark after, std::size_t limit) {
    auto page = wait(mine_.runnable(state, std::move(after), limit));
    return {items_of(std::move(page.items)), std::move(page.next), page.is_last};
  }
  std::size_t unrecognised() { return wait(mine_.unrecognised()); }
  bool note(pawl::any_item<L> const& of, pawl::trouble_record const& record) {
    return signalled(wait(mine_.note(of, record)));
  }
  std::optional<pawl::trouble_record> trouble_of(pawl::any_item<L> const& of) { return wait(mine_.trouble_of(of)); }
  bool may_have_troubles() { return true; }
  std::vector<pawl::any_item<L>> due(pawl::stored_time until, pawl::delayed_by who, std::size_t limit) {
    return items_of(wait(mine_.due(until, who, limit)));
  }
  std::optional<pawl::stored_time> next_due(pawl::stored_time after, pawl::delayed_by who) {
    return wait(mine_.next_due(after, who));
  }
  void cut_delays(pawl::stored_time latest) { wait(mine_.cut_delays(latest)); }
  std::vector<pawl::troubled_item<L>> parked(std::size_t limit) { return wait(mine_.parked(limit)); }
  bool release(std::string_view key) { return signalled(wait(mine_.release(key))); }
  pawl::trouble_counts count_troubles() { return wait(mine_.count_troubles()); }
  std::array<std::size_t, pawl::state_count<L>> count_items() { return wait(mine_.count_items()); }
  std::string identity() { return wait(mine_.identity()); }
  pawl::stored_time now() const { return now_(); }
  pawl::change_signal& changes() { return changes_; }
  bool changed_elsewhere() { return wait(mine_.changed_elsewhere()); }
  pawl::owner_handle make_owner() { return mine_.make_owner(); }
  bool acquire(pawl::run_owner& owner, pawl::ownership how) { return wait(mine_.acquire(owner, how)); }

  // ---- what another program does: nothing is signalled ----

  void put(std::string_view key, std::string_view state, std::int64_t version = 0) {
    auto const& view = pawl::view_of<L>;
    std::size_t const known = view.index_of_name(state);
    std::int64_t const code = known < view.state_count() ? view.state_codes[known] : 99;
    if (known == view.state_count())
      at_.in.sql.must("INSERT INTO pawl_states(table_name,code,name) VALUES($1,$2::int8,$3) ON CONFLICT DO NOTHING",
                      {std::string(view.name), std::to_string(code), std::string(state)});
    at_.in.sql.must("INSERT INTO " + table() +
                        "(key,state,version,changed_at) VALUES($1::bytea,$2::int2,$3::int8,now()) ON "
                        "CONFLICT(key) DO UPDATE SET state=excluded.state,version=excluded.version",
                    {postgres_test::as_bytea(key), std::to_string(code), std::to_string(version)});
  }
  void erase(std::string_view key) {
    at_.in.sql.must("DELETE FROM " + table() + " WHERE key=$1::bytea", {postgres_test::as_bytea(key)});
  }
  std::size_t size() { return std::stoul(at_.in.sql.must("SELECT count(*) FROM " + table()).at(0, 0)); }

  // ---- for queues ----

  std::string conninfo() const { return at_.conninfo(); }
  clock const& time() const { return now_; }

 private:
  template <class T> T wait(pawl::task<T> answer) { return at_.wait(std::move(answer)); }
  template <class T> T signalled(T answer) {
    if (answer && !mine_in_transaction()) changes_.raise();
    return answer;
  }
  bool mine_in_transaction() const { return at_.db.sessions()->in_transaction(); }
  static std::vector<pawl::any_item<L>> items_of(std::vector<pawl::known_item<L>> known) {
    std::vector<pawl::any_item<L>> items;
    for (auto& one : known) items.push_back(std::move(one.item));
    return items;
  }
  static std::string table() { return '"' + std::string(pawl::lifecycle_name<L>()) + '"'; }

  clock now_;
  postgres_test::own_database at_{[this] {
    pawl::postgres::options chosen;
    chosen.now = [this] { return now_(); };
    return chosen;
  }()};
  distant mine_{at_.db};
  pawl::change_signal changes_{};
};

// The store of a queue on such a table. What the test writes there is heard as if it were written here.
template <class Held> struct server_store_holder {
  server_store_holder(pawl::event_loop& loop, Held& held)
      : database(loop, held.conninfo(), options_of(held)),
        distant(database),
        heard(held.changes(), [this] { distant.changes().raise(); }) {}
  static pawl::postgres::options options_of(Held& held) {
    pawl::postgres::options chosen;
    chosen.now = [&held] { return held.time()(); };
    return chosen;
  }

  pawl::postgres::database database;
  pawl::postgres::store<typename Held::lifecycle> distant;
  pawl::change_signal::listener heard;
};

#endif
