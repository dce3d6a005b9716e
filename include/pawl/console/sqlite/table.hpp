// A table of items in an SQLite database, known from what pawl has recorded of it alone.
#ifndef PAWL_CONSOLE_SQLITE_TABLE_HPP
#define PAWL_CONSOLE_SQLITE_TABLE_HPP

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/known_lifecycle.hpp>
#include <pawl/console/recorded_field.hpp>
#include <pawl/console/utc_time.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/child_table.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/history_table.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/key_comparison.hpp>
#include <pawl/sqlite/mapping_view.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/schema.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/table.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// A row of pawl_meta.
struct recorded_meta {
  std::string table{}, lifecycle{}, kept{}, key{}, state{}, version{}, changed_at{}, born{}, row{};

  bool is_own() const noexcept { return kept == "codes"; }

  // Throws store_error (refused) unless all are names that pawl writes there: they become part of statements.
  void check(std::string_view path) const {
    if (key.empty())
      fail(store_failure::refused, {"pawl: ", path, ": no program has opened table ", table,
                                    " since the database was of schema 2; open its store once"});
    using pawl::detail::is_sql_identifier;
    for (std::string const* name : {&table, &key, &state, &version})
      if (!is_sql_identifier(*name)) refuse_name(path, *name);
    for (std::string const* name : {&changed_at, &born})
      if (!name->empty() && !is_sql_identifier(*name)) refuse_name(path, *name);
  }

 private:
  [[noreturn]] static void refuse_name(std::string_view path, std::string_view name) {
    fail(store_failure::refused, {"pawl: ", path, ": pawl_meta has the name '", pawl::detail::visible_text(name),
                                  "', which pawl has not written"});
  }
};

// All tables of the database, by name.
inline std::vector<recorded_meta> read_meta(database& db) {
  std::vector<recorded_meta> all;
  statement s = db.prepare(
      "SELECT "
      "table_name,lifecycle,kept,key_column,state_column,version_column,changed_at_column,born_column,row_column "
      "FROM pawl_meta ORDER BY table_name");
  while (s.step()) {
    auto const text = [&s](int column) { return std::string(s.text(column)); };
    all.push_back({text(0), text(1), text(2), text(3), text(4), text(5), text(6), text(7), text(8)});
  }
  return all;
}

inline std::vector<pawl::detail::known_state> read_states(database& db, std::string_view table) {
  std::vector<pawl::detail::known_state> all;
  statement s = db.prepare("SELECT code,name,role FROM pawl_states WHERE table_name=?1 ORDER BY code,name");
  s.bind(1, table);
  while (s.step())
    all.push_back({s.integer(0), std::string(s.text(1)), pawl::detail::role_of_name(s.text(2)).value_or(role::step)});
  return all;
}
inline std::vector<seen_row> read_rows(database& db, std::string_view table) {
  std::vector<seen_row> all;
  statement s = db.prepare(
      "SELECT from_state,event,to_state FROM pawl_rows AS r WHERE table_name=?1 ORDER BY "
      "(SELECT code FROM pawl_states AS s WHERE s.table_name=?1 AND s.name=r.from_state),event");
  s.bind(1, table);
  while (s.step()) all.push_back({std::string(s.text(0)), std::string(s.text(1)), std::string(s.text(2))});
  return all;
}

// What the statements about a table need. Must not outlive its database.
class recorded_table {
 public:
  // Throws store_error (refused) if the table is not as it was recorded.
  recorded_table(database& db, recorded_meta meta)
      : db_(&db),
        meta_(checked(db, std::move(meta))),
        lifecycle_(meta_.lifecycle, read_states(db, meta_.table), read_rows(db, meta_.table)),
        use_(db.share(meta_.table, nullptr)),
        troubles_(db, *use_, lifecycle_.view(), items()),
        history_(db, *use_, lifecycle_.view(), meta_.table, false),
        children_(db, *use_, troubles_.items()) {}
  recorded_table(recorded_table const&) = delete;
  recorded_table& operator=(recorded_table const&) = delete;

  recorded_meta const& meta() const noexcept { return meta_; }
  pawl::detail::known_lifecycle const& lifecycle() const noexcept { return lifecycle_; }
  trouble_table& troubles() noexcept { return troubles_; }
  trouble_table const& troubles() const noexcept { return troubles_; }
  history_table& history() noexcept { return history_; }
  child_table& children() noexcept { return children_; }
  // Its rows, or what is recorded of them, have changed: stores of this process hear of it at the commit.
  void touch() noexcept { use_->touched = true; }

  // The name of the state in this column of a row.
  std::string state_of(statement const& s, int column) const {
    if (meta_.is_own()) return lifecycle_.name_of(s.integer(column));
    if (s.is_null(column)) return "NULL";
    if (s.is_blob(column))
      return pawl::detail::in_hexadecimal_bytes(s.bytes(column));  // no state's name, whatever it says
    return std::string(s.text(column));
  }
  // Binds what the column of a row in this state holds. A state of no known code is called "code N".
  void bind_state(statement& s, int parameter, std::string const& name) const {
    if (!meta_.is_own()) return s.bind(parameter, std::string_view(name));
    if (auto const* const state = lifecycle_.find(name)) return s.bind(parameter, state->code);
    std::string_view digits = name;
    std::int64_t code = 0;
    bool const is_code = digits.starts_with("code ");
    if (is_code) digits.remove_prefix(5);
    auto const [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), code);
    if (is_code && wrong == std::errc() && end == digits.data() + digits.size()) return s.bind(parameter, code);
    s.bind(parameter, nullptr);
  }

  // The time at which the row t got into its state as a number, in nanoseconds: exact in pawl's own table, else to the
  // millisecond. NULL: there is no such column, or no time in it.
  std::string changed_at_sql() const {
    if (meta_.changed_at.empty()) return "NULL";
    if (meta_.is_own()) return "t.changed_at*1000";
    return text({"CAST(round((julianday(t.[", meta_.changed_at, "])-2440587.5)*86400000.0) AS INTEGER)*1000000"});
  }
  // The column itself, for read_changed_at().
  std::string changed_at_column() const {
    return meta_.changed_at.empty() ? std::string("NULL") : text({"t.[", meta_.changed_at, "]"});
  }
  std::optional<stored_time> read_changed_at(statement const& s, int column) const {
    if (s.is_null(column)) return std::nullopt;
    if (meta_.is_own()) return stored_time(std::chrono::microseconds(s.integer(column)));
    return pawl::detail::read_utc(s.text(column));
  }

  // Of the row t with the key ?1. False from may_name(): no row has it.
  std::string has_key_sql() const { return text({"t.[", meta_.key, "]=?1", keys_.beside("t.", "?1")}); }
  bool may_name(std::string_view key) const noexcept { return keys_.may_name(key); }

 private:
  static recorded_meta checked(database const& db, recorded_meta meta) {
    meta.check(db.path());
    return meta;
  }
  names columns() const {
    names n{meta_.table};
    n.key = meta_.key;
    n.state = meta_.state;
    n.version = meta_.version;
    n.changed_at = meta_.changed_at;
    n.born = meta_.born;
    return n;
  }
  items_sql items() {
    if (!has_table(*db_, meta_.table))
      fail(store_failure::refused, {"pawl: there is no table ", meta_.table, " in ", db_->path(), " any more"});
    if (!meta_.is_own()) {
      mapping_view const mapping{&lifecycle_.view(), columns(), {}, {}, {}, {}, {}, {}};
      keys_ = table_inspector(*db_, meta_.table).check(mapping);
    }
    if (!meta_.born.empty()) register_life(*db_);
    return {.table = meta_.table,
            .row = meta_.is_own() ? "id" : "rowid",
            .key = meta_.key,
            .state = meta_.state,
            .version = meta_.version,
            .kept = meta_.is_own() ? states_kept_as::codes : states_kept_as::names,
            .changed_at = meta_.changed_at,
            .life = row_life(meta_.row, meta_.born),
            .keys = keys_};
  }

  database* db_;
  recorded_meta meta_;
  pawl::detail::known_lifecycle lifecycle_;
  table_use use_;
  key_comparison keys_{};
  trouble_table troubles_;
  history_table history_;
  child_table children_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
