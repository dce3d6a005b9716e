// A table of items on a PostgreSQL server, known from what pawl has recorded of it alone.
#ifndef PAWL_CONSOLE_POSTGRES_TABLE_HPP
#define PAWL_CONSOLE_POSTGRES_TABLE_HPP

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/known_lifecycle.hpp>
#include <pawl/console/utc_time.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/catalogue.hpp>
#include <pawl/postgres/column_type.hpp>
#include <pawl/postgres/dictionary.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table_check.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A row of pawl_meta, and the schema that it is in.
struct recorded_meta {
  std::string schema{}, table{}, lifecycle{}, kept{}, key{}, state{}, version{}, changed_at{}, born{}, row{};

  bool is_own() const noexcept { return kept == "codes"; }
  std::string records() const { return sql_name(schema) + '.'; }
};

// Schemas of the search_path in which pawl has records, in its order.
inline constexpr std::string_view schemas_sql =
    "SELECT u.s::text FROM unnest(current_schemas(false)) WITH ORDINALITY AS u(s,n) WHERE EXISTS(SELECT 1 FROM "
    "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace x ON x.oid=c.relnamespace WHERE x.nspname=u.s AND "
    "c.relname='pawl_meta' AND c.relkind IN('r','p')) ORDER BY u.n";

inline std::string text_at(answer const& from, std::size_t row, std::size_t column) {
  return from.is_null(row, column) ? std::string() : std::string(from.cell(row, column));
}

// All tables, by name; of two that have one name, that of the first schema. Throws store_error (refused) if there are no
// records of pawl, or if they are of a newer one.
inline task<std::vector<recorded_meta>> read_metas(sessions& over) {
  request finding;
  finding.add(std::string(schemas_sql));
  auto looking = over.read(finding);
  reply const schemas = co_await std::move(looking);
  if (schemas[0].rows() == 0)
    sessions::fail(
        store_failure::refused,
        {"pawl: ", over.name(), " is no database of pawl: no store was ever opened in a schema of the search_path"});
  request what;
  for (std::size_t i = 0; i < schemas[0].rows(); ++i)
    what.add(pawl::detail::wording::text(
        {"SELECT table_name,lifecycle,kept,key_column,state_column,version_column,changed_at_column,born_column,"
         "row_column,schema::int8 FROM ",
         sql_name(schemas[0].cell(i, 0)), ".pawl_meta ORDER BY table_name"}));
  auto asking = over.read(what);
  reply const given = co_await std::move(asking);
  std::map<std::string, recorded_meta> by_name;
  for (std::size_t i = 0; i < given.size(); ++i)
    for (std::size_t row = 0; row < given[i].rows(); ++row) {
      auto const cell = [&](std::size_t column) { return text_at(given[i], row, column); };
      refuse_newer_schema(integer_at(given[i], row, 9), over.name());
      by_name.try_emplace(cell(0), recorded_meta{text_at(schemas[0], i, 0), cell(0), cell(1), cell(2), cell(3), cell(4),
                                                 cell(5), cell(6), cell(7), cell(8)});
    }
  std::vector<recorded_meta> all;
  for (auto& [name, one] : by_name) all.push_back(std::move(one));
  co_return all;
}

// What the statements about a table need.
struct recorded_table {
  recorded_table(recorded_meta its, std::vector<pawl::detail::known_state> states, std::vector<seen_row> rows)
      : meta(std::move(its)), lifecycle(meta.lifecycle, std::move(states), std::move(rows)) {}
  recorded_table(recorded_table const&) = delete;
  recorded_table& operator=(recorded_table const&) = delete;

  // The name of the state in this cell, which layout::read_state() has read.
  std::string state_at(answer const& from, std::size_t row, std::size_t column) const {
    if (from.is_null(row, column)) return "NULL";
    return meta.is_own() ? lifecycle.name_of(integer_at(from, row, column)) : std::string(from.cell(row, column));
  }
  // The condition that the row f is in a state, and its parameter. A state of no known code is called "code N".
  std::string is_in_state(std::string_view parameter) const {
    return pawl::detail::wording::text({of.read_state(), "=", parameter, meta.is_own() ? "::int8" : "::text"});
  }
  postgres::detail::parameter state_parameter(std::string_view name) const {
    if (!meta.is_own()) return value_of(name);
    if (auto const* const state = lifecycle.find(name)) return value_of(state->code);
    std::int64_t code = 0;
    bool const is_code = name.starts_with("code ");
    if (is_code) name.remove_prefix(5);
    auto const [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), code);
    bool const is_whole = is_code && wrong == std::errc() && end == name.data() + name.size();
    return is_whole ? value_of(code) : null_of<std::int64_t>();
  }

  // The time in this column, or in an aggregate of it, as read_changed_at() takes it.
  std::string changed_at_sql(std::string_view column) const {
    if (of.changed_at.empty()) return "NULL::int8";
    if (!is_time()) return pawl::detail::wording::text({column, "::text"});
    return pawl::detail::wording::text(
        {"CASE WHEN isfinite(", column, ") THEN (extract(epoch FROM ", column, ")*1000000)::int8 END"});
  }
  std::string changed_at_sql() const { return changed_at_sql(changed_at_column()); }
  std::string changed_at_column() const { return "f." + of.changed_at; }
  std::optional<stored_time> read_changed_at(answer const& from, std::size_t row, std::size_t column) const {
    if (from.is_null(row, column)) return std::nullopt;
    if (!of.changed_at.empty() && !is_time()) return pawl::detail::read_utc(from.cell(row, column));
    constexpr std::int64_t most = (std::numeric_limits<std::int64_t>::max)() / 1000;
    std::int64_t const micros = integer_at(from, row, column);
    if (micros > most || micros < -most) return std::nullopt;
    return stored_time(std::chrono::microseconds(micros));
  }

  recorded_meta meta;
  pawl::detail::known_lifecycle lifecycle;
  catalogue columns{};
  layout of{};
  bool has_history = false, has_pauses = false, has_children = false, has_schedules = false;  // the tables of that name

 private:
  bool is_time() const noexcept {
    return of.changed_at_type.is == base_type::timestamptz || of.changed_at_type.is == base_type::timestamp;
  }
};

inline std::vector<pawl::detail::known_state> states_in(answer const& from) {
  std::vector<pawl::detail::known_state> all;
  for (std::size_t row = 0; row < from.rows(); ++row)
    all.push_back({integer_at(from, row, 0), text_at(from, row, 1),
                   pawl::detail::role_of_name(text_at(from, row, 2)).value_or(role::step)});
  return all;
}
inline std::vector<seen_row> rows_of_lifecycle_in(answer const& from) {
  std::vector<seen_row> all;
  for (std::size_t row = 0; row < from.rows(); ++row)
    all.push_back({text_at(from, row, 0), text_at(from, row, 1), text_at(from, row, 2)});
  return all;
}

// Throws store_error (refused) if the table is not as it was recorded.
inline void lay_out(recorded_table& table, std::string_view where) {
  auto const& m = table.meta;
  if (!table.columns.exists())
    sessions::fail(store_failure::refused, {"pawl: there is no table ", m.table, " in ", where, " any more"});
  if (m.is_own()) {
    table.of = own_layout(table.lifecycle.view(), m.schema);
    return;
  }
  names n{m.table};
  n.key = m.key;
  n.state = m.state;
  n.version = m.version;
  n.changed_at = m.changed_at;
  n.born = m.born;
  table_check const check(table.columns, m.table, where);
  table.of = check.check({&table.lifecycle.view(), n, {}});
}

inline task<std::unique_ptr<recorded_table>> open_table(sessions& over, recorded_meta meta) {
  std::string const records = meta.records();
  request what;
  auto const of_table = [&](std::string sql) {
    what.add(std::move(sql), parameters_of(value_of(std::string_view(meta.table))));
  };
  of_table(pawl::detail::wording::text(
      {"SELECT code,name,role FROM ", records, "pawl_states WHERE table_name=$1::text ORDER BY code,name"}));
  of_table(pawl::detail::wording::text(
      {"SELECT r.from_state,r.event,r.to_state FROM ", records, "pawl_rows AS r LEFT JOIN ", records,
       "pawl_states AS s ON s.table_name=r.table_name AND s.name=r.from_state WHERE r.table_name=$1::text ORDER BY "
       "s.code,r.event COLLATE \"C\""}));
  for (std::string_view const name : {"pawl_history", "pawl_pause", "pawl_child", "pawl_schedule"})
    what.add(std::string(has_table_sql), parameters_of(value_of(std::string_view(meta.schema)), value_of(name)));
  auto asking = over.read(what);
  reply const given = co_await std::move(asking);
  auto made = std::make_unique<recorded_table>(std::move(meta), states_in(given[0]), rows_of_lifecycle_in(given[1]));
  made->has_history = given[2].value<bool>(0, 0).value_or(false);
  made->has_pauses = given[3].value<bool>(0, 0).value_or(false);
  made->has_children = given[4].value<bool>(0, 0).value_or(false);
  made->has_schedules = given[5].value<bool>(0, 0).value_or(false);
  array_builder<std::string> states;
  for (auto const& state : made->lifecycle.states()) states.add(state.name);
  request reading;
  std::string const table = made->meta.table;
  reading.add(std::string(catalogue_sql), parameters_of(value_of(std::string_view(table)), states.take()));
  auto looking = over.read(reading);
  reply const columns = co_await std::move(looking);
  for (std::size_t row = 0; row < columns[0].rows(); ++row) {
    std::array<std::optional<std::string_view>, catalogue_cells> cells{};
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!columns[0].is_null(row, i)) cells[i] = columns[0].cell(row, i);
    add_column(made->columns, cells);
  }
  lay_out(*made, over.name());
  co_return made;
}

// Throws store_error (misuse) if there is no table of this name.
inline task<std::unique_ptr<recorded_table>> open_named(sessions& over, std::string table) {
  auto reading = read_metas(over);
  auto metas = co_await std::move(reading);
  std::string names;
  for (auto& meta : metas) {
    if (meta.table == table) {
      recorded_meta found = std::move(meta);
      auto opening = open_table(over, std::move(found));
      co_return co_await std::move(opening);
    }
    names += (names.empty() ? "" : ", ") + pawl::detail::visible_text(meta.table);
  }
  sessions::fail(store_failure::misuse, {"pawl: ", over.name(), " has no table '", pawl::detail::visible_text(table),
                                         "' of items; it has ", names.empty() ? "none" : names});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
