// A table of items, as the statements of both layouts name it.
#ifndef PAWL_SQLITE_ITEMS_SQL_HPP
#define PAWL_SQLITE_ITEMS_SQL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/key_comparison.hpp>
#include <pawl/sqlite/row_life.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// How a row stores its state: as the enumerator's value or as the state's stored name.
enum class states_kept_as : std::uint8_t { codes, names };

// A table of items and its columns. The names have static storage and are bracketed in SQL. Empty: no such column.
struct items_sql {
  std::string_view table;
  std::string_view row;  // not bracketed
  std::string_view key, state, version;
  states_kept_as kept;
  std::string_view changed_at{}, priority{};
  row_life life{};
  key_comparison keys{};
  bool records_lives = true;  // false: the records are of schema 2, and this connection may not change that

  // Row t is the one that record p is about: in a statement with both.
  std::string is_of() const {
    std::string same = text({"t.[", key, "]=p.key", keys.beside("t.", "p.key"), " AND t.[", version, "]=p.version"});
    if (records_lives /*mutant record_of_a_life: && !OFF*/) same += text({" AND p.life=", life.sql("t")});
    return same;
  }
};

// Row t is in one of the lifecycle's states for which wanted(index) is true.
template <class Wanted> std::string in_states(lifecycle_view const& lifecycle, items_sql const& items, Wanted wanted) {
  std::string list;
  for (std::size_t i = 0; i < lifecycle.state_count(); ++i) {
    if (!wanted(i)) continue;
    if (!list.empty()) list += ',';
    list += items.kept == states_kept_as::codes ? text({number(lifecycle.state_codes[i])})
                                                : in_quotes(lifecycle.state_names[i]);
  }
  return text({"t.[", items.state, "] COLLATE BINARY IN(", list.empty() ? "NULL" : list, ")"});
}

inline std::string in_step_states(lifecycle_view const& lifecycle, items_sql const& items) {
  return in_states(lifecycle, items, [&lifecycle](std::size_t i) { return lifecycle.roles[i] == role::step; });
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
