// What the console reads from a PostgreSQL server: its tables, their items, and the story of one.
#ifndef PAWL_CONSOLE_POSTGRES_READING_HPP
#define PAWL_CONSOLE_POSTGRES_READING_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/explained_story.hpp>
#include <pawl/console/key_glob.hpp>
#include <pawl/console/postgres/table.hpp>
#include <pawl/console/recorded_field.hpp>
#include <pawl/console/shown_part.hpp>
#include <pawl/console/states_by_name.hpp>
#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/history.hpp>
#include <pawl/postgres/history_sql.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/seen_children.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/worker_sql.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// ---- tables ----

// A worker that has been silent for longer is taken for dead by the others.
inline constexpr std::chrono::seconds longest_silence{4};

// A snapshot: BEGIN, two settings, then the answers in the order of the enumerators.
enum see_answer : std::size_t { its_items = 3, its_troubles, its_next_due, its_workers, its_time, its_extras };

inline request see_request(recorded_table const& table) {
  layout const& of = table.of;
  request what;
  what.add("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  what.add("SET LOCAL enable_seqscan=on").add("SET LOCAL enable_bitmapscan=on");
  std::string const oldest =
      of.changed_at.empty() ? "NULL::int8" : table.changed_at_sql(text({"min(", table.changed_at_column(), ")"}));
  what.add(text(
      {"SELECT ", of.read_state(), ",", usable(of), ",count(*),", oldest, " FROM ", of.table, " AS f GROUP BY 1,2"}));
  what.add(text({"SELECT ", of.read_state(),
                 ",count(*) FILTER(WHERE p.parked),count(*) FILTER(WHERE NOT p.parked AND p.next_at IS NOT NULL),"
                 "count(*) FILTER(WHERE NOT p.parked AND p.next_at IS NULL)",
                 records_with_rows(of), " GROUP BY 1"}));
  what.add(next_due_sql(of, delayed_by::anybody), parameters_of(value_of((std::numeric_limits<std::int64_t>::min)())));
  what.add(workers_sql(of));
  what.add("SELECT clock_timestamp()");
  if (table.has_history) {
    what.add(text({"SELECT 1 FROM ", of.records, "pawl_change WHERE table_name=", in_quotes(of.name), " LIMIT 1"}));
    what.add(deeds_sql(of), parameters_of(value_of(limit_of(seen_table::most_deeds))));
  }
  if (table.has_pauses)
    what.add(text({"SELECT state,\"by\",since FROM ", of.records, "pawl_pause WHERE table_name=", in_quotes(of.name)}));
  if (table.has_schedules)
    what.add(text({"SELECT name,last_tick FROM ", of.records, "pawl_schedule WHERE table_name=", in_quotes(of.name),
                   " ORDER BY name"}));
  what.add("COMMIT");
  return what;
}

inline void count_items(recorded_table const& table, answer const& rows, pawl::detail::states_by_name<>& states) {
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    bool const is_usable = rows.value<bool>(row, 1).value_or(false) && !rows.is_null(row, 0);
    seen_state& seen = states.get(is_usable ? table.state_at(rows, row, 0) : "(unusable: no state or key)");
    seen.items += static_cast<std::size_t>(integer_at(rows, row, 2));
    auto const since = table.read_changed_at(rows, row, 3);
    if (since && (!seen.oldest || *since < *seen.oldest)) seen.oldest = since;
  }
}
inline void count_troubles(recorded_table const& table, answer const& rows, pawl::detail::states_by_name<>& states) {
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    seen_state* const state = states.find(table.state_at(rows, row, 0));
    if (state == nullptr) continue;
    state->parked += static_cast<std::size_t>(integer_at(rows, row, 1));
    state->delayed += static_cast<std::size_t>(integer_at(rows, row, 2));
    state->in_doubt += static_cast<std::size_t>(integer_at(rows, row, 3));
  }
}
inline std::vector<seen_worker> workers_in(answer const& rows, stored_time now) {
  std::vector<seen_worker> all;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    seen_worker worker{};
    worker.name = text_at(rows, row, 0);
    if (auto const beat = rows.value<instant>(row, 1)) worker.alive_at = stored_time(*beat);
    worker.dead = !worker.alive_at || now - *worker.alive_at > longest_silence;
    worker.items = static_cast<std::size_t>(integer_at(rows, row, 2));
    all.push_back(std::move(worker));
  }
  return all;
}
inline void read_pauses(answer const& rows, seen_table& table) {
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    std::string const name = text_at(rows, row, 0);
    if (name == "*") table.moved_to = text_at(rows, row, 1);
    for (auto& state : table.states)
      if (state.name == name)
        state.paused = seen_pause{stored_time(std::chrono::nanoseconds(integer_at(rows, row, 2))),
                                  unescaped(text_at(rows, row, 1))};
  }
}

inline void read_schedules(answer const& rows, seen_table& table) {
  for (std::size_t row = 0; row < rows.rows(); ++row)
    table.schedules.push_back({text_at(rows, row, 0), stored_time(std::chrono::nanoseconds(integer_at(rows, row, 1)))});
}

inline seen_table seen_in(recorded_table const& table, reply const& given) {
  seen_table seen{};
  seen.name = table.meta.table;
  seen.lifecycle = table.meta.lifecycle;
  seen.is_own = table.meta.is_own();
  seen.rows = table.lifecycle.rows();
  for (auto const& known : table.lifecycle.states()) {
    seen_state state{};
    state.name = known.name;
    state.role = known.role;
    seen.states.push_back(std::move(state));
  }
  pawl::detail::states_by_name<> states(seen.states);
  count_items(table, given[its_items], states);
  count_troubles(table, given[its_troubles], states);
  if (given[its_next_due].rows() > 0) seen.next_due = time_at(given[its_next_due], 0, 0);
  auto const now = given[its_time].value<instant>(0, 0);
  seen.workers = workers_in(given[its_workers], now ? stored_time(*now) : stored_time());
  std::size_t extra = its_extras;
  if (table.has_history) {
    seen.has_history = given[extra++].rows() > 0;
    seen.deeds = history_in(given[extra++]);
  }
  if (table.has_pauses) read_pauses(given[extra++], seen);
  if (table.has_schedules) read_schedules(given[extra], seen);
  return seen;
}

inline task<seen_table> see_table(sessions& over, recorded_meta meta) {
  seen_table broken{};
  broken.name = meta.table;
  broken.lifecycle = meta.lifecycle;
  broken.is_own = meta.is_own();
  try {
    auto opening = open_table(over, std::move(meta));
    auto const table = co_await std::move(opening);
    request const what = see_request(*table);
    auto asking = over.read(what);
    reply const given = co_await std::move(asking);
    co_return seen_in(*table, given);
  } catch (store_error const& e) {
    if (e.what_failed() != store_failure::refused) throw;
    broken.problem = e.what();
  }
  co_return broken;
}

// Each table is of one moment.
inline task<std::vector<seen_table>> see_tables(std::shared_ptr<sessions> over) {
  over->revive();
  auto reading = read_metas(*over);
  auto metas = co_await std::move(reading);
  std::vector<seen_table> all;
  for (auto& meta : metas) {
    recorded_meta one = std::move(meta);
    auto seeing = see_table(*over, std::move(one));
    all.push_back(co_await std::move(seeing));
  }
  co_return all;
}
inline task<std::vector<std::string>> table_names(std::shared_ptr<sessions> over) {
  over->revive();
  auto reading = read_metas(*over);
  auto const metas = co_await std::move(reading);
  std::vector<std::string> names;
  for (auto const& meta : metas) names.push_back(meta.table);
  co_return names;
}

// ---- items ----

// Cells of a listed row: key, row_columns(), the time, record_columns.
inline std::string listed_columns(recorded_table const& table) {
  return text({table.of.item_key(), ",", row_columns(table.of), ",", table.changed_at_sql(), ",", record_columns});
}
inline seen_item listed_at(recorded_table const& table, answer const& from, std::size_t row) {
  seen_item it{};
  it.key = text_at(from, row, 0);
  it.state = table.state_at(from, row, 2);
  it.version = integer_at(from, row, 3);
  it.changed_at = table.read_changed_at(from, row, 5);
  it.trouble = record_at(from, row, 6);
  return it;
}

// The mark behind a row: its number, or its key in hexadecimal.
inline seen_mark mark_at(recorded_table const& table, answer const& from, std::size_t row) {
  if (!table.of.row.empty()) return std::to_string(integer_at(from, row, 1));
  std::string mark = "k";
  for (char const c : from.cell(row, 0)) mark += pawl::detail::in_hexadecimal(static_cast<unsigned char>(c), 2);
  return mark;
}
// Throws store_error (misuse) if it is none.
inline parameter mark_parameter(recorded_table const& table, seen_mark const& mark, std::string_view where) {
  auto const digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string key;
  bool right = table.of.row.empty() ? mark.starts_with('k') && mark.size() % 2 == 1 : is_integer_text(mark);
  for (std::size_t i = 1; right && table.of.row.empty() && i < mark.size(); i += 2) {
    right = digit(mark[i]) >= 0 && digit(mark[i + 1]) >= 0;
    key += static_cast<char>(digit(mark[i]) * 16 + digit(mark[i + 1]));
  }
  right = right && (!table.of.row.empty() || may_name(table.of, key));
  if (!right)
    sessions::fail(store_failure::misuse, {"pawl: ", where, ": '", pawl::detail::visible_text(mark),
                                           "' is no mark of a page; take it from the page before"});
  if (table.of.row.empty()) return key_parameter(table.of, key);
  std::int64_t row = 0;
  std::from_chars(mark.data(), mark.data() + mark.size(), row);
  return value_of(row);
}

inline request list_request(recorded_table const& table, seen_query const& which, std::size_t limit,
                            std::string_view where) {
  layout const& of = table.of;
  std::vector<parameter> parameters = parameters_of(value_of(static_cast<std::int64_t>(limit)));
  auto const next = [&parameters](parameter value) {
    parameters.push_back(std::move(value));
    return text({"$", number(static_cast<std::int64_t>(parameters.size()))});
  };
  std::string sql = text({"SELECT ", listed_columns(table),
                          which.trouble ? text({records_with_rows(of), " AND ", usable(of)}) : rows_with_records(of)});
  if (which.trouble)
    sql += *which.trouble == trouble_is::parked    ? " AND p.parked"
           : *which.trouble == trouble_is::delayed ? " AND NOT p.parked AND p.next_at IS NOT NULL"
                                                   : " AND NOT p.parked AND p.next_at IS NULL";
  sql += text({" AND f.", of.state, " IS NOT NULL"});
  if (!which.after.empty())
    sql += text({" AND ", position_of(of), ">", mark_of(of, next(mark_parameter(table, which.after, where)))});
  if (!which.state.empty()) sql += " AND " + table.is_in_state(next(table.state_parameter(which.state)));
  if (auto const prefix = pawl::detail::prefix_of_glob(which.key_glob); !prefix.empty()) {
    std::string const first = next(bytes_of(prefix)) + "::bytea";
    sql += text({" AND substring(", of.record_key(), " FROM 1 FOR octet_length(", first, "))=", first});
  }
  if (which.before) {
    auto const before = std::chrono::floor<std::chrono::microseconds>(*which.before);
    std::string const time = next(value_of(instant(before))) + "::timestamptz";
    sql += text({" AND ", table.changed_at_column(), "<", time_written_as(of.changed_at_type, time)});
  }
  sql += text({" ORDER BY ", position_of(of), " LIMIT $1::int8"});
  request what;
  what.add(std::move(sql), std::move(parameters));
  return what;
}

inline void refuse_unknown_ages(recorded_table const& table, std::string_view where) {
  if (table.of.changed_at.empty())
    sessions::fail(store_failure::misuse, {"pawl: ", where, ": table ", table.meta.table,
                                           " has no column for the time of a transition (pawl::names::changed_at), so "
                                           "nobody knows since when an item is in its state"});
}

// By table, without telling which are parked.
inline task<void> see_children(sessions& over, recorded_table const& table, std::vector<seen_item>& items) {
  if (!table.has_children || items.empty()) co_return;
  layout const& of = table.of;
  request asked;
  asked.add(text({"SELECT 1 FROM ", of.records, "pawl_parent WHERE table_name=", in_quotes(of.name), " LIMIT 1"}));
  auto asking = over.read(asked);
  reply const there = co_await std::move(asking);
  if (there[0].rows() == 0) co_return;
  request what;
  for (auto const& it : items) add_seen_children(what, of, it.key);
  auto reading = over.read(what);
  reply const given = co_await std::move(reading);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].children = seen_children_in(given[2 * i], given[2 * i + 1]);
}

// The pattern of a key is compared here, for PostgreSQL has none such; so a page may take several looks.
inline task<seen_page> list_rows(std::shared_ptr<sessions> over, recorded_table const* table, seen_query which) {
  if (which.before) refuse_unknown_ages(*table, over->name());
  constexpr std::size_t most = 100'000;
  std::size_t const limit = std::clamp(which.limit, std::size_t{1}, most);
  bool const has_pattern = !which.key_glob.empty();
  std::size_t const at_once = has_pattern ? (std::max)(limit, std::size_t{1000}) : limit + 1;
  seen_page page{};
  for (bool more = true; more;) {
    request const what = list_request(*table, which, at_once, over->name());
    auto asking = over->read(what);
    reply const given = co_await std::move(asking);
    answer const& rows = given[0];
    more = rows.rows() == at_once;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      if (page.items.size() == limit) {  // there is one more, or may be
        page.is_last = false;
        co_return page;
      }
      page.next = which.after = mark_at(*table, rows, row);
      seen_item it = listed_at(*table, rows, row);
      if (!has_pattern || pawl::detail::fits_glob(it.key, which.key_glob)) page.items.push_back(std::move(it));
    }
  }
  co_return page;
}
inline task<seen_page> list_items(std::shared_ptr<sessions> over, std::string name, seen_query which) {
  over->revive();
  auto opening = open_named(*over, std::move(name));
  auto const table = co_await std::move(opening);
  auto listing = list_rows(over, table.get(), std::move(which));
  auto page = co_await std::move(listing);
  auto seeing = see_children(*over, *table, page.items);
  co_await std::move(seeing);
  co_return page;
}

// ---- the story of one ----

inline constexpr std::size_t most_history = 1000;  // entries, the newest

// The columns that tell an item's fields: of pawl's own table those of its events, else all that are not told besides.
using column_list = std::vector<catalogue_column const*>;
inline column_list field_columns(recorded_table const& table) {
  column_list all;
  auto const& m = table.meta;
  for (auto const& column : table.columns.columns) {
    bool const is_told =
        column.name == m.key || column.name == m.state || column.name == m.version || column.name == m.changed_at;
    if (m.is_own() ? column.name.starts_with("on_") && column.type.is == base_type::bytea : !is_told)
      all.push_back(&column);
  }
  return all;
}
// Of each column two values are asked for; a statement has no more than 1664.
inline constexpr std::size_t columns_at_once = 800;
// $1 key, $2 how many bytes, or characters, of each. Of each column its size in bytes, and its beginning.
inline std::string fields_sql(recorded_table const& table, std::span<catalogue_column const* const> columns) {
  std::string list;
  for (auto const* column : columns) {
    std::string const name = "f." + sql_name(column->name);
    std::string_view const before = list.empty() ? "" : ",";
    list += column->type.is == base_type::bytea
                ? text({before, "octet_length(", name, ")::int8,substring(", name, " FROM 1 FOR $2::int4)"})
                : text({before, "octet_length(", name, "::text)::int8,left(", name, "::text,$2::int4)"});
  }
  return text({"SELECT ", list, " FROM ", table.of.table, " AS f WHERE ",
               table.of.key_is(text({"$1::", table.of.key_sent_as()}))});
}
// One statement or more; how many.
inline std::size_t ask_for_fields(request& to, recorded_table const& table, column_list const& columns,
                                  std::string const& key, std::size_t most) {
  auto const read = static_cast<std::int32_t>(
      pawl::detail::as_limit(table.meta.is_own() ? pawl::detail::part_of_record(most) : most));
  std::size_t statements = 0;
  for (std::size_t from = 0; from < columns.size(); from += columns_at_once, ++statements)
    to.add(fields_sql(table, std::span(columns).subspan(from, (std::min)(columns_at_once, columns.size() - from))),
           parameters_of(key_parameter(table.of, key), value_of(read)));
  return statements;
}
// What has been recorded by events is told for the sentence, too.
inline void add_field(item_story& story, std::vector<pawl::detail::recorded_bytes>& events, recorded_table const& table,
                      catalogue_column const& column, answer const& row, std::size_t at, std::size_t most) {
  bool const is_null = row.is_null(0, 2 * at);
  auto const size = is_null ? std::size_t{0} : static_cast<std::size_t>(integer_at(row, 0, 2 * at));
  std::string const beginning = text_at(row, 0, 2 * at + 1);
  if (!table.meta.is_own()) {
    pawl::detail::field_value value;
    if (!is_null)
      value = column.type.is == base_type::bytea ? pawl::detail::bytes_value(beginning, size, most)
                                                 : pawl::detail::text_value(beginning, size, most);
    story.fields.push_back({column.name, std::move(value.plain), value.size});
  } else if (!is_null) {
    events.push_back({column.name.substr(3), beginning, size});
    pawl::detail::add_fields(story.fields, events.back(), most);
  }
}
inline std::vector<pawl::detail::recorded_bytes> add_fields(item_story& story, recorded_table const& table,
                                                            column_list const& columns, reply const& given,
                                                            std::size_t first, std::size_t most) {
  std::vector<pawl::detail::recorded_bytes> events;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    answer const& row = given[first + i / columns_at_once];
    if (row.rows() > 0) add_field(story, events, table, *columns[i], row, i % columns_at_once, most);
  }
  return events;
}

inline task<std::optional<item_story>> tell_story(std::shared_ptr<sessions> over, std::string name, std::string key,
                                                  std::size_t most) {
  over->revive();
  auto opening = open_named(*over, std::move(name));
  auto const table = co_await std::move(opening);
  layout const& of = table->of;
  if (!may_name(of, key)) co_return std::nullopt;
  auto const columns = field_columns(*table);
  request what;
  what.add("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  what.add(text({"SELECT ", listed_columns(*table), rows_with_records(of), " AND ",
                 of.key_is(text({"$1::", of.key_sent_as()}))}),
           parameters_of(key_parameter(of, key)));
  std::size_t const after_fields = 2 + ask_for_fields(what, *table, columns, key, most);
  if (table->has_history) what.add(history_sql(of), history_parameters(of, key, limit_of(most_history)));
  std::size_t const children = after_fields + (table->has_history ? 1 : 0);
  if (table->has_children) {
    add_seen_children(what, of, key);
    add_parents_of(what, of, key, static_cast<std::int64_t>(item_story::most_parents));
  }
  what.add("COMMIT");
  auto asking = over->read(what);
  reply const given = co_await std::move(asking);
  if (given[1].rows() == 0) co_return std::nullopt;
  item_story story{};
  story.item = listed_at(*table, given[1], 0);
  auto const events = add_fields(story, *table, columns, given, 2, most);
  if (table->has_history) story.history = history_in(given[after_fields]);
  if (table->has_children) {
    story.item.children = seen_children_in(given[children], given[children + 1]);
    story.parents = parents_in(given[children + 2]);
  }
  pawl::detail::explain(story, table->meta.lifecycle, table->lifecycle, events, most);
  if (given[1].is_null(0, 2)) story.why = pawl::detail::describe_unknown(table->meta.lifecycle, "NULL", false);
  co_return story;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
