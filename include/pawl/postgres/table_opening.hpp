// Opens a table of items: reads what the database says of it, checks it, and makes what is missing, in one transaction.
#ifndef PAWL_POSTGRES_TABLE_OPENING_HPP
#define PAWL_POSTGRES_TABLE_OPENING_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/catalogue.hpp>
#include <pawl/postgres/children_sql.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/dictionary.hpp>
#include <pawl/postgres/gather_rule.hpp>
#include <pawl/postgres/history_sql.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/link.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/session.hpp>
#include <pawl/postgres/table_check.hpp>
#include <pawl/postgres/table_sql.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/verdict.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/system/random_number.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What a store's type says of its table.
struct table_description {
  lifecycle_view const* lifecycle = nullptr;
  mapping_view const* mapping = nullptr;  // null: pawl's own table
  bool history = false;                   // store_options::history
  std::span<gather_rule const> rules{};
  std::string_view name() const { return mapping != nullptr ? mapping->names.table : lifecycle->name; }
};

// A table that is open. Shared by those who use it: a store that is opened again has another one.
struct opened_table {
  layout of{};
  dictionary known{};  // as it was before
  lifecycle_change change{};
  std::string identity{};
  bool life_comes_again = false;
  bool has_history = false;             // there are tables for it, whether or not this store writes it
  std::vector<std::int64_t> changes{};  // by lifecycle row, if it does
  bool any_troubles = true;
  bool has_parents = false;  // an item of it has once been a child
  // The server's clock when it was read. This machine's system clock may be set at any time.
  stored_time server_time{std::chrono::system_clock::now()};
  std::chrono::steady_clock::time_point read_at = std::chrono::steady_clock::now();
  table_sql sql{};
};

class table_opening {
 public:
  // All three outlive it.
  table_opening(connection& session, table_description const& what, address const& to)
      : session_(session),
        what_(what),
        where_(to.name),
        chosen_(to.chosen),
        until_(to.end_of_answer()),
        made_(std::make_shared<opened_table>()) {}

  // Throws store_error (refused), in the same words as SQLite's store, if the table does not fit; and connection_error.
  task<std::shared_ptr<opened_table const>> open() {
    auto reading = read();
    co_await std::move(reading);
    if (!is_complete()) {
      auto making = make();
      co_await std::move(making);
    }
    auto ending = look_and_commit();
    co_await std::move(ending);
    made_->sql = table_sql(made_->of);
    co_return made_;
  }
  // Of a table into which others insert: as a store of it has left it. Null where none has ever been opened.
  task<std::shared_ptr<opened_table const>> find() {
    is_others_ = true;
    auto reading = read();
    co_await std::move(reading);
    request what;
    what.add("ROLLBACK");
    auto asking = ask(what);
    co_await std::move(asking);
    if (!table_.exists() || !made_->known.knows()) co_return nullptr;
    made_->sql = table_sql(made_->of);
    co_return made_;
  }
  // What is there, as open() would find it. Writes nothing, and gives null where open() would have something to make.
  task<std::shared_ptr<opened_table const>> look() {
    auto reading = read();
    co_await std::move(reading);
    if (is_own()) refuse_foreign_table(of(), table_.exists(), made_->known, where_);
    request what;
    what.add("ROLLBACK");
    auto asking = ask(what);
    co_await std::move(asking);
    if (!is_complete()) co_return nullptr;
    made_->sql = table_sql(made_->of);
    co_return made_;
  }

 private:
  layout& of() { return made_->of; }
  bool is_own() const noexcept { return what_.mapping == nullptr; }
  parameter table_name() const { return value_of(std::string_view(made_->of.name)); }

  task<reply> ask(request const& what) {
    auto asking = session_.ask(what, until_);
    reply given = co_await std::move(asking);
    if (answer const* const failed = given.first_failure()) fail(*failed);
    co_return given;
  }
  // Throws `busy` for what may succeed the next time.
  [[noreturn]] void fail(answer const& failed) const {
    verdict const became = verdict_of_error(failed.sqlstate(), false);
    if ((became == verdict::again || became == verdict::reconnect) /*mutant busy_opening_may_be_repeated: && !OFF*/)
      pawl::detail::wording::fail(store_failure::busy, {"pawl: table ", what_.name(), " in ", where_, ": ",
                                                        failed.message(), "; it could not be opened"});
    std::string_view const makes =
        failed.sqlstate() == "42501"
            ? "; or open it once with the role that owns the schema, which makes what pawl needs"
            : "";
    refuse({failed.message(), remedy_for(failed.sqlstate()), makes});
  }
  [[noreturn]] void refuse(parts why) const {
    pawl::detail::wording::fail(store_failure::refused,
                                {"pawl: table ", what_.name(), " in ", where_, ": ", text(why)});
  }

  // ---- what is there ----

  task<void> read() {
    request what;
    array_builder<std::string> states;
    for (std::string_view const name : what_.lifecycle->state_names) states.add(name);
    what.add(std::string(begin_write_sql));
    // All others who open a table wait for this transaction: not for one whose program is frozen or gone.
    what.add(
        /*mutant frozen_opener_is_ended: OFF ? "SELECT 1,set_config('lock_timeout',$1::text,true)" :*/
        "SELECT set_config('idle_in_transaction_session_timeout','10s',true),set_config('lock_timeout',$1::text,true)",
        parameters_of(value_of(std::string_view(std::to_string(lock_timeout_of(chosen_).count())))));
    what.add(std::string(lock_schema_sql));
    what.add(std::string(catalogue_sql), parameters_of(value_of(what_.name()), states.take()));
    what.add(std::string(own_schema_sql));
    auto asking = ask(what);
    reply const given = co_await std::move(asking);
    take_table(given[3], given[4]);
    if (is_others_ && !table_.exists()) co_return;
    of().keeps_history = what_.history;
    if (what_.history) number_changes();
    auto counting = count_records();
    co_await std::move(counting);
    if (records_ == 0) co_return;
    auto looking = read_records();
    co_await std::move(looking);
  }
  void take_table(answer const& columns, answer const& current_schema) {
    for (std::size_t row = 0; row < columns.rows(); ++row) {
      std::array<std::optional<std::string_view>, catalogue_cells> cells{};
      for (std::size_t i = 0; i < cells.size(); ++i)
        if (!columns.is_null(row, i)) cells[i] = columns.cell(row, i);
      add_column(table_, cells);
    }
    if (is_others_ && !table_.exists()) return;
    if (!is_own()) {
      table_check const check(table_, what_.name(), where_);
      of() = check.check(*what_.mapping);
      made_->life_comes_again = check.life_comes_again(what_.mapping->names);
      schema_ = table_.schema;
      return;
    }
    if (!table_.exists() && current_schema.is_null(0, 0))
      refuse({"there is no such table, and no schema on the search_path to create it in"});
    schema_ = table_.exists() ? table_.schema : std::string(current_schema.cell(0, 0));
    of() = own_layout(*what_.lifecycle, schema_);
  }
  task<void> count_records() {
    request what;
    what.add(std::string(count_records_sql), parameters_of(value_of(schema_)));
    what.add(std::string(has_table_sql), parameters_of(value_of(schema_), value_of(view_name())));
    what.add(std::string(has_table_sql), parameters_of(value_of(schema_), value_of(std::string_view("pawl_history"))));
    auto asking = ask(what);
    reply const given = co_await std::move(asking);
    records_ = given[0].value<std::int64_t>(0, 0).value_or(0);
    view_exists_ = given[1].value<bool>(0, 0).value_or(false);
    made_->has_history = given[2].value<bool>(0, 0).value_or(false);
  }
  void number_changes() {
    auto const& lifecycle = *what_.lifecycle;
    for (row const& one : lifecycle.rows)
      made_->changes.push_back(pawl::detail::change_number(
          of().name, lifecycle.state_names[one.from], lifecycle.event_names[one.event], lifecycle.state_names[one.to]));
  }
  std::string view_name() const { return view_of_own_table(what_.name()); }
  task<void> read_records() {
    request what;
    what.add(newest_schema_sql(of().records));
    what.add(read_meta_sql(of().records), parameters_of(table_name()));
    what.add(read_states_sql(of().records), parameters_of(table_name()));
    if (of().keeps_history && made_->has_history)
      what.add(count_changes_sql(of().records), parameters_of(numbers_parameter(made_->changes)));
    if (records_ == tables_of_records)
      what.add(asks_for_parents_sql(of().records), parameters_of(value_of(children_token(of().name))));
    auto asking = ask(what);
    reply const given = co_await std::move(asking);
    refuse_newer_schema(given[0].value<std::int64_t>(0, 0).value_or(0), where_);
    if (!given[0].is_null(0, 1)) made_->identity = given[0].cell(0, 1);
    if (given[1].rows() > 0) made_->known.meta = meta_in(given[1]);
    for (std::size_t row = 0; row < given[2].rows(); ++row)
      made_->known.states.push_back(
          {given[2].value<std::int64_t>(row, 0).value_or(0), std::string(given[2].cell(row, 1))});
    made_->change = made_->known.compare(of(), where_);
    if (of().keeps_history && made_->has_history)
      knows_changes_ = given[3].value<std::int64_t>(0, 0) == static_cast<std::int64_t>(made_->changes.size());
    made_->has_parents = records_ == tables_of_records && given.answers.back().rows() > 0;
  }
  static stored_meta meta_in(answer const& row) {
    auto const cell = [&row](std::size_t i) { return row.is_null(0, i) ? std::string() : std::string(row.cell(0, i)); };
    return {row.value<std::int64_t>(0, 0).value_or(0),
            cell(1),
            cell(2),
            cell(3),
            cell(4),
            cell(5),
            cell(6),
            cell(7),
            cell(8),
            cell(9),
            cell(10)};
  }

  // ---- what is missing ----

  bool is_complete() const {
    return records_ == tables_of_records && made_->known.is_current(made_->of) && (!is_own() || table_.exists()) &&
           (!what_.history || knows_changes_);
  }
  task<void> make() {
    if (is_own()) {
      refuse_foreign_table(of(), table_.exists(), made_->known, where_);
      if (!table_.exists() && view_exists_ && !made_->known.knows())
        refuse({"pawl creates the view ", view_name(),
                " for it, but that name is already taken; rename the other table or view"});
    }
    if (made_->identity.empty())
      made_->identity = hexadecimal(pawl::detail::random_number()) + hexadecimal(pawl::detail::random_number());
    request what;
    if (records_ != tables_of_records)
      for (auto& one : make_records_sql(of().records)) what.add(std::move(one));
    if (what_.history) make_history(what);
    bool const is_anew = is_own() && made_->known.knows() && !table_.exists();
    if (is_own())
      for (auto& one : make_own_table_sql(of(), table_, view_exists_)) what.add(std::move(one));
    if (is_anew) what.add(begin_ids_at_sql(of(), static_cast<std::int64_t>(pawl::detail::random_number() >> 2U)));
    if (is_anew || made_->known.tells_other_lives(of()))
      what.add(forget_items_sql(of().records), parameters_of(table_name()));
    if (!is_anew && made_->known.tells_other_lives(of()))
      for (auto& one : take_lives_sql(of())) what.add(std::move(one));
    write_dictionary(what);
    auto asking = ask(what);
    co_await std::move(asking);
  }
  void make_history(request& to) {
    if (!made_->has_history)
      for (auto& one : make_history_sql(of().records)) to.add(std::move(one));
    made_->has_history = true;
    array_builder<std::string> from, events, into;
    auto const& lifecycle = *what_.lifecycle;
    for (row const& one : lifecycle.rows) {
      from.add(lifecycle.state_names[one.from]);
      events.add(lifecycle.event_names[one.event]);
      into.add(lifecycle.state_names[one.to]);
    }
    to.add(write_changes_sql(of().records),
           parameters_of(table_name(), numbers_parameter(made_->changes), from.take(), events.take(), into.take()));
  }
  void write_dictionary(request& to) const {
    layout const& of = made_->of;
    stored_meta const meta = meta_of(of, made_->identity);
    to.add(
        write_meta_sql(of.records),
        parameters_of(table_name(), value_of(of.lifecycle->name), value_of(meta.fingerprint), value_of(meta.identity),
                      value_of(meta.kept), value_of(meta.key), value_of(meta.state), value_of(meta.version),
                      value_of(meta.changed_at), value_of(meta.born), value_of(meta.priority), value_of(meta.row)));
    static constexpr std::string_view words[] = {"step", "goal", "terminal", "waiting"};
    array_builder<std::int64_t> codes;
    array_builder<std::string> names, roles, from, events, into;
    auto const& lifecycle = *of.lifecycle;
    for (std::size_t i = 0; i < lifecycle.state_count(); ++i) {
      codes.add(lifecycle.state_codes[i]);
      names.add(lifecycle.state_names[i]);
      roles.add(words[static_cast<std::size_t>(lifecycle.roles[i])]);
    }
    for (row const& one : lifecycle.rows) {
      from.add(lifecycle.state_names[one.from]);
      events.add(lifecycle.event_names[one.event]);
      into.add(lifecycle.state_names[one.to]);
    }
    to.add(write_states_sql(of.records), parameters_of(table_name(), codes.take(), names.take(), roles.take()));
    auto const rows = write_rows_sql(of.records);
    to.add(rows[0], parameters_of(table_name()));
    to.add(rows[1], parameters_of(table_name(), from.take(), events.take(), into.take()));
  }

  task<void> look_and_commit() {
    request what;
    what.add(forget_old_batches_sql(of().records));
    what.add(any_trouble_sql(of()));
    what.add("SELECT clock_timestamp()");
    what.add("COMMIT");
    auto const before = std::chrono::steady_clock::now();
    auto asking = ask(what);
    reply const given = co_await std::move(asking);
    made_->any_troubles = given[1].rows() > 0;
    if (auto const now = given[2].value<instant>(0, 0)) {
      made_->server_time = *now;
      made_->read_at = before;
    }
    if (given[3].tag() != "COMMIT") refuse({"the transaction that opens it was rolled back"});
  }

  connection& session_;
  table_description const& what_;
  std::string where_;
  options const& chosen_;
  connection::time_point until_;
  std::shared_ptr<opened_table> made_;
  catalogue table_{};
  std::string schema_{};
  std::int64_t records_ = 0;
  bool view_exists_ = false;
  bool is_others_ = false;
  bool knows_changes_ = false;  // pawl_change has those of the lifecycle
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
