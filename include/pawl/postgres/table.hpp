// The table of a store: opened at first use; what can be read of it, without the types of its lifecycle.
#ifndef PAWL_POSTGRES_TABLE_HPP
#define PAWL_POSTGRES_TABLE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/children_sql.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/gather_rule.hpp>
#include <pawl/postgres/hint.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/link.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/single_flight.hpp>
#include <pawl/postgres/table_check.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/worker_sql.hpp>
#include <pawl/postgres/worker_status.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/migration.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres {

// Where the next page begins: after an item, by its row or key, and by priority first where the table has one.
struct page_mark {
  bool after_item = false;
  std::int64_t row = 0, priority = 0;
  std::string key{};
};

namespace detail {

struct found_page {
  std::vector<found_row> items{};
  page_mark next{};
  bool is_last = true;
};

// A table into which a transition inserts the children of its item.
struct child_target {
  child_target(layout const& parent, std::shared_ptr<opened_table const> into)
      : in(std::move(into)), link(link_children_sql(parent, in->of)), is_marked(in->has_parents) {
    if (in->of.kept != states_kept_as::names) return;
    insert = prepared(insert_children_sql(in->of, child_priority::of_table));
    insert_with_priority = prepared(insert_children_sql(in->of, child_priority::told));
  }
  std::shared_ptr<opened_table const> in;
  prepared insert{}, insert_with_priority{};  // of a mapped table
  prepared link;
  bool is_marked;  // it is known that items of it are children
};

// Owned by its store and by each coroutine that uses it. On the loop's thread. Each call opens the table if it is not open,
// and throws what that throws. Within the program's transaction, all is asked there.
class table : public std::enable_shared_from_this<table> {
 public:
  table(std::shared_ptr<sessions> all, table_description const& what)
      : sessions_(std::move(all)),
        what_(what),
        opening_(sessions_->loop()),
        shared_(sessions_->share(std::string(what.name()))) {}
  table(table const&) = delete;
  table& operator=(table const&) = delete;

  sessions& all() const noexcept { return *sessions_; }
  std::string_view name() const { return what_.name(); }
  std::shared_ptr<shared_table> const& shared() const noexcept { return shared_; }
  std::span<gather_rule const> rules() const noexcept { return what_.rules; }
  gather_rule const* rule_of(std::size_t state) const noexcept {
    for (gather_rule const& one : what_.rules)
      if (one.state == state) return &one;
    return nullptr;
  }
  // Null until it was opened.
  std::shared_ptr<opened_table const> const& opened() const noexcept { return opened_; }

  // Opens it, and heals a database that is poisoned.
  task<void> open() {
    if (sessions_->is_poisoned()) {
      opened_.reset();
      sessions_->revive();
    }
    auto opening = opened_now();
    co_await std::move(opening);
  }
  task<std::shared_ptr<opened_table const>> opened_now() {
    sessions_->check_usable();
    auto opening = opening_.run([this] { return opened_ != nullptr; }, [this] { return open_table(); });
    co_await std::move(opening);
    co_return opened_;
  }
  // What there is of the table, without opening it: nothing is written. Null where something of it is to be made yet.
  task<std::shared_ptr<opened_table const>> look() {
    sessions_->check_usable();
    return with_session(what_, [](table_opening& what) { return what.look(); });
  }
  // The table of items that become children of this one's. Throws store_error (misuse) if no store of it has ever been opened in
  // the same schema.
  task<std::shared_ptr<child_target>> target_of(item_table const& into) {
    if (auto const found = targets_.find(&into); found != targets_.end()) co_return found->second;
    auto opening = opened_now();
    auto const mine = co_await std::move(opening);
    auto finding = find(into);
    auto in = co_await std::move(finding);
    if (!in || in->of.records != mine->of.records)
      sessions::fail(store_failure::misuse,
                     {"pawl: ", sessions_->name(), ": children cannot be inserted into ", into.name,
                      ", for no store of it has been opened there, in the schema of ", name(), "; open one before"});
    auto const made = std::make_shared<child_target>(mine->of, std::move(in));
    targets_.emplace(&into, made);
    co_return made;
  }
  // Null where no store of it has ever been opened.
  task<std::shared_ptr<opened_table const>> find(item_table const& other) {
    mapping_view const mapping{other.lifecycle, other.columns != nullptr ? *other.columns : names(), {}};
    table_description const what{other.lifecycle, other.columns != nullptr ? &mapping : nullptr};
    auto finding = with_session(what, [](table_opening& one) { return one.find(); });
    co_return co_await std::move(finding);
  }
  stored_time now() const {
    if (auto const& clock = sessions_->to().chosen.now) return clock();
    if (!opened_) return std::chrono::system_clock::now();
    return opened_->server_time + (std::chrono::steady_clock::now() - opened_->read_at);
  }
  parameter now_parameter() const { return value_of(std::chrono::floor<std::chrono::microseconds>(now())); }

  // Their rows have been moved.
  void forget_removed(std::vector<migrated_state> const& moved) {
    auto const now = std::make_shared<opened_table>(*opened_);
    std::erase_if(now->change.removed, [&moved](std::string const& name) {
      return std::any_of(moved.begin(), moved.end(), [&name](auto const& one) { return one.old_state == name; });
    });
    opened_ = now;
  }

  // ---- items ----

  task<stored_row> get(std::string key) {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    if (!may_name(in->of, key)) co_return stored_row();
    auto asking = ask(in->sql.get, parameters_of(key_parameter(in->of, key)));
    answer const found = co_await std::move(asking);
    if (found.rows() == 0) co_return stored_row();
    auto naming = named(in, row_at(in->of, found, 0, 0, std::move(key)));
    co_return co_await std::move(naming);
  }
  // A state that is a code has the name that the dictionary has for it.
  task<stored_row> named(std::shared_ptr<opened_table const> in, stored_row found) {
    if (found.holds != stored_row::content::unknown_state || in->of.kept != states_kept_as::codes) co_return found;
    std::int64_t code = 0;
    std::from_chars(found.unknown_state.data(), found.unknown_state.data() + found.unknown_state.size(), code);
    auto asking = ask(in->sql.state_name, parameters_of(value_of(std::string_view(in->of.name)), value_of(code)));
    answer const names = co_await std::move(asking);
    found.unknown_state = names.rows() > 0 ? std::string(names.cell(0, 0)) : text({"code ", found.unknown_state});
    co_return found;
  }
  // Nothing where there is no such row.
  task<std::optional<recorded_values>> recorded(std::string key, std::int64_t life) {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    if (!may_name(in->of, key)) co_return std::nullopt;
    auto asking = ask(in->sql.recorded, parameters_of(key_parameter(in->of, key), value_of(life)));
    answer const found = co_await std::move(asking);
    if (found.rows() == 0) co_return std::nullopt;
    co_return recorded_at(in->of, found, 0, 1);
  }
  task<found_page> page(std::size_t state, page_mark after, std::size_t limit) {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    if (state >= in->of.lifecycle->state_count()) co_return found_page();
    auto asking =
        ask(after.after_item ? in->sql.next_page : in->sql.first_page, page_parameters(in->of, state, after, limit));
    answer const rows = co_await std::move(asking);
    co_return page_of(rows_in(in->of, rows), std::move(after), rows.rows() < limit);
  }
  // Those of page_sql.
  static std::vector<parameter> page_parameters(layout const& of, std::size_t state, page_mark const& after,
                                                std::size_t limit) {
    auto parameters = parameters_of(state_parameter(of, state), value_of(static_cast<std::int64_t>(limit)));
    if (!after.after_item) return parameters;
    parameters.push_back(mark_parameter(of, after));
    if (!of.priority.empty()) parameters.push_back(value_of(after.priority));
    return parameters;
  }
  static parameter mark_parameter(layout const& of, page_mark const& after) {
    return of.row.empty() ? key_parameter(of, after.key) : value_of(after.row);
  }
  found_page page_of(std::vector<found_row> items, page_mark after, bool is_last) {
    found_page to{std::move(items), std::move(after), is_last};
    if (!to.items.empty()) {
      auto const& last = to.items.back();
      to.next = {true, /*mutant page_after_row_0: OFF ? last.item.row :*/ last.number, last.priority, last.item.key};
    }
    note_troubles(to.items);
    return to;
  }
  task<std::vector<std::size_t>> count_items() {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    auto asking = count(in->sql.count_items);
    answer const rows = co_await std::move(asking);
    std::vector<std::size_t> counts(in->of.lifecycle->state_count());
    for (std::size_t row = 0; row < rows.rows(); ++row)
      if (std::size_t const state = state_at(in->of, rows, row, 0); state < counts.size())
        counts[state] += static_cast<std::size_t>(integer_at(rows, row, 1));
    co_return counts;
  }
  task<std::size_t> unrecognised() {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    auto asking = count(in->sql.unrecognised);
    answer const count = co_await std::move(asking);
    co_return static_cast<std::size_t>(integer_at(count, 0, 0));
  }

  // ---- troubles ----

  bool may_have_troubles() const noexcept { return shared_->any_troubles; }
  // False: no item of it is a child, as far as is known.
  bool may_have_parents() const noexcept { return shared_->any_parents; }
  // Of rows that were read: a batch that moves them must remove their records.
  void note_troubles(std::vector<found_row> const& rows) noexcept {
    for (auto const& one : rows) shared_->any_troubles = shared_->any_troubles || one.record.has_value();
  }
  task<std::optional<trouble_record>> trouble_of(std::string key, std::int64_t version, std::int64_t life) {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    auto asking = ask(in->sql.trouble_of, parameters_of(bytes_of(key), value_of(version), value_of(life)));
    answer const found = co_await std::move(asking);
    if (found.rows() == 0) co_return std::nullopt;
    co_return record_at(found, 0, 0);
  }
  task<std::vector<found_row>> due(stored_time until, delayed_by who, std::size_t limit) {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    auto asking = ask(in->sql.due[table_sql::index_of(who)],
                      parameters_of(value_of(to_number(until)), value_of(static_cast<std::int64_t>(limit))));
    answer const rows = co_await std::move(asking);
    auto found = rows_in(in->of, rows);
    note_troubles(found);
    co_return found;
  }
  task<std::optional<stored_time>> next_due(stored_time after, delayed_by who) {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    auto asking = ask(in->sql.next_due[table_sql::index_of(who)], parameters_of(value_of(to_number(after))));
    answer const rows = co_await std::move(asking);
    if (rows.rows() == 0) co_return std::nullopt;
    co_return time_at(rows, 0, 0);
  }
  task<std::vector<found_row>> parked(std::size_t limit) {
    pawl::detail::item_filter which;
    which.trouble = trouble_is::parked;
    which.limit = limit;
    auto listing = list(std::move(which), {});
    auto found = co_await std::move(listing);
    co_return std::move(found.items);
  }
  task<found_page> list(pawl::detail::item_filter which, page_mark after) {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    layout const& of = in->of;
    if (which.state && *which.state >= of.lifecycle->state_count()) co_return found_page();
    auto const begins = after.after_item ? page_begins::after_a_mark : page_begins::at_the_beginning;
    auto parameters = parameters_of(value_of(static_cast<std::int64_t>(which.limit)));
    if (after.after_item) parameters.push_back(mark_parameter(of, after));
    if (which.state) parameters.push_back(state_parameter(of, *which.state));
    if (!which.key_prefix.empty()) parameters.push_back(bytes_of(which.key_prefix));
    request what;
    what.add(list_sql(of, which, begins), std::move(parameters));
    auto asking = ask_all(what);
    reply const given = co_await std::move(asking);
    co_return page_of(rows_in(of, given[0]), std::move(after), given[0].rows() < which.limit);
  }
  task<std::vector<worker_status>> workers() {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    request what;
    what.add(workers_sql(in->of));
    auto asking = ask_all(what);
    reply const given = co_await std::move(asking);
    std::vector<worker_status> all;
    for (std::size_t row = 0; row < given[0].rows(); ++row)
      all.push_back({std::string(given[0].cell(row, 0)), given[0].value<instant>(row, 1).value_or(instant()),
                     static_cast<std::size_t>(integer_at(given[0], row, 2))});
    co_return all;
  }
  task<trouble_counts> count_troubles() {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    auto asking = ask(in->sql.count_troubles, {});
    answer const counts = co_await std::move(asking);
    auto const at = [&counts](std::size_t i) { return static_cast<std::size_t>(integer_at(counts, 0, i)); };
    co_return trouble_counts{at(0), at(1), at(2)};
  }

  // ---- changes ----

  // True if another process has committed since the last call: the server counts the transactions that have written,
  // and this process those that were its own. What other programs of the cluster write counts as well, and costs a look that
  // finds nothing; the signs of life of those who run items do not (ended_sql).
  task<bool> changed_elsewhere() {
    auto opening = opened_now();
    auto const in = co_await std::move(opening);
    request what;
    array_builder<std::int32_t> ours;
    for (std::int32_t const one : workers_) ours.add(one);
    in->sql.ended.add_to(what, parameters_of(ours.take()));
    in->sql.any_trouble.add_to(what, {});
    bool is_exact = !sessions_->is_committing();
    auto asking = sessions_->read_in_line(what);
    reply const given = co_await std::move(asking);
    is_exact = is_exact && !sessions_->is_committing();
    auto const by_others = integer_at(given[0], 0, 0) - sessions_->acknowledged();
    bool const changed = !is_exact || !seen_ || *seen_ != by_others;
    seen_.reset();
    if (is_exact) seen_ = by_others;
    shared_->any_troubles = given[1].rows() > 0;
    co_return changed;
  }

  // A hint of another process about this table.
  bool is_for_us(std::string_view hint) const { return is_hint_for(hint, name(), sessions_->to().me); }

  // What is written from now on is this run's, by its number in trouble_record::run; 0: no run's.
  void set_run(std::int64_t run) noexcept { run_ = run; }
  std::int64_t run() const noexcept { return run_; }
  bool keeps_history() const noexcept { return what_.history; }

  // The number of a run of this process, while it is one of the table's workers.
  void add_worker(std::int32_t number) { workers_.push_back(number); }
  void remove_worker(std::int32_t number) { std::erase(workers_, number); }

  // ---- what is written, for batches ----

  task<reply> ask_all(request const& what) {
    if (sessions_->in_transaction()) return sessions_->ask_within(what);
    return sessions_->read(what);
  }

 private:
  task<void> open_table() {
    auto opening = with_session(what_, [](table_opening& what) { return what.open(); });
    opened_ = co_await std::move(opening);
    shared_->any_troubles = opened_->any_troubles;
    shared_->any_parents = shared_->any_parents || opened_->has_parents;
    targets_.clear();
    if (what_.rules.empty()) co_return;
    auto& all = sessions_->gatherers();
    std::erase_if(all, [this](auto const& one) { return one.expired() || one.lock().get() == this; });
    all.push_back(weak_from_this());
  }
  // What `ask` makes of a session of its own: its transaction takes several requests. Again after a lost connection.
  template <class Ask>
  task<std::shared_ptr<opened_table const>> with_session(table_description const& description, Ask asks) {
    link alone(sessions_->to());
    auto const until = std::chrono::steady_clock::now() + sessions_->to().chosen.outage_bound;
    for (;;) {
      auto opening = sessions_->session_of(alone);
      auto const session = co_await std::move(opening);
      std::string lost;
      try {
        table_opening what(*session, description, sessions_->to());
        auto reading = asks(what);
        co_return co_await std::move(reading);
      } catch (connection_error const& e) {
        lost = e.what();
      } catch (store_error const& e) {
        if (e.what_failed() != store_failure::busy || std::chrono::steady_clock::now() >= until) throw;
      }
      if (!lost.empty() && std::chrono::steady_clock::now() >= until)
        sessions_->poison(store_failure::not_applied, lost);
      alone.close();  // its transaction may be open
      auto pausing = pause_for(sessions_->loop(), std::chrono::milliseconds(20));
      co_await std::move(pausing);
    }
  }
  task<answer> ask(prepared const& statement, std::vector<parameter> parameters) {
    request what;
    statement.add_to(what, std::move(parameters));
    auto asking = ask_all(what);
    reply given = co_await std::move(asking);
    co_return std::move(given.answers.front());
  }
  // Of a statement that reads the whole table.
  task<answer> count(prepared const& statement) {
    if (sessions_->in_transaction()) return ask(statement, {});
    request what;
    statement.add_to(what, {});
    return sessions_->count(std::move(what.statements.front()));
  }

  std::shared_ptr<sessions> sessions_;
  table_description what_;
  single_flight opening_;
  std::shared_ptr<shared_table> shared_;
  std::shared_ptr<opened_table const> opened_{};
  std::optional<std::int64_t> seen_{};
  std::vector<std::int32_t> workers_{};
  std::map<item_table const*, std::shared_ptr<child_target>> targets_{};
  std::int64_t run_ = 0;
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI::postgres

#endif
