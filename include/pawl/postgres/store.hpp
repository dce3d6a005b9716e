// The store of a lifecycle in a PostgreSQL database: in the user's table through a mapping, or in a table of its own.
#ifndef PAWL_POSTGRES_STORE_HPP
#define PAWL_POSTGRES_STORE_HPP

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

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/database.hpp>
#include <pawl/postgres/dictionary.hpp>
#include <pawl/postgres/history.hpp>
#include <pawl/postgres/migrate.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/owner.hpp>
#include <pawl/postgres/recorded_event.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/schedules.hpp>
#include <pawl/postgres/store_calls.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/typed_rows.hpp>
#include <pawl/postgres/write_batch.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/explanation.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/inspection.hpp>
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
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres {

// `store<Table>` works on a mapped table: it never creates or alters it, and writes only the mapped columns.
// `store<Lifecycle>` creates a table of its own, named after the lifecycle, in the first schema of the search_path.
//
// It keeps the promises of transition_store, batch_store and run_port; every call that asks the server is awaited, on the
// database's loop. Several stores may share a database, and its transaction (try_begin). The database must outlive it.
// Nothing is asked before the first call that needs it: that opens the table, which throws store_error (refused), in the
// words of SQLite's store, if it does not fit.
//
// Any number of runs, in any number of processes and hosts, work on one table at once: each claims items of its own
// (leases_items), and gives them back when it ends. What a run had claimed is claimed by others within a second of its
// death, and some four seconds where its host vanished, it was frozen, or a pooler stands between; an item whose step it
// ran has a death counted, as with SQLite. The version fences what a run writes that was taken for dead. Gates and limits
// are each process's own. With pawl::ownership::shared runs claim nothing, and the version alone decides.
//
// A worker gives a sign of life each second, on the loop's thread. A step that blocks the loop for four seconds costs the run
// what it has claimed: others begin the same calls, and its own writes conflict. Await there, or pawl::offload.
//
// A run that waits for its stop looks at once where others of these stores insert or release an item, or move one out of a
// state without a step; a program that writes a mapped table itself may tell of it: NOTIFY pawl, 'name of the table'.
// Behind a pooler, and where a hint is lost, new items are found by run_options::poll.
template <class T> class store {
  static_assert(mistake::never<T>, "pawl: pawl::postgres::store needs a mapped table (pawl::table) or a lifecycle");

 public:
  explicit store(database&) {}
};
template <class T>
  requires a_table<T> || a_lifecycle<T>
class store<T> {
  using kind = detail::kind_of_table<T>;
  static_assert(kind::ok);
  using L = typename kind::lifecycle;
  using body = std::shared_ptr<detail::table>;

 public:
  using lifecycle = L;
  static constexpr bool inserts = kind::inserts;
  // In bytes. An index of PostgreSQL takes no longer ones.
  static constexpr std::size_t longest_key = inserts ? detail::longest_own_key : std::size_t(-1);

  explicit store(database& db, store_options const& options = {})
      : body_(std::make_shared<detail::table>(db.sessions(), kind::describe(options))) {}
  store(store const&) = delete;
  store(store&&) noexcept = default;
  store& operator=(store const&) = delete;
  store& operator=(store&&) noexcept = default;

  // Opens the table, as the first call does that needs it. After `unknown` or `not_applied`, which poison the database, it
  // makes it usable again: read then what the rows hold.
  task<void> open() { return detail::open_later(body_); }
  // How the lifecycle differs from the one that last opened this table. Empty until the table is open.
  lifecycle_change change() const { return body_->opened() ? body_->opened()->change : lifecycle_change(); }

  // As SQLite's store: moves the rows of each old state, of which the lifecycle no longer has the name, to the new one, all in
  // one transaction, while runs go on. Each version grows by 1, recorded events are kept, trouble records are removed; no event
  // is fired. A program of the version before that still runs keeps its states: end it first.
  //
  //   co_await letters.migrate({{"stamped", state::written}}, pawl::migration::dry_run);
  //
  // Throws store_error: `refused` if an old name is still a state of the lifecycle, `rejected` if the table does not accept the
  // new state. Nothing is changed then.
  template <class State = state_of<L>>
  task<std::vector<migrated_state>> migrate(std::initializer_list<renamed_state<std::type_identity_t<State>>> moves,
                                            migration how) {
    auto asked = pawl::detail::migration_moves_of<L>(moves);
    return detail::migrate(body_, std::move(asked.moves), std::move(asked.to), how);
  }

  // Identifies this store in messages.
  std::string const& name() const noexcept { return body_->all().name(); }
  event_loop& loop() const noexcept { return body_->all().loop(); }
  bool poisoned() const noexcept { return body_->all().is_poisoned(); }
  // Throws store_error if no run may rely on it.
  void verify() const { body_->all().check_usable(); }

  // Begins the idempotency keys of its items: the database's identity, and a mapped table's name behind it.
  task<std::string> identity() { return detail::identity_later(body_); }
  // A warning for runs with `keyed` steps; empty unless a key of theirs may come again for another row.
  std::string warning_when_keyed() const {
    if (!body_->opened() || !body_->opened()->life_comes_again) return {};
    return "pawl: " + name() + ": a row of table " + std::string(body_->name()) +
           " that is written anew after it was deleted may get the idempotency key of its predecessor, and the remote "
           "will take its call for a repetition; name a column that tells the two apart (pawl::names::born), "
           "uuid DEFAULT gen_random_uuid() say, or give the table a bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
  }

  // ---- the program's own transaction ----

  // Always true: whoever holds a row is waited for where it is written.
  task<bool> try_begin() { return detail::begin_later(body_); }
  task<void> commit() { return detail::commit_later(body_); }
  task<void> rollback() { return detail::rollback_later(body_); }

  // ---- items ----

  // Moves the item, or reports what its row holds: see transition_store. Item and event live until it has answered.
  template <auto S, class Event> auto apply(item<L, S> const& from, Event const& event) {
    if constexpr (pawl::detail::check_accepted<L, S, Event>())
      return apply_later(body_, from, event);
    else
      return task<applied<item<L, S>>>();
  }
  // The same with statements of the user's own: see statement_store. They live as long as the event. In a transaction of the
  // program's (try_begin), what is refused throws transition_undone, and is undone alone.
  static constexpr bool takes_statements = true;
  static constexpr bool keeps_children = true;
  template <auto S, class Event>
  auto apply(item<L, S> const& from, Event const& event, std::span<sql_statement const> statements) {
    if constexpr (pawl::detail::check_accepted<L, S, Event>())
      return apply_later(body_, from, event, statements);
    else
      return task<applied<item<L, S>>>();
  }
  template <auto S, class Event> auto apply(item<L, S> const& from, with<Event> const& given) {
    return apply(from, given.event, std::span<sql_statement const>(given.statements));
  }
  // The same, with the event built here from its fields: `co_await files.fire<complete_upload>(item, id, uri)`.
  template <class Event, auto S, class... Fields> auto fire(item<L, S> from, Fields&&... fields) {
    return fire_later(body_, std::move(from), Event{std::forward<Fields>(fields)...});
  }
  task<stored<L>> get(std::string_view key) { return get_later(body_, std::string(key)); }
  // Inserts an item in the initial state at version 0. False if the key exists; that item is left as it is.
  template <class Key = std::string_view> task<bool> insert_if_absent(Key const& key) {
    if constexpr (inserts)
      return detail::insert_later(body_, std::string(std::string_view(key)), std::nullopt);
    else
      return mistake::insert_into_a_mapped_table<T>(), task<bool>();
  }
  // The same, delayed until `start_at`.
  template <class Key = std::string_view> task<bool> insert_if_absent(Key const& key, stored_time start_at) {
    if constexpr (inserts)
      return detail::insert_later(body_, std::string(std::string_view(key)), start_at);
    else
      return mistake::insert_into_a_mapped_table<T>(), task<bool>();
  }
  // For schedules of pawl's own table: see tick_store.hpp.
  task<std::optional<stored_time>> last_tick(std::string_view schedule) {
    return detail::last_tick_of(body_, std::string(schedule));
  }
  task<std::optional<std::size_t>> advance_ticks(tick_advance const& step) {
    return detail::advance_ticks_of(body_, detail::owned_advance(step));
  }
  // For runs: the same in transactions of their own, whatever the program has open.
  task<std::optional<stored_time>> last_tick_alone(std::string_view schedule) {
    return detail::last_tick_of(body_, std::string(schedule), detail::transaction_of::batch);
  }
  task<std::optional<std::size_t>> advance_ticks_alone(tick_advance const& step) {
    return detail::advance_ticks_of(body_, detail::owned_advance(step), detail::transaction_of::batch);
  }
  task<bool> forget_ticks(std::string_view schedule) { return detail::forget_ticks_of(body_, std::string(schedule)); }
  // What the event last recorded: see transition_store. Of a mapped table: reads its columns back, and is empty where one
  // is NULL for a field that is not std::optional, or holds a value that does not fit.
  template <class Event> task<std::optional<Event>> recorded(any_item<L> const& of) {
    if constexpr (pawl::detail::check_recorded<L, Event>())
      return recorded_later<Event>(body_, of.key, of.life);
    else
      return {};
  }

  // What is known about this key now: see explanation.hpp.
  // By the tables that they are in.
  task<std::vector<seen_children>> children_of(any_item<L> const& parent) {
    return detail::children_later(body_, parent.key);
  }
  task<explanation<L>> explain(std::string_view key) { return explain_later(body_, std::string(key)); }
  // The runs that work on the table, in all processes, in the order in which they began.
  task<std::vector<worker_status>> workers() { return body_->workers(); }
  // An overview of all items: see inspection.hpp. The counts are taken one after another, and may disagree if items move
  // meanwhile.
  task<inspection> inspect(std::size_t most_parked = 20) { return inspect_later(body_, most_parked); }

  // As SQLite's store has them; here an index finds a key's history.
  task<std::vector<history_entry>> history(std::string_view key, std::size_t most = 1000) {
    return detail::history_of(body_, std::string(key), most);
  }
  template <class Duration = std::chrono::nanoseconds>
  task<std::size_t> remove_finished(Duration older, std::size_t limit) {
    if constexpr (inserts)
      return detail::remove_old(body_, detail::removed_from::items, older, limit);
    else
      return mistake::remove_from_a_mapped_table<T>(), task<std::size_t>();
  }
  task<std::size_t> remove_history(std::chrono::nanoseconds older, std::size_t limit) {
    return detail::remove_old(body_, detail::removed_from::history, older, limit);
  }

  // As SQLite's store: looks for children that have ended unseen, and tells their parents; how many. A run does so when it begins;
  // and what other processes have left it hears of at once, or within run_options::poll.
  task<std::size_t> gather() { return detail::gather_later(body_); }

  // See item_query.hpp; in the order of the rows, or of the keys in a table without an integer for its primary key.
  task<item_page<listed_item<L>, postgres::page_mark>> items(item_query<L> const& which = {}) {
    return list_later(body_, body_->list(pawl::detail::filter_of(which), {}));
  }
  task<item_page<listed_item<L>, postgres::page_mark>> items(item_query<L> const& which,
                                                             postgres::page_mark const& after) {
    return list_later(body_, body_->list(pawl::detail::filter_of(which), after));
  }

  // ---- for runs: see run_port ----

  using page_mark = postgres::page_mark;
  task<item_page<known_item<L>, page_mark>> runnable(state_of<L> state, page_mark after, std::size_t limit) {
    return page_later(body_, body_->page(state_index<L>(state), std::move(after), limit));
  }
  task<std::vector<known_item<L>>> due(stored_time until, delayed_by who, std::size_t limit) {
    return due_later(body_, body_->due(until, who, limit));
  }
  task<std::optional<stored_time>> next_due(stored_time after, delayed_by who) {
    return detail::next_due_later(body_, after, who);
  }
  task<void> cut_delays(stored_time latest) { return detail::cut_later(body_, latest); }
  task<bool> note(any_item<L> const& of, trouble_record record) { return note_later(body_, of, std::move(record)); }
  task<std::optional<trouble_record>> trouble_of(any_item<L> const& of) {
    return detail::trouble_later(body_, of.key, of.version, of.life);
  }
  bool may_have_troubles() const noexcept { return body_->may_have_troubles(); }
  // At most `limit` parked items, in the order of their rows.
  task<std::vector<troubled_item<L>>> parked(std::size_t limit) { return parked_later(body_, limit); }
  // Removes the record of this key, so that the item runs again as if nothing had happened. False if there is none. With a
  // history it has an entry of it. `by`: who does it, for people.
  task<bool> release(std::string_view key, std::string_view by = {}) {
    return detail::release_later(body_, std::string(key), std::string(by));
  }
  task<trouble_counts> count_troubles() { return detail::count_troubles_later(body_); }
  task<std::array<std::size_t, state_count<L>>> count_items() { return count_items_later(body_); }
  task<std::size_t> unrecognised() { return detail::unrecognised_later(body_); }
  // The server's, as it was when the table was opened, and this machine's since.
  stored_time now() const { return body_->now(); }
  // No run, in any process, begins the step of this state until it is resumed; steps that have begun end, and are written. Runs
  // see it within run_options::poll, and one that would end waits. `by`: who does it, for people; with a history both have an
  // entry of the table (seen_table::deeds). False if it was so already.
  task<bool> pause(state_of<L> state, std::string_view by = {}) {
    return detail::set_paused_later(body_, state_index<L>(state), true, std::string(by));
  }
  task<bool> resume(state_of<L> state, std::string_view by = {}) {
    return detail::set_paused_later(body_, state_index<L>(state), false, std::string(by));
  }
  task<std::uint64_t> paused_states() { return detail::paused_states_later(body_); }
  void set_run(std::int64_t run) noexcept { body_->set_run(run); }
  bool keeps_history() const noexcept { return body_->keeps_history(); }
  change_signal& changes() noexcept { return body_->shared()->changes; }
  task<bool> changed_elsewhere() { return detail::changed_later(body_); }
  // A run calls it when it begins.
  task<void> sweep_leftovers() { return detail::sweep_later(body_); }
  owner_handle make_owner() { return owner_handle(new detail::table_owner(body_)); }
  // Any number of runs may be sole owners at once: each works on what it has claimed (leases_items).
  task<bool> acquire(run_owner& owner, ownership how) { return owner_of(owner).acquire(how); }
  task<item_page<known_item<L>, page_mark>> claim(run_owner& by, state_of<L> state, page_mark after,
                                                  std::size_t limit) {
    return page_later(body_, owner_of(by).at_work().claim(state_index<L>(state), std::move(after), limit));
  }
  task<std::vector<known_item<L>>> claim_due(run_owner& by, stored_time until, delayed_by who, std::size_t limit) {
    return due_later(body_, owner_of(by).at_work().claim_due(until, who, limit));
  }
  task<bool> begin(run_owner& by, any_item<L> const& it) {
    return owner_of(by).at_work().begin(it.key, it.version, it.row, it.life);
  }
  task<void> leave(run_owner& by) { return owner_of(by).leave(); }

  // ---- for queues: see batch_store ----

  class batch {
   public:
    explicit batch(body of) : writes_(std::move(of), detail::transaction_of::batch) {}

    template <auto S, class Event>
    std::size_t apply(item<L, S> const& from, Event const& event, std::span<sql_statement const> statements = {}) {
      return add_move(writes_, from, event, statements);
    }
    std::size_t insert(std::string_view key, std::optional<stored_time> start_at) {
      return writes_.insert(std::string(key), start_at);
    }
    std::size_t note(any_item<L> const& of, trouble_record const& record) {
      return writes_.note(detail::item_view::of(of), record);
    }
    task<void> write() { return writes_.write(); }

    template <auto S, class Event> applied_to<L, S, Event> applied(std::size_t ticket) {
      return take_applied<S, Event>(writes_.result(ticket));
    }
    bool inserted(std::size_t ticket) { return writes_.result(ticket).done; }
    bool noted(std::size_t ticket) { return writes_.result(ticket).done; }

   private:
    detail::write_batch writes_;
  };
  batch make_batch() { return batch(body_); }

  // For pawl::copy: what it asks without item types.
  std::shared_ptr<detail::table> const& rows() const noexcept { return body_; }

 private:
  static detail::table_owner& owner_of(run_owner& owner) { return static_cast<detail::table_owner&>(owner); }

  template <auto S, class Event>
  static std::size_t add_move(detail::write_batch& to, item<L, S> const& from, Event const& event,
                              std::span<sql_statement const> statements) {
    if (pawl::detail::holds_nan(event))
      throw store_error(store_failure::rejected, "pawl: item '" + from.key + "': a NaN cannot be stored");
    return to.move({from.key, from.version, state_index<L>(S), from.row, from.life}, row_index<L, S, Event>,
                   detail::recording<T>::values(event), statements);
  }
  template <auto S, class Event> static applied_to<L, S, Event> take_applied(detail::write_result& result) {
    using moved = item<L, next_state<L, S, Event>>;
    if (!result.done) return conflict<L>(pawl::detail::to_stored<L>(std::move(result.now)));
    return moved(std::move(result.item.key), result.item.version, result.item.row, result.item.life);
  }

  // Coroutines own what they need of the store, which may be gone when they resume.

  template <auto S, class Event>
  static task<applied_to<L, S, Event>> apply_later(body of, item<L, S> const& from, Event const& event,
                                                   std::span<sql_statement const> statements = {}) {
    detail::write_batch alone(std::move(of));
    std::size_t const ticket = add_move(alone, from, event, statements);
    auto writing = alone.write();
    co_await std::move(writing);
    co_return take_applied<S, Event>(alone.result(ticket));
  }
  template <auto S, class Event>
  static task<applied_to<L, S, Event>> fire_later(body of, item<L, S> from, Event event) {
    auto applying = apply_later(std::move(of), from, event);
    co_return co_await std::move(applying);
  }
  static task<stored<L>> get_later(body of, std::string key) {
    auto getting = of->get(std::move(key));
    co_return pawl::detail::to_stored<L>(co_await std::move(getting));
  }
  template <class Event> static task<std::optional<Event>> recorded_later(body of, std::string key, std::int64_t life) {
    auto reading = of->recorded(key, life);
    auto const values = co_await std::move(reading);
    auto const in = of->opened();
    detail::events_of_row<T> const events{in->of, values.value_or(detail::recorded_values()), of->all().name()};
    co_return events.template recorded<Event>(any_item<L>(key, 0, initial_state<L>));
  }

  static task<explanation<L>> explain_later(body of, std::string key) {
    auto getting = get_later(of, key);
    stored<L> row = co_await std::move(getting);
    std::optional<trouble_record> record;
    detail::recorded_values values;
    if (row.item) {
      auto asking = of->trouble_of(key, row.item->version, row.item->life);
      record = co_await std::move(asking);
      auto reading = of->recorded(key, row.item->life);
      auto found = co_await std::move(reading);
      if (found) values = std::move(*found);
    }
    std::vector<seen_children> children;
    if (row.item && role_of<L>(row.item->state) == role::waiting) {
      auto seeing = detail::children_later(of, key);
      children = co_await std::move(seeing);
    }
    auto const in = of->opened();
    detail::events_of_row<T> const events{in->of, std::move(values), of->all().name()};
    auto told = pawl::detail::explanation_of<L>(std::move(row), std::move(record), events);
    told.children = std::move(children);
    co_return told;
  }
  static task<inspection> inspect_later(body of, std::size_t most_parked) {
    auto counting = count_items_later(of);
    auto const items = co_await std::move(counting);
    auto counting_others = of->unrecognised();
    auto const others = co_await std::move(counting_others);
    auto counting_troubles = of->count_troubles();
    auto const troubles = co_await std::move(counting_troubles);
    auto asking = of->next_due(of->now(), delayed_by::anybody);
    auto const next = co_await std::move(asking);
    auto listing = parked_later(of, most_parked);
    auto parked = co_await std::move(listing);
    co_return pawl::detail::inspection_of<L>(items, others, troubles, next, std::move(parked));
  }

  static task<item_page<known_item<L>, page_mark>> page_later(body of, task<detail::found_page> asking) {
    auto found = co_await std::move(asking);
    item_page<known_item<L>, page_mark> page;
    page.items = all_known(*of, std::move(found.items));
    page.next = std::move(found.next);
    page.is_last = found.is_last;
    co_return page;
  }
  static task<item_page<listed_item<L>, page_mark>> list_later(body, task<detail::found_page> asking) {
    auto found = co_await std::move(asking);
    item_page<listed_item<L>, page_mark> page;
    for (auto& row : found.items)
      page.items.push_back({pawl::detail::to_any_item<L>(std::move(row.item)), std::move(row.record)});
    page.next = std::move(found.next);
    page.is_last = found.is_last;
    co_return page;
  }
  static task<std::vector<known_item<L>>> due_later(body of, task<std::vector<detail::found_row>> asking) {
    co_return all_known(*of, co_await std::move(asking));
  }
  static std::vector<known_item<L>> all_known(detail::table const& of, std::vector<detail::found_row> rows) {
    return detail::to_known_items<T>(of.opened()->of, std::move(rows));
  }

  static task<bool> note_later(body of, any_item<L> it, trouble_record record) {
    detail::write_batch alone(std::move(of));
    std::size_t const ticket = alone.note(detail::item_view::of(it), record);
    auto writing = alone.write();
    co_await std::move(writing);
    co_return alone.result(ticket).done;
  }
  static task<std::vector<troubled_item<L>>> parked_later(body of, std::size_t limit) {
    auto asking = of->parked(limit);
    auto rows = co_await std::move(asking);
    std::vector<troubled_item<L>> all;
    for (auto& row : rows)
      if (row.record) all.push_back({pawl::detail::to_any_item<L>(std::move(row.item)), std::move(*row.record)});
    co_return all;
  }
  static task<std::array<std::size_t, state_count<L>>> count_items_later(body of) {
    auto asking = of->count_items();
    auto const found = co_await std::move(asking);
    std::array<std::size_t, state_count<L>> counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = found[i];
    co_return counts;
  }

  body body_;
};

}  // namespace pawl::inline PAWL_ABI::postgres

#endif
