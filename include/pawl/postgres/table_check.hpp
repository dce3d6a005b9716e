// The requirements on a table that pawl maps onto, checked against the catalogue when the store is opened.
#ifndef PAWL_POSTGRES_TABLE_CHECK_HPP
#define PAWL_POSTGRES_TABLE_CHECK_HPP

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/catalogue.hpp>
#include <pawl/postgres/column_type.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/written_column.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What a mapped table's type says of it. The spans have static storage duration.
struct mapping_view {
  lifecycle_view const* lifecycle;
  pawl::names names;
  std::span<written_column const> columns;  // by event, in the order of the events and of the mapping
};
template <a_table Table>
inline constexpr mapping_view mapping_of{&view_of<typename Table::lifecycle>, Table::names,
                                         pawl::detail::written_columns_of<Table>};

class table_check {
 public:
  // `name`: as the mapping has it. `where`: the database, for messages.
  table_check(catalogue const& table, std::string_view name, std::string_view where)
      : table_(table), name_(name), where_(where) {}

  // Throws store_error (refused), naming the column, its type, what is written to it, and the remedy, if the table cannot
  // keep what a store of this mapping writes. A CHECK, which may refuse a single value, is no reason.
  layout check(mapping_view const& mapping) const {
    auto const& n = mapping.names;
    check_table();
    layout to;
    to.lifecycle = mapping.lifecycle;
    to.name = n.table;
    to.records = sql_name(table_.schema) + '.';
    to.table = to.records + sql_name(table_.table);
    to.key = sql_name(n.key);
    to.keys = check_key(n.key);
    to.key_collation = find(n.key).type.collation;
    to.state = sql_name(n.state);
    to.state_type = check_state(n.state, *mapping.lifecycle);
    to.version = sql_name(n.version);
    check_version(n.version);
    if (!n.changed_at.empty()) {
      to.changed_at = sql_name(n.changed_at);
      to.changed_at_type = check_column({n.changed_at, "", field_kind::time, false});
    }
    if (!n.priority.empty()) {
      to.priority = sql_name(n.priority);
      check_priority(n.priority);
    }
    if (!n.born.empty()) check_born(n, to);
    for (auto const& c : table_.columns)
      if (c.is_primary_key && is_integer(c.type.is)) to.row = sql_name(c.name);
    add_assignments(to, mapping);
    return to;
  }

  // True if a key may come again with the same life, after its row was deleted: where the row has no number that is never
  // given out again, and no born column that is UNIQUE or is filled at random.
  bool life_comes_again(names const& n) const {
    if (pawl::detail::same_column(n.born, n.key)) return false;
    for (auto const& c : table_.columns)
      if (c.is_primary_key && is_integer(c.type.is) && c.counts) return false;
    catalogue_column const* const born = table_.find(n.born);
    if (born == nullptr) return true;
    bool const by_chance = born->default_value.find("random") != std::string::npos ||
                           born->default_value.find("uuid") != std::string::npos;
    return !by_chance && !born->is_unique && !born->counts;
  }

  [[noreturn]] void refuse(parts why) const {
    pawl::detail::wording::fail(store_failure::refused, {"pawl: table ", name_, " in ", where_, ": ", text(why)});
  }

 private:
  void check_table() const {
    if (!table_.exists())
      refuse({"there is no such table on the search_path; names are in the case that they have there"});
    switch (table_.kind) {
      case 'r':
      case 'p':
        break;
      case 'v':
      case 'm':
        refuse({"it is a view, not a table"});
      default:
        refuse({"it is not a table of this server"});
    }
    if (table_.persistence == 't') refuse({"it is TEMPORARY, and no other connection sees it; create it without that"});
    if (table_.persistence == 'u')
      refuse({"it is UNLOGGED, and empty after a crash of the server; ALTER TABLE ", name_, " SET LOGGED"});
  }

  key_kind check_key(std::string_view name) const {
    catalogue_column const& key = find(name);
    static constexpr std::string_view remedy = "; declare it text, bigint, uuid or bytea";
    key_kind kind = key_kind::text;
    if (is_integer(key.type.is))
      kind = key_kind::integer;
    else if (key.type.is == base_type::uuid)
      kind = key_kind::uuid;
    else if (key.type.is == base_type::bytea)
      kind = key_kind::binary;
    else if (key.type.is == base_type::citext)
      refuse({declared(key), ", which takes 'Ada' and 'ADA' for one key", remedy});
    else if (key.type.is == base_type::blank_padded)
      refuse({declared(key), ", which pads a key with blanks", remedy});
    else if (key.type.is != base_type::text && key.type.is != base_type::varchar)
      refuse({declared(key), ", which is no type of a key", remedy});
    if (!key.type.compares_as_bytes)
      refuse({"the collation of column ", key.name,
              " is not deterministic and may take two keys for one; give it another, such as COLLATE \"C\""});
    if (!key.is_unique)
      refuse(
          {"column ", key.name,
           " is not unique, but a key must identify one row; add a UNIQUE index on it alone, without an expression or "
           "WHERE, and not DEFERRABLE"});
    return kind;
  }

  column_type check_state(std::string_view name, lifecycle_view const& lifecycle) const {
    catalogue_column const& state = find(name);
    check_writable(state, "pawl writes each state");
    auto const refuse_name = [&](std::string_view of_state, std::string_view remedy) {
      refuse({declared(state), ", which does not keep a state's name, such as '", of_state, "'; ", remedy});
    };
    if (state.type.is == base_type::enumeration) {
      if (!state.type.state_that_lacks.empty())
        refuse_name(state.type.state_that_lacks,
                    text({"ALTER TYPE ", state.type.declared, " ADD VALUE ", in_quotes(state.type.state_that_lacks)}));
      return state.type;
    }
    if (state.type.is != base_type::text && state.type.is != base_type::varchar)
      refuse_name(lifecycle.state_names[0], "declare it text");
    for (std::string_view const of_state : lifecycle.state_names)
      if (state.type.longest != 0 && of_state.size() > static_cast<std::size_t>(state.type.longest))
        refuse_name(of_state, "declare it text");
    if (!state.type.compares_as_bytes)
      refuse({"the collation of column ", state.name,
              " is not deterministic and may take two states for one; give it another, such as COLLATE \"C\""});
    return state.type;
  }

  void check_version(std::string_view name) const {
    catalogue_column const& version = find(name);
    check_writable(version, "pawl counts each item's version");
    static constexpr std::string_view remedy = "; declare it bigint NOT NULL DEFAULT 0";
    if (version.type.is != base_type::int8 && version.type.is != base_type::int4)
      refuse({declared(version), ", but a version counts all transitions of an item", remedy});
    if (!version.not_null) refuse({declared(version), " and may be NULL, but a version is an integer", remedy});
  }

  void check_priority(std::string_view name) const {
    catalogue_column const& priority = find(name);
    if (!is_integer(priority.type.is))
      refuse({declared(priority), ", but a priority is an integer; declare it integer"});
  }

  void check_born(names const& n, layout& to) const {
    catalogue_column const& born = find(n.born);
    if (pawl::detail::same_column(n.born, n.key)) return;  // a key whose values never come again needs no help
    if (!tells_lives(born.type.is))
      refuse({declared(born),
              ", whose text depends on a session's settings; declare it uuid, bigint, text or timestamptz"});
    if (is_integer(born.type.is) && is_plain_random(born.default_value))
      refuse({declared(born),
              " and filled by random(), which PostgreSQL gives between 0 and 1, so that rows of one key share their "
              "births, and their idempotency keys; declare it uuid DEFAULT gen_random_uuid()"});
    to.born = sql_name(n.born);
    to.born_type = born.type;
  }
  // "random()", also with casts and in parentheses: as SQLite takes it for 64 bits.
  static bool is_plain_random(std::string_view expression) {
    std::string words;
    for (char const c : expression.substr(0, expression.find("::")))
      if (c != '(' && c != ')' && c != ' ') words += c;
    return words == "random";
  }

  column_type check_column(written_column const& written) const {
    catalogue_column const& column = find(written.name);
    bool const clears = written.kind == field_kind::cleared;
    std::string const what =
        written.event.empty()
            ? std::string("each event writes the time of its transition")
            : text({"event ", written.event, clears ? " clears it" : " writes ", clears ? "" : name_of(written.kind)});
    check_writable(column, what);
    if (!keeps(column.type, written))
      refuse({declared(column), why_not(column.type, written.kind),
              ", and does not keep what is written there unchanged: ", what, "; declare it ", type_for(written)});
    if (column.not_null && written.may_be_null)
      refuse(
          {declared(column), " and NOT NULL, but ", what,
           clears
               ? "; allow NULL in it"
               : ", which is std::optional and may be empty; allow NULL in it, or make the field one that always has "
                 "a value"});
    return column.type;
  }

  void check_writable(catalogue_column const& c, std::string_view what) const {
    if (c.generated)
      refuse({declared(c), " and GENERATED ALWAYS, so that PostgreSQL alone writes it, but ", what,
              "; make it an ordinary column, or map another one"});
  }

  void add_assignments(layout& to, mapping_view const& mapping) const {
    auto const& events = mapping.lifecycle->event_names;
    for (std::size_t event = 0; event < events.size(); ++event) {
      std::vector<bool> taken(to.parameters.size());
      for (auto const& written : mapping.columns) {
        if (written.event != events[event]) continue;
        assignment one{event, sql_name(written.name), check_column(written), written.kind, 0};
        one.kind = kind_in(one.type, one.kind);
        if (one.kind != field_kind::cleared && one.kind != field_kind::time)
          one.parameter = take_parameter(to.parameters, taken, one.kind);
        to.assignments.push_back(std::move(one));
      }
    }
  }
  // The first array of this kind that the event does not use yet.
  static std::size_t take_parameter(std::vector<field_kind>& all, std::vector<bool>& taken, field_kind kind) {
    std::size_t i = 0;
    while (i < all.size() && (taken[i] || all[i] != kind)) ++i;
    if (i == all.size()) {
      all.push_back(kind);
      taken.push_back(false);
    }
    taken[i] = true;
    return i;
  }

  catalogue_column const& find(std::string_view column) const {
    catalogue_column const* const found = table_.find(column);
    if (found != nullptr) return *found;
    for (auto const& c : table_.columns)
      if (pawl::detail::same_column(c.name, column))
        refuse({"there is no column ", column, ", but one that is spelled ", c.name, "; name it so in the mapping"});
    refuse({"there is no column ", column});
  }
  static std::string declared(catalogue_column const& c) {
    return text({"column ", c.name, " is declared ", c.type.declared});
  }

  catalogue const& table_;
  std::string name_, where_;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
