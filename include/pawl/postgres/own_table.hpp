// The table of items that pawl makes itself: narrow, with one column for what each type of event recorded last.
#ifndef PAWL_POSTGRES_OWN_TABLE_HPP
#define PAWL_POSTGRES_OWN_TABLE_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/catalogue.hpp>
#include <pawl/postgres/column_type.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// The longest identifier that PostgreSQL does not cut.
inline constexpr std::size_t longest_identifier = 63;
// An index row has 2,704 bytes at most, beside the key.
inline constexpr std::size_t longest_own_key = 2688;

// The column of an event's fields.
inline std::string event_column(std::string_view event) { return text({"on_", event}); }

inline std::string view_of_own_table(std::string_view table) { return text({table, "_view"}); }

// Throws store_error (refused) if the table cannot have the lifecycle's states or events.
inline void check_own_table(lifecycle_view const& lifecycle) {
  if (view_of_own_table(lifecycle.name).size() > longest_identifier)
    pawl::detail::wording::fail(store_failure::refused,
                                {"pawl: lifecycle ", lifecycle.name,
                                 ": its name is longer than the 58 bytes that fit into the names of a table and its "
                                 "view; give it a shorter one"});
  using limits = std::numeric_limits<std::int16_t>;
  for (std::size_t i = 0; i < lifecycle.state_count(); ++i)
    if (std::int64_t const code = lifecycle.state_codes[i]; code < (limits::min)() || code > (limits::max)())
      pawl::detail::wording::fail(
          store_failure::refused,
          {"pawl: lifecycle ", lifecycle.name, ": state '", lifecycle.state_names[i], "' has the enumerator value ",
           number(code), ", and pawl's own table in PostgreSQL keeps values of 16 bits; give it a smaller one"});
  for (std::string_view const event : lifecycle.event_names)
    if (event_column(event).size() > longest_identifier)
      pawl::detail::wording::fail(
          store_failure::refused,
          {"pawl: lifecycle ", lifecycle.name, ": the name of event ", event,
           " is longer than the 60 bytes that fit into the name of a column; give the event a shorter one"});
}

// A transition to the initial state clears what was recorded, whatever its event: in a batch it has this number for its
// event, one past the events'.
inline std::size_t event_in_batch(layout const& of, row const& moved) {
  bool const resets = of.kept == states_kept_as::codes && moved.to == of.lifecycle->initial;
  return resets ? of.lifecycle->event_names.size() : std::size_t{moved.event};
}

// `schema`: the one that the table and pawl's records are in.
inline layout own_layout(lifecycle_view const& lifecycle, std::string_view schema) {
  check_own_table(lifecycle);
  layout to;
  to.lifecycle = &lifecycle;
  to.name = lifecycle.name;
  to.records = sql_name(schema) + '.';
  to.table = to.records + sql_name(lifecycle.name);
  to.row = "id";
  to.key = "key";
  to.state = "state";
  to.version = "version";
  to.changed_at = "changed_at";
  to.keys = key_kind::binary;
  to.kept = states_kept_as::codes;
  to.state_type = {.is = base_type::int2, .declared = "smallint"};
  to.changed_at_type = {.is = base_type::timestamptz, .declared = "timestamptz"};
  column_type const type{.is = base_type::bytea, .declared = "bytea"};
  for (std::size_t event = 0; event < lifecycle.event_names.size(); ++event) {
    if (!lifecycle.event_has_fields[event]) continue;
    std::string const column = sql_name(event_column(lifecycle.event_names[event]));
    to.assignments.push_back({event, column, type, field_kind::bytes, 0});
    to.assignments.push_back({lifecycle.event_names.size(), column, type, field_kind::cleared, 0});
  }
  if (!to.assignments.empty()) to.parameters = {field_kind::bytes};
  return to;
}

// Statements that make what is missing of the table, within a transaction; each of them would wait for all who read it.
//
// Only the id and the key are indexed, and half a page is room for new versions of its rows: an index on anything that
// changes would be written at each transition, and rows that follow each other move in one batch. With room for less, 11 %
// of a million transitions left their page, and the indexes grew by a tenth of the table (tests/benchmark, postgres). An id
// never comes again, and is the life of its row. `owner` is the worker that has claimed the row. The view is for people.
inline std::vector<std::string> make_own_table_sql(layout const& of, catalogue const& there = {},
                                                   bool view_exists = false) {
  std::vector<std::string> all;
  if (!there.exists())
    all.push_back(text({"CREATE TABLE IF NOT EXISTS ", of.table,
                        "(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,key bytea NOT NULL UNIQUE,"
                        "version bigint NOT NULL,changed_at timestamptz NOT NULL,state smallint NOT NULL,"
                        "owner integer) WITH (fillfactor=50)"}));
  for (assignment const& one : of.assignments)
    if (one.kind != field_kind::cleared && (there.find(event_column(of.lifecycle->event_names[one.event])) ==
                                            nullptr /*mutant only_what_is_missing: || OFF*/))
      all.push_back(text({"ALTER TABLE ", of.table, " ADD COLUMN IF NOT EXISTS ", one.column, " bytea"}));
  if (!view_exists)
    all.push_back(text({"CREATE OR REPLACE VIEW ", of.records, sql_name(view_of_own_table(of.name)),
                        " AS SELECT f.id,encode(f.key,'escape') AS key,coalesce(s.name,'code '||f.state) AS state,"
                        "f.version,f.changed_at FROM ",
                        of.table, " AS f LEFT JOIN ", of.records,
                        "pawl_states AS s ON s.table_name=", in_quotes(of.name), " AND s.code=f.state"}));
  return all;
}

// The table was there and somebody has dropped it, and with it what PostgreSQL knew of the ids that were given out: those of
// now begin at `first`, a random number of 62 bits.
inline std::string begin_ids_at_sql(layout const& of, std::int64_t first) {
  return text({"ALTER TABLE ", of.table, " ALTER COLUMN id RESTART WITH ", number(first)});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
