// What the console changes on a PostgreSQL server: each in one transaction, and only if it is still as it was seen.
#ifndef PAWL_CONSOLE_POSTGRES_CHANGE_HPP
#define PAWL_CONSOLE_POSTGRES_CHANGE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <pawl/console/changed_record.hpp>
#include <pawl/console/postgres/reading.hpp>
#include <pawl/console/postgres/table.hpp>
#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/hint.hpp>
#include <pawl/postgres/history.hpp>
#include <pawl/postgres/history_sql.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

using pawl::detail::hand;

// A change of one item's record.
struct record_change {
  std::variant<pawl::detail::released_record, pawl::detail::parked_record, pawl::detail::started_record> how;

  std::optional<trouble_record> operator()(std::optional<trouble_record> const& before) const {
    return std::visit([&before](auto const& one) { return one(before); }, how);
  }
  hand does() const {
    return std::visit([](auto const& one) { return one.does(); }, how);
  }
  std::string words() const {
    return std::visit([](auto const& one) { return one.words(); }, how);
  }
};

// Adds the statement `changed`, which answers with changed_columns, and with it the entries of the history if there is one.
inline void add_told(request& to, recorded_table const& table, hand what, std::string const& words,
                     std::string_view changed, std::vector<parameter> parameters) {
  if (!table.has_history) {
    to.add(std::string(changed), std::move(parameters));
    return;
  }
  std::string const text_of_words = escaped(words);
  parameters.push_back(value_of(std::string_view(text_of_words)));
  std::string const last = text({"$", number(static_cast<std::int64_t>(parameters.size())), "::text"});
  to.add(with_entries_sql(table.of, what, changed, last, "(extract(epoch FROM clock_timestamp())*1000000)::int8*1000"),
         std::move(parameters));
}

// In a transaction of its own, which is committed if `doing` answers more than 0, and rolled back otherwise. Others are told then
// that there may be something to do.
inline task<std::size_t> written(std::shared_ptr<sessions> over, std::string table, task<std::size_t> doing) {
  auto beginning = over->begin();
  co_await std::move(beginning);
  std::exception_ptr failed;
  std::size_t changed = 0;
  try {
    changed = co_await std::move(doing);
    if (changed > 0) {
      auto committing = over->commit_transaction();
      co_await std::move(committing);
    }
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed || changed == 0) {
    auto undoing = over->roll_back_transaction();
    co_await std::move(undoing);
  }
  if (failed) std::rethrow_exception(failed);
  if (changed == 0) co_return changed;
  request what;
  std::string const hint = make_hint(table, over->to().me);
  what.add(std::string(notify_sql), parameters_of(value_of(std::string_view(hint))));
  try {
    auto telling = over->read(what);
    co_await std::move(telling);
  } catch (error const&) {}  // they find it by their poll
  co_return changed;
}

// Within the transaction. Throws store_error (refused) if the table was copied away.
inline task<void> refuse_retired(sessions& over, recorded_table const& table) {
  if (!table.has_pauses) co_return;
  request what;
  what.add(text({"SELECT \"by\" FROM ", table.of.records, "pawl_pause WHERE table_name=$1::text AND state='*'"}),
           parameters_of(value_of(std::string_view(table.meta.table))));
  auto asking = over.ask_within(what);
  reply const given = co_await std::move(asking);
  if (given[0].rows() > 0)
    sessions::fail(store_failure::refused, {"pawl: ", over.name(), ": table ", table.meta.table, " was moved to ",
                                            given[0].cell(0, 0), "; its items are run there"});
}

// ---- one item ----

template <class T> parameter one_of(std::optional<T> value) {
  std::vector<std::optional<T>> all;
  all.push_back(std::move(value));
  return array_of<T>(all);
}
inline parameter one_time(std::optional<stored_time> time) {
  std::optional<std::int64_t> count;
  if (time) count = to_number(*time);
  return one_of<std::int64_t>(count);
}
inline std::vector<parameter> note_parameters(layout const& of, stored_item const& it, trouble_record const& r) {
  return parameters_of(keys_parameter(of, {it.key}), one_of<std::int64_t>(it.version), one_of<std::int64_t>(it.life),
                       states_parameter(of, {it.state}), one_of<std::int32_t>(r.attempts),
                       one_of<std::int32_t>(r.recoveries), one_time(r.next_at), one_time(r.since),
                       one_of<bool>(r.parked), one_of<bool>(r.in_doubt), one_of<std::int64_t>(r.run),
                       one_of<std::string>(escaped(r.last_error)));
}

// The row is locked first, as a batch that moves it does: whoever comes later finds what the other has done.
inline task<std::size_t> change_locked(sessions& over, recorded_table const& table, std::string key,
                                       std::int64_t version, record_change const& change) {
  layout const& of = table.of;
  auto refusing = refuse_retired(over, table);
  co_await std::move(refusing);
  request locking;
  locking.add(get_sql(of) + " FOR NO KEY UPDATE", parameters_of(key_parameter(of, key)));
  auto asking = over.ask_within(locking);
  reply const row = co_await std::move(asking);
  if (row[0].rows() == 0 || row[0].is_null(0, 1) || integer_at(row[0], 0, 2) != version) co_return 0;
  std::string const state = table.state_at(row[0], 0, 1);
  stored_item const it = item_at(of, row[0], 0, 0, key);
  request looking;
  looking.add(trouble_of_sql(of), parameters_of(bytes_of(key), value_of(version), value_of(it.life)));
  auto finding = over.ask_within(looking);
  reply const found = co_await std::move(finding);
  std::optional<trouble_record> before;
  if (found[0].rows() > 0) before = record_at(found[0], 0, 0);
  auto const* const known = pawl::detail::changeable_state(table.lifecycle, state, before);
  if (known == nullptr) pawl::detail::refuse_no_step(over.name(), key, state, table.lifecycle);
  auto const record = change(before);
  if (!record) co_return 0;
  if (known->role == role::waiting && !record->empty())
    pawl::detail::refuse_no_step(over.name(), key, state, table.lifecycle);
  request what;
  if (record->empty())
    add_told(what, table, change.does(), change.words(), release_sql(of), parameters_of(bytes_of(key)));
  else
    add_told(what, table, change.does(), change.words(), note_sql(of, changed_columns),
             note_parameters(of, it, *record));
  // A run over it tries again to tell it what has become of its children.
  if (known->role == role::waiting && record->empty() && table.has_children)
    what.add(text({"UPDATE ", of.records, "pawl_parent AS w SET complete=true FROM ", of.table,
                   " AS f WHERE w.table_name=", in_quotes(of.name), " AND w.key=", of.record_key(),
                   " AND (w.life=0 OR w.life=", of.life(), ") AND ", of.key_is(text({"$1::", of.key_sent_as()}))}),
             parameters_of(key_parameter(of, key)));
  auto writing = over.ask_within(what);
  reply const given = co_await std::move(writing);
  co_return given[0].rows();
}

inline task<bool> change_item(std::shared_ptr<sessions> over, std::string name, std::string key, std::int64_t version,
                              record_change change) {
  over->revive();
  auto opening = open_named(*over, name);
  auto const table = co_await std::move(opening);
  if (!may_name(table->of, key)) co_return false;
  auto doing = change_locked(*over, *table, std::move(key), version, change);
  auto writing = written(over, name, std::move(doing));
  std::size_t const changed = co_await std::move(writing);
  co_return changed > 0;
}

// ---- a state ----

enum class told_rows : bool { none, counted };

// Asks for one statement within the transaction, and answers how many rows it gave.
inline task<std::size_t> rows_within(sessions& over, recorded_table const& table, request what) {
  auto refusing = refuse_retired(over, table);
  co_await std::move(refusing);
  auto asking = over.ask_within(what);
  reply const given = co_await std::move(asking);
  co_return given[given.size() - 1].rows();
}

inline task<std::size_t> retry_all(std::shared_ptr<sessions> over, std::string name, std::string state,
                                   std::string by) {
  over->revive();
  auto opening = open_named(*over, name);
  auto const table = co_await std::move(opening);
  pawl::detail::refuse_unless_step(over->name(), state, table->lifecycle);
  layout const& of = table->of;
  std::string const released =
      text({"DELETE FROM ", of.records, "pawl_trouble AS p USING (SELECT p.key,p.version,p.life", records_with_rows(of),
            " AND (p.parked OR p.next_at IS NOT NULL AND p.run<>0) AND ", table->is_in_state("$1"),
            " ORDER BY p.key FOR UPDATE OF p) AS u WHERE ", of_this_table(of),
            " AND p.key=u.key AND p.version=u.version AND p.life=u.life RETURNING ", changed_columns});
  request what;
  add_told(what, *table, hand::retried, pawl::detail::behalf_text(by), released,
           parameters_of(table->state_parameter(state)));
  auto doing = rows_within(*over, *table, std::move(what));
  auto writing = written(over, name, std::move(doing));
  co_return co_await std::move(writing);
}

// The same, with its entry in the history, where there is one.
inline task<std::size_t> told_within(sessions& over, recorded_table const& table, request what,
                                     pawl::detail::table_deed deed, told_rows rows = told_rows::none) {
  auto changing = rows_within(over, table, std::move(what));
  std::size_t const changed = co_await std::move(changing);
  if (changed == 0 || !table.has_history) co_return changed;
  request telling;
  add_deed(telling, table.of, deed, rows == told_rows::counted ? changed : 0);
  auto writing = over.ask_within(telling);
  co_await std::move(writing);
  co_return changed;
}

inline std::string make_pauses_sql(std::string_view records) {
  return text({"CREATE TABLE IF NOT EXISTS ", records,
               "pawl_pause(table_name text NOT NULL,state text NOT NULL,since bigint NOT NULL,\"by\" text NOT NULL,"
               "PRIMARY KEY(table_name,state))"});
}
inline task<bool> pause(std::shared_ptr<sessions> over, std::string name, std::string state, std::string by) {
  over->revive();
  auto opening = open_named(*over, name);
  auto const table = co_await std::move(opening);
  pawl::detail::refuse_unless_step(over->name(), state, table->lifecycle);
  request what;
  if (!table->has_pauses) {
    what.add(std::string(lock_schema_sql));
    what.add(make_pauses_sql(table->of.records));
  }
  std::string const whose = escaped(by);
  what.add(
      text({"INSERT INTO ", table->of.records,
            "pawl_pause(table_name,state,since,\"by\") VALUES($1::text,$2::text,"
            "(extract(epoch FROM clock_timestamp())*1000000)::int8*1000,$3::text) ON CONFLICT DO NOTHING RETURNING 1"}),
      parameters_of(value_of(std::string_view(name)), value_of(std::string_view(state)),
                    value_of(std::string_view(whose))));
  auto doing = told_within(*over, *table, std::move(what), {hand::paused, state, pawl::detail::behalf_text(by)});
  auto writing = written(over, name, std::move(doing));
  std::size_t const changed = co_await std::move(writing);
  co_return changed > 0;
}
inline task<bool> resume(std::shared_ptr<sessions> over, std::string name, std::string state, std::string by) {
  over->revive();
  auto opening = open_named(*over, name);
  auto const table = co_await std::move(opening);
  std::size_t changed = 0;
  if (table->has_pauses && why_no_text(state).empty()) {
    request what;
    what.add(text({"DELETE FROM ", table->of.records,
                   "pawl_pause WHERE table_name=$1::text AND state=$2::text RETURNING 1"}),
             parameters_of(value_of(std::string_view(name)), value_of(std::string_view(state))));
    auto doing = told_within(*over, *table, std::move(what), {hand::resumed, state, pawl::detail::behalf_text(by)});
    auto writing = written(over, name, std::move(doing));
    changed = co_await std::move(writing);
  }
  if (changed == 0 && table->lifecycle.find(state) == nullptr)
    pawl::detail::refuse_unless_step(over->name(), state, table->lifecycle);
  co_return changed > 0;
}

// ---- trim ----

// $1 the time, timestamptz, $2 limit. One row for each that is deleted, with all that is recorded of it.
inline std::string trim_sql(recorded_table const& table) {
  layout const& of = table.of;
  auto const forget = [&of](std::string_view as, std::string_view records) {
    return text({",", as, " AS (DELETE FROM ", of.records, records,
                 " AS x USING d WHERE x.table_name=", in_quotes(of.name), " AND x.key=d.key)"});
  };
  std::string const children =
      text({",p AS (DELETE FROM ", of.records, "pawl_parent AS x USING d WHERE x.table_name=", in_quotes(of.name),
            " AND x.key=d.key AND x.life=d.life RETURNING x.id),c AS (DELETE FROM ", of.records,
            "pawl_child AS c USING p WHERE c.parent=p.id)"});
  std::string const key = text({"f.", of.key});
  return text({"WITH d AS (DELETE FROM ",
               of.table,
               " AS f WHERE ",
               key,
               "=ANY(ARRAY(SELECT ",
               key,
               " FROM ",
               of.table,
               " AS f WHERE ",
               of.compared_state(),
               " IN(",
               final_list(of),
               ") AND ",
               table.changed_at_column(),
               "<",
               time_written_as(of.changed_at_type, "$1::timestamptz"),
               " ORDER BY ",
               key,
               " LIMIT $2::int8 FOR UPDATE SKIP LOCKED)) RETURNING ",
               of.record_key(),
               " AS key,",
               of.life(),
               " AS life)",
               forget("t", "pawl_trouble"),
               forget("l", "pawl_lease"),
               table.has_children ? children : std::string(),
               " SELECT 1 FROM d"});
}
inline task<std::size_t> trim(std::shared_ptr<sessions> over, std::string name, stored_time before, std::size_t limit,
                              bool rows_of_user, std::string by) {
  over->revive();
  auto opening = open_named(*over, name);
  auto const table = co_await std::move(opening);
  pawl::detail::refuse_to_trim(over->name(), name, table->meta.is_own() || rows_of_user, !table->of.changed_at.empty());
  request what;
  auto const time = instant(std::chrono::floor<std::chrono::microseconds>(before));
  what.add(trim_sql(*table), parameters_of(value_of(time), value_of(static_cast<std::int64_t>(limit))));
  auto doing = told_within(*over, *table, std::move(what), pawl::detail::trimmed_before(hand::trimmed, before, by),
                           told_rows::counted);
  auto writing = written(over, name, std::move(doing));
  co_return co_await std::move(writing);
}

inline task<std::size_t> trim_history(std::shared_ptr<sessions> over, std::string name, stored_time before,
                                      std::size_t limit, std::string by) {
  over->revive();
  auto opening = open_named(*over, name);
  auto const table = co_await std::move(opening);
  if (!table->has_history) co_return std::size_t{0};
  request what;
  auto const time = instant(std::chrono::floor<std::chrono::microseconds>(before));
  what.add(forget_history_sql(table->of, "$1", "$2"), parameters_of(value_of(time), value_of(limit_of(limit))));
  auto doing = told_within(*over, *table, std::move(what),
                           pawl::detail::trimmed_before(hand::history_trimmed, before, by), told_rows::counted);
  auto writing = written(over, name, std::move(doing));
  co_return co_await std::move(writing);
}

// ---- schedules ----

inline task<bool> forget_schedule(std::shared_ptr<sessions> over, std::string name, std::string schedule,
                                  std::string by) {
  over->revive();
  auto opening = open_named(*over, name);
  auto const table = co_await std::move(opening);
  if (!table->has_schedules) co_return false;
  request what;
  what.add(text({"DELETE FROM ", table->of.records,
                 "pawl_schedule WHERE table_name=$1::text AND name=$2::bytea RETURNING 1"}),
           parameters_of(value_of(std::string_view(name)), bytes_of(schedule)));
  auto doing = told_within(*over, *table, std::move(what), pawl::detail::forgotten_schedule(schedule, by));
  auto writing = written(over, name, std::move(doing));
  std::size_t const changed = co_await std::move(writing);
  co_return changed > 0;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
