// The store of a lifecycle in an SQLite database: in the user's table through a mapping, or in a table of its own.
#ifndef PAWL_SQLITE_STORE_HPP
#define PAWL_SQLITE_STORE_HPP

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/gathered.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/part.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/sqlite/bulk_insert.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/mapped_table.hpp>
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/own_table.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/sqlite/store_body.hpp>
#include <pawl/sqlite/table_export.hpp>
#include <pawl/sqlite/user_statements.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/migration.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

namespace detail {
// Maps T to the layout of its rows and to what is known about T at compile time.
template <class T> struct layout_of;
template <a_table T> struct layout_of<T> {
  using type = mapped_table;
  using lifecycle = typename T::lifecycle;
  static constexpr bool ok = valid<T>;
  static constexpr bool inserts = false;
  static constexpr auto const& description = mapping_of<T>;
  static constexpr std::string_view table = T::names.table;

  // False for an event of which `ok` has said what is wrong with it: no further error follows.
  template <class Event> static constexpr bool can_record() {
    if constexpr (pawl::detail::plain_event<Event>)
      return pawl::detail::has_mappable_fields<T, Event>();
    else
      return false;
  }
  template <class Event> static event_columns view(Event const& event) {
    if constexpr (can_record<Event>())
      return {&event, &bind_event<T, Event>};
    else
      return {&event, nullptr};
  }
  template <class Event> static bool recorded(type& from, item_view of, Event& into) {
    return from.recorded(of, event_index<lifecycle, Event>, pawl::detail::recorded_sql<T, Event>, &into,
                         &read_event_columns<T, Event>);
  }
};
template <a_lifecycle T> struct layout_of<T> {
  using type = own_table;
  using lifecycle = T;
  static constexpr bool ok = valid<T> && check_own_table<T>();
  static constexpr bool inserts = true;
  static constexpr auto const& description = view_of<T>;
  static constexpr std::string_view table = lifecycle_name<T>();

  template <class Event> static constexpr bool can_record() { return pawl::detail::recordable<Event>; }
  template <class Event> static event_bytes view(Event const& event) {
    if constexpr (!std::is_empty_v<Event> && can_record<Event>())
      return {&event, &write_event<Event>};
    else
      return {&event, nullptr};  // no fields to record
  }
  template <class Event> static bool recorded(type& from, item_view of, Event& into) {
    return from.recorded(of, event_name<Event>(), &into, &read_event<Event>);
  }
};

// Its address identifies T, even if two types in different namespaces have the same name.
template <class T> inline constexpr char identity{};

// For a transition without user statements.
struct nothing_else {
  void operator()(database&) const noexcept {}
};
template <class Also> also_run to_also_run(Also& also) {
  if constexpr (std::is_same_v<std::remove_const_t<Also>, nothing_else>)
    return {};
  else if constexpr (std::is_function_v<Also>)
    return {reinterpret_cast<void*>(&also),
            [](void* function, database& db) { reinterpret_cast<Also*>(function)(db); }};
  else
    return {const_cast<void*>(static_cast<void const*>(&also)),
            [](void* function, database& db) { (*static_cast<Also*>(function))(db); }};
}

// The rules of a lifecycle's pawl::gathers.
template <class T, class Event, auto State>
void fire_gathered(store_body<typename layout_of<T>::type>& store, item_view from, gathered const& children) {
  auto const event = pawl::detail::event_of<Event>(children);
  store.apply_gathered(row_index<typename layout_of<T>::lifecycle, State, Event>, from, layout_of<T>::view(event));
}
template <class T, class Part> struct rules_in_part {
  static constexpr std::array<gather_rule<store_body<typename layout_of<T>::type>>, 0> all{};
};
template <class T, auto State, class Child, class Event> struct rules_in_part<T, gathers<State, Child, Event>> {
  static_assert(pawl::detail::has_items<Child>,
                "pawl: pawl::gathers<state, T, event> takes a lifecycle or a mapped table, the children's");
  static constexpr std::array<gather_rule<store_body<typename layout_of<T>::type>>, 1> all{
      {{state_index<typename layout_of<T>::lifecycle>(State), pawl::detail::table_name_of<Child>(),
        &fire_gathered<T, Event, State>}}};
};
template <class T, class... Parts> constexpr auto gather_rules_in(type_list<Parts...>) {
  constexpr std::size_t size = (std::size_t{0} + ... + rules_in_part<T, Parts>::all.size());
  std::array<gather_rule<store_body<typename layout_of<T>::type>>, size> rules{};
  [[maybe_unused]] std::size_t at = 0;
  [[maybe_unused]] auto const add = [&](auto const& some) {
    for (auto const& rule : some) rules[at++] = rule;
  };
  (add(rules_in_part<T, Parts>::all), ...);
  return rules;
}
template <class T>
inline constexpr auto gather_rules_of = gather_rules_in<T>(typename layout_of<T>::lifecycle::parts{});

#ifdef PAWL_COMPILED
extern template class store_body<own_table>;
extern template class store_body<mapped_table>;
#endif

}  // namespace detail

// `store<Table>` works on a mapped table: it never creates or alters it, and writes only the mapped columns.
// `store<Lifecycle>` creates a table of its own, named after the lifecycle.
//
// A view of the database: several stores may share one, and its transaction, as long as no two use the same table for
// different lifecycles or mappings. It keeps the promises of transition_store. The constructor prepares the statements
// and throws store_error (refused), naming the path, table, column, its type, what is written there and the remedy, if
// the table does not fit: if a column would not give back every value that an event may write (by its type, as STRICT, NOT
// NULL, or generated), or a key could not be told from another.
template <class T> class store {
  static_assert(mistake::never<T>, "pawl: pawl::sqlite::store needs a mapped table (pawl::table) or a lifecycle");

 public:
  explicit store(database&) {}
};
template <class T>
  requires a_table<T> || a_lifecycle<T>
class store<T> {
  using known = detail::layout_of<T>;
  static_assert(known::ok);
  using L = typename known::lifecycle;
  using body = detail::store_body<typename known::type>;

 public:
  using lifecycle = L;
  using serves_rows = store;  // see stored_item.hpp
  static constexpr bool inserts = known::inserts;

  explicit store(database& db, store_options const& options = {})
      : body_(std::make_unique<body>(db, view_of<L>, known::table, &detail::identity<T>, known::description, options,
                                     detail::gather_rules_of<T>)) {}
  store(store const&) = delete;
  store(store&&) noexcept = default;
  store& operator=(store const&) = delete;
  store& operator=(store&&) noexcept = default;

  database& db() const noexcept { return body_->db(); }
  // Identifies this store in messages: the path of its database.
  std::string const& name() const noexcept { return db().path(); }
  // A run owns the store by locking `FILE.TABLE.lock` next to the database. An in-memory database needs no lock, as no
  // other process can see it.
  owner_handle make_owner() { return body_->make_owner(); }
  bool acquire(run_owner& owner, ownership how) const { return owner.try_acquire(how); }
  // A warning for programs that run this store in several processes; empty if there is none. A shared run reports it.
  std::string warning_when_shared() const { return body_->warning_when_shared(); }
  // A warning for runs with `keyed` steps; empty unless a key of theirs may come again for another row.
  std::string warning_when_keyed() const { return body_->warning_when_keyed(); }
  // Begins the idempotency keys of its items: database::identity(), and a mapped table's name behind it, for one lifecycle
  // may have several. pawl's own table is named like its lifecycle, which the keys have anyway.
  std::string identity() const { return body_->identity(); }
  // For runs: see former_keys.hpp and leftovers.hpp.
  std::optional<pawl::detail::former_key> former_key_of(any_item<L> const& of) {
    return body_->former_key_of(pawl::detail::to_stored_item(of));
  }
  void sweep_leftovers() { body_->sweep_leftovers(); }
  // The name of its table.
  static constexpr std::string_view table_name() noexcept { return known::table; }

  [[nodiscard("false: another process holds the lock, and nothing was begun")]] bool try_begin() {
    return db().try_begin();
  }
  // For queues, after try_begin(): until commit() or rollback() of this store, what goes with its transitions is done for many
  // at once: the entries of its history are written by commit().
  void begin_batch() noexcept { body_->begin_batch(); }
  void commit() { body_->commit(); }
  void rollback() noexcept { body_->roll_back(); }
  bool poisoned() const noexcept { return db().poisoned(); }
  // Throws store_error if no run may rely on it: `misuse` if it was opened read-only, `refused` if another program has
  // opened its table since and tells the rows apart otherwise (pawl::names::born), or if the table was copied away and
  // retired (pawl::copy), else see database::verify().
  void verify() { body_->verify(); }
  std::string_view lock_holder() const { return db().lock_holder(); }

  // Moves the item, or reports what its row holds: see transition_store.
  template <auto S, class Event> auto apply(item<L, S> const& from, Event const& event) {
    return apply(from, event, detail::nothing_else{});
  }
  // The same, and calls also(database&) in the same transaction, for the user's own statements, if the row moved. An
  // exception from it undoes the transition and propagates. It must not end the transaction.
  template <auto S, class Event, class Also> auto apply(item<L, S> const& from, Event const& event, Also&& also) {
    return apply_with(from, event, detail::to_also_run(also));
  }
  // The same with statements as values: see statement_store.
  static constexpr bool takes_statements = true;
  static constexpr bool keeps_children = true;
  template <auto S, class Event> auto apply(item<L, S> const& from, with<Event> const& given) {
    return apply(from, given.event, std::span<sql_statement const>(given.statements));
  }
  template <auto S, class Event>
  auto apply(item<L, S> const& from, Event const& event, std::span<sql_statement const> statements) {
    return apply_with(from, event, detail::also_run::of(statements));
  }
  // For runs: the same without item types, and without reading the row after a conflict.
  template <auto S, class Event>
  detail::transition_result move_row(detail::stored_item const& from, Event const& event, detail::also_run also = {}) {
    return body_->apply(row_index<L, S, Event>, detail::item_view::of(from), known::view(event),
                        pawl::detail::holds_nan(event), also, nullptr);
  }
  template <auto S, class Event>
  detail::transition_result move_row(detail::stored_item const& from, Event const& event,
                                     std::span<sql_statement const> statements) {
    return move_row<S>(from, event, detail::also_run::of(statements));
  }

  stored<L> get(std::string_view key) { return pawl::detail::to_stored<L>(body_->layout().get(key)); }

  // Of a mapped table: reads the event's mapped columns back. Empty if a column is NULL for a field that is not
  // std::optional, or holds a value that does not fit. Events are told apart only by their columns: one with only
  // optional fields is always returned, and another event that writes the same columns is returned in its place.
  template <class Event> std::optional<Event> recorded(any_item<L> const& of) {
    return recorded_for<Event>(detail::item_view::of(of));
  }
  template <class Event, std::same_as<detail::stored_item> Row> std::optional<Event> recorded(Row const& of) {
    return recorded_for<Event>(detail::item_view::of(of));
  }

  // In rowid order unless the mapping has a priority. If a damaged index returns rows out of order, which could make
  // paging endless, throws store_error (not_applied) and poisons.
  using page_mark = row_mark;
  item_page<any_item<L>, page_mark> runnable(state_of<L> state, page_mark after, std::size_t limit) {
    auto page = body_->runnable_rows(state_index<L>(state), after, limit);
    return {pawl::detail::to_any_items<L>(std::move(page.items)), page.next, page.is_last};
  }
  // See item_query.hpp; in the order of the rows, also where the mapping has a priority. By `trouble` the records are looked
  // through, else the rows up to the page's end, or those of the state where it is indexed.
  item_page<listed_item<L>, page_mark> items(item_query<L> const& which = {}, page_mark after = {}) {
    auto found = body_->list(pawl::detail::filter_of(which), after);
    return {pawl::detail::to_listed_items<L>(std::move(found.items)), found.next, found.is_last};
  }
  std::size_t unrecognised() { return body_->unrecognised(); }

  // Inserts an item in the initial state at version 0. False if the key exists; that item is left as it is.
  template <class Key = std::string_view> bool insert_if_absent(Key const& key) {
    if constexpr (inserts)
      return body_->insert(std::string_view(key));
    else
      return mistake::insert_into_a_mapped_table<T>();
  }
  // The same, delayed until `start_at`.
  template <class Key = std::string_view> bool insert_if_absent(Key const& key, stored_time start_at) {
    if constexpr (inserts)
      return body_->insert(std::string_view(key), start_at);
    else
      return mistake::insert_into_a_mapped_table<T>();
  }

  // Inserts an item for each key, as insert_if_absent does, in the order of the range; how many were new. All in one
  // transaction, so all or none are there if it throws or the process dies; within one, what it has inserted is undone
  // alone. Twice as fast as insert_if_absent within one transaction, and fastest where the keys come in their order. Other
  // processes wait from before the first key is asked for until the last is written: give millions in parts where some are at
  // work.
  template <class Keys> std::size_t insert_many(Keys&& keys) {
    static_assert(pawl::detail::range_of_text<Keys>, "pawl: insert_many() takes a range of texts, the keys");
    if constexpr (inserts)
      return body_->insert_many(detail::key_range_of(keys));
    else
      return mistake::insert_into_a_mapped_table<T>();
  }
  // The same with the keys that a query of the user's gives, in its one column: of other tables, or of an attached file.
  //
  //   letters.insert_from(pawl::sql("SELECT address FROM customers WHERE since > ?1 ORDER BY address", year));
  //
  // Where all of them are there it only reads, and keeps nobody waiting. Throws store_error:
  // `misuse` if it is not one query of one column, or has other values than it asks for; `refused` if it does not fit the
  // tables; `rejected` for a key that is NULL, empty or bytes.
  template <class Query = sql_statement> std::size_t insert_from(Query const& query) {
    static_assert(std::same_as<Query, sql_statement>,
                  "pawl: insert_from() takes a query that pawl::sql() has made, with the values of its parameters");
    if constexpr (inserts)
      return body_->insert_from(query);
    else
      return mistake::insert_into_a_mapped_table<T>();
  }

  // For schedules of pawl's own table: see tick_store.hpp.
  std::optional<stored_time> last_tick(std::string_view schedule) { return body_->last_tick(schedule); }
  std::optional<std::size_t> advance_ticks(tick_advance const& step) { return body_->advance_ticks(step); }
  bool forget_ticks(std::string_view schedule) { return body_->forget_ticks(schedule); }

  // The newest `most` transitions, and deeds of operators, that were written with store_options::history: of the row with this
  // key, or of its latest one where there is none now; oldest first. What was done to rows before it is left out, where rows
  // have lives (pawl::names::born) or the versions tell. Reads all that has been written since the row's first one, some 100
  // MB a second.
  std::vector<history_entry> history(std::string_view key, std::size_t most = 1000) {
    return body_->history_of(key, most);
  }

  // Removes items that have been in a goal or terminal state for longer than `older` on the store's clock, at most `limit` of
  // them in one transaction; how many. Call it until it returns 0. A key that is inserted again begins a new life, whose
  // idempotency keys differ from all former ones. Reads the rows up to the last one that it removes. Only pawl's own table: the
  // rows of a mapped one are the user's to delete.
  template <class Duration = std::chrono::nanoseconds> std::size_t remove_finished(Duration older, std::size_t limit) {
    if constexpr (inserts)
      return body_->remove_finished(older, limit);
    else
      return mistake::remove_from_a_mapped_table<T>();
  }
  // The same with entries of the history that are older, whatever has become of their items.
  std::size_t remove_history(std::chrono::nanoseconds older, std::size_t limit) {
    return body_->remove_history(older, limit);
  }

  // How the lifecycle differs from the one that last opened this table.
  lifecycle_change const& change() const noexcept { return body_->layout().change(); }

  // Moves the rows of each old state to the new one, all in one transaction: each version grows by 1, recorded events
  // are kept, trouble records are removed. No event is fired and no step runs; a caller holding an item read earlier
  // gets a conflict.
  //
  //   letters.migrate({{"stamped", state::written}}, pawl::migration::dry_run);
  //
  // Throws store_error: `refused` if an old name is still a state of the lifecycle (use events to move its items),
  // `rejected` if the table does not accept the new state (a CHECK), `busy` if another process holds the lock. Nothing
  // is changed then.
  // A template, so that it is compiled only where it is called.
  template <class State = state_of<L>>
  std::vector<migrated_state> migrate(std::initializer_list<renamed_state<std::type_identity_t<State>>> moves,
                                      migration how) {
    auto asked = pawl::detail::migration_moves_of<L>(moves);
    body_->migrate(asked.moves, asked.to.data(), how);
    return std::move(asked.moves);
  }

  // Looks for children that have ended unseen, because something else than a store has moved or deleted them, and tells their
  // parents; how many. A run does so when it begins; and what other processes have left it sees within run_options::poll.
  std::size_t gather() { return body_->gather_all(); }
  // By the tables that they are in. Looks at each child of this item, and at each parked one of those tables.
  std::vector<seen_children> children_of(any_item<L> const& parent) {
    return body_->children_of(pawl::detail::to_stored_item(parent));
  }

  // ---- troubles: see run_port ----

  bool note(any_item<L> const& of, trouble_record const& record) {
    return body_->note(detail::item_view::of(of), record);
  }
  std::optional<trouble_record> trouble_of(any_item<L> const& of) {
    return body_->troubles().find(of.key, of.version, of.life);
  }
  bool may_have_troubles() noexcept { return body_->may_have_troubles(); }
  std::vector<any_item<L>> due(stored_time now, delayed_by who, std::size_t limit) {
    return pawl::detail::to_any_items<L>(body_->due_rows(now, who, limit));
  }
  std::optional<stored_time> next_due(stored_time after, delayed_by who) { return body_->next_due(after, who); }
  void cut_delays(stored_time latest) { body_->cut_delays(latest); }
  std::vector<troubled_item<L>> parked(std::size_t limit) {
    std::vector<troubled_item<L>> found;
    for (auto& row : body_->list({.trouble = trouble_is::parked, .key_prefix = {}, .limit = limit}, {}))
      found.push_back({pawl::detail::to_any_item<L>(std::move(row.item)), std::move(*row.record)});
    return found;
  }
  // With a history it has an entry of it. `by`: who does it, for people.
  bool release(std::string_view key, std::string_view by = {}) { return body_->release(key, by); }
  // No run, in any process, begins the step of this state until it is resumed; steps that have begun end, and are written. Runs
  // see it within run_options::poll, and one that would end waits. `by`: who does it, for people; with a history both have an
  // entry of the table (seen_table::deeds). False if it was so already.
  bool pause(state_of<L> state, std::string_view by = {}) { return body_->pause(state_index<L>(state), by); }
  bool resume(state_of<L> state, std::string_view by = {}) { return body_->resume(state_index<L>(state), by); }
  std::uint64_t paused_states() { return body_->paused_states(); }
  trouble_counts count_troubles() { return body_->count_troubles(); }
  std::array<std::size_t, state_count<L>> count_items() {
    std::array<std::size_t, state_count<L>> counts{};
    body_->layout().count_items(counts);
    return counts;
  }

  stored_time now() const { return body_->now(); }
  change_signal& changes() noexcept { return body_->shared().changes; }
  bool changed_elsewhere() { return body_->changed_elsewhere(); }

  // For pawl::copy, which takes the items of pawl's own table as they are.
  detail::table_export export_items() requires inserts {
    return {db(), view_of<L>, body_->layout().items(), make_owner()};
  }

  void set_run(std::int64_t run) noexcept { body_->set_run(run); }
  bool keeps_history() const noexcept { return body_->keeps_history(); }

  // For runs: what it tells without item types, see pawl::detail::serves_rows.
  detail::store_body<typename known::type>& rows() noexcept { return *body_; }

 private:
  template <auto S, class Event>
  auto apply_with(item<L, S> const& from, Event const& event, detail::also_run const& also) {
    if constexpr (pawl::detail::check_accepted<L, S, Event>()) {
      using moved = item<L, next_state<L, S, Event>>;
      detail::stored_row now;
      auto const result =
          body_->apply(row_index<L, S, Event>, {from.key, from.version, state_index<L>(S), from.row, from.life},
                       known::view(event), pawl::detail::holds_nan(event), also, &now);
      if (!result.moved) return applied_to<L, S, Event>(conflict<L>(pawl::detail::to_stored<L>(std::move(now))));
      return applied_to<L, S, Event>(moved(from.key, from.version + 1, result.row, result.life));
    } else {
      return applied<item<L, S>>(conflict<L>());
    }
  }
  template <class Event> std::optional<Event> recorded_for(detail::item_view of) {
    std::optional<Event> last;
    if constexpr (pawl::detail::check_recorded<L, Event>() && known::template can_record<Event>())
      if (!known::recorded(body_->layout(), of, last.emplace())) last.reset();
    return last;
  }
  std::unique_ptr<body> body_;  // stays where it is: other stores call it when the children of its items end
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
