// The SQL of a mapped table, rendered at compile time: one UPDATE for each row of the lifecycle, and the reads.
#ifndef PAWL_SQLITE_SQL_HPP
#define PAWL_SQLITE_SQL_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/rendered.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// The parameters of an UPDATE. The event's fields follow, in mapping order.
inline constexpr std::uint64_t now_parameter = 1, key_parameter = 2, version_parameter = 3, first_field_parameter = 4;

// Where a condition on the life of a row is put when the statement is prepared: only the table at hand tells which columns
// make it (row_life.hpp). As it stands it is a comment.
inline constexpr std::string_view life_marker = "/*life*/";

// A string literal; quotes in it are doubled.
constexpr void write_quoted(text_out out, std::string_view text) {
  out('\'');
  for (char c : text) {
    if (c == '\'') out('\'');
    out(c);
  }
  out('\'');
}

// A column or table name in brackets: keywords are allowed, and a misspelt name is never read as a string literal.
constexpr void write_name(text_out out, std::string_view name) {
  out('[');
  out(name);
  out(']');
}

template <class Table> constexpr void write_assigned_entry(text_out out, now_column const& entry, std::uint64_t&) {
  out(',');
  write_name(out, entry.column);
  out("=?1");
}
template <class Table, class Event, class Field>
constexpr void write_assigned_entry(text_out out, set_column<Event, Field> const& entry, std::uint64_t& parameter) {
  out(',');
  write_name(out, entry.column);
  out("=?");
  out.number(parameter++);
}
template <class Table, std::size_t N>
constexpr void write_assigned_entry(text_out out, cleared_columns<N> const& entry, std::uint64_t&) {
  for (std::string_view column : entry.columns) {
    out(',');
    write_name(out, column);
    out("=NULL");
  }
}

template <class Table, std::size_t Row> constexpr void write_update(text_out out) {
  using L = typename Table::lifecycle;
  constexpr auto row = rows<L>[Row];
  auto const& n = Table::names;
  out("UPDATE ");
  write_name(out, n.table);
  out(" SET ");
  write_name(out, n.state);
  out('=');
  write_quoted(out, stored_names<L>[row.to]);
  out(',');
  write_name(out, n.version);
  out('=');
  write_name(out, n.version);
  out("+1");
  std::uint64_t parameter = first_field_parameter;
  if (!n.changed_at.empty()) write_assigned_entry<Table>(out, now_column{n.changed_at}, parameter);
  each_entry<Table, nth_t<row.event, events_of<L>>>(
      [&](auto const& entry) { write_assigned_entry<Table>(out, entry, parameter); });
  out(" WHERE ");
  write_name(out, n.key);
  out("=?2 AND ");
  write_name(out, n.state);
  out('=');
  write_quoted(out, stored_names<L>[row.from]);
  out(" AND ");
  write_name(out, n.version);
  out("=?3");
}

template <class Table> constexpr void write_get(text_out out) {
  auto const& n = Table::names;
  out("SELECT rowid,");
  write_name(out, n.state);
  out(',');
  write_name(out, n.version);
  out(" FROM ");
  write_name(out, n.table);
  out(" WHERE ");
  write_name(out, n.key);
  out("=?1");
}

template <class Table> constexpr void write_qualified(text_out out, std::string_view column) {
  write_name(out, Table::names.table);
  out('.');
  write_name(out, column);
}

// Condition for a row of the page that begins at row ?2 or, in order of priority, after row ?2, which is NULL for the
// first page. Rows of equal priority are ordered by rowid. Priorities are compared as ORDER BY compares them, so that a
// text among them loses no row.
template <class Table> constexpr void write_behind(text_out out) {
  constexpr auto n = Table::names;
  if constexpr (n.priority.empty()) {
    out("rowid>=?2");
  } else {
    auto const write_compared = [&](std::string_view with) {
      out("coalesce(");
      write_name(out, n.priority);
      out(",0)");
      out(with);
      out("(SELECT coalesce(l.");
      write_name(out, n.priority);
      out(",0) FROM ");
      write_name(out, n.table);
      out(" AS l WHERE l.rowid=?2)");
    };
    out("(?2 IS NULL OR ");
    write_compared("<");
    out(" OR ");
    write_compared("=");
    out(" AND rowid>?2)");
  }
}

// Leaves out rows whose version is not an integer or whose key is neither text nor integer, since these can never be
// moved; so a page with fewer rows than its limit is the last one. Also leaves out delayed and parked items.
template <class Table> constexpr void write_runnable(text_out out) {
  constexpr auto n = Table::names;
  out("SELECT rowid,");
  write_name(out, n.key);
  out(',');
  write_name(out, n.version);
  out(" FROM ");
  write_name(out, n.table);
  out(" WHERE ");
  write_name(out, n.state);
  out("=?1 COLLATE BINARY AND ");
  write_behind<Table>(out);
  out(" AND typeof(");
  write_name(out, n.version);
  out(")='integer' AND typeof(");
  write_name(out, n.key);
  out(") IN('text','integer') AND NOT EXISTS(SELECT 1 FROM pawl_trouble AS pawl_record WHERE pawl_record.table_name=");
  write_quoted(out, n.table);
  out(" AND pawl_record.key=CAST(");
  write_qualified<Table>(out, n.key);
  out(" AS TEXT)");
  out(" AND pawl_record.version=");
  write_qualified<Table>(out, n.version);
  out(life_marker);
  out(" AND (pawl_record.parked OR pawl_record.next_at IS NOT NULL)) ORDER BY ");
  if constexpr (!n.priority.empty()) {
    out("coalesce(");
    write_name(out, n.priority);
    out(",0) DESC,");
  }
  out("rowid LIMIT ?3");
}

// Counts rows in unknown states and the unusable rows left out above, so that nothing is skipped uncounted.
template <class Table> constexpr void write_unrecognised(text_out out) {
  auto const& n = Table::names;
  out("SELECT count(*) FROM ");
  write_name(out, n.table);
  out(" WHERE ");
  write_name(out, n.state);
  out(" IS NULL OR ");
  write_name(out, n.state);
  out(" COLLATE BINARY NOT IN(");
  bool first = true;
  for (std::string_view name : stored_names<typename Table::lifecycle>) {
    if (!first) out(',');
    first = false;
    write_quoted(out, name);
  }
  out(") OR typeof(");
  write_name(out, n.version);
  out(")<>'integer' OR typeof(");
  write_name(out, n.key);
  out(") NOT IN('text','integer')");
}

template <class Table, class Event> constexpr void write_recorded(text_out out) {
  out("SELECT ");
  bool first = true;
  each_set<Table, Event>([&](auto const& entry) {
    if (!first) out(',');
    first = false;
    write_name(out, entry.column);
  });
  out(" FROM ");
  write_name(out, Table::names.table);
  out(" WHERE ");
  write_name(out, Table::names.key);
  out("=?1");
}

// By lifecycle row. Parameters: ?1 now, ?2 key, ?3 version, from ?4 the event's fields.
template <class Table, std::size_t Row>
inline constexpr std::string_view row_update_sql = rendered<&write_update<Table, Row>>::view;
// ?1 key. Columns: rowid, state, version.
template <class Table> inline constexpr std::string_view get_sql = rendered<&write_get<Table>>::view;
// ?1 state, ?2 where the page begins, ?3 limit. Columns: rowid, key, version.
template <class Table> inline constexpr std::string_view runnable_sql = rendered<&write_runnable<Table>>::view;
template <class Table> inline constexpr std::string_view unrecognised_sql = rendered<&write_unrecognised<Table>>::view;
// ?1 key. Columns: the event's fields, in mapping order.
template <class Table, class Event>
inline constexpr std::string_view recorded_sql = rendered<&write_recorded<Table, Event>>::view;
}  // namespace detail

// The statement that applies Event to an item in State: guarded by key, state and version; writes version + 1.
template <a_table Table, auto State, class Event>
  requires accepts<typename Table::lifecycle, State, Event>
inline constexpr std::string_view update_sql =
    detail::row_update_sql<Table, row_index<typename Table::lifecycle, State, Event>>;

}  // namespace pawl::inline PAWL_ABI

#endif
