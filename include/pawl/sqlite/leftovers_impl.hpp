// Implements the removal of leftovers.
#ifndef PAWL_SQLITE_LEFTOVERS_IMPL_HPP
#define PAWL_SQLITE_LEFTOVERS_IMPL_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/leftovers.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE void sweep_leftovers(database& db, items_sql const& items, std::string& from, std::size_t most) {
  if (db.reads_only() || db.in_transaction()) return;
  std::string const to = [&] {
    statement s =
        db.prepare(text({"SELECT max(key) FROM (SELECT key FROM (SELECT key FROM pawl_trouble WHERE "
                         "table_name=?1 AND key>=?2 UNION SELECT key FROM pawl_earlier WHERE table_name=?1 "
                         "AND key>=?2) ORDER BY key LIMIT ?3)"}));
    s.bind(1, items.table);
    s.bind(2, std::string_view(from));
    s.bind(3, most);
    return std::string(s.step() ? s.text(0) : "");
  }();
  auto const each = [&](std::string_view doing, auto run) {
    for (std::string_view const records : {"pawl_trouble", "pawl_earlier"}) {
      statement s = db.prepare(text({doing, records,
                                     " AS p WHERE p.table_name=?1 AND p.key>=?2 AND p.key<=?3 AND NOT "
                                     "EXISTS(SELECT 1 FROM [",
                                     items.table, "] AS t WHERE ", items.is_of(),
                                     ") AND EXISTS(SELECT 1 FROM pawl_meta AS m WHERE m.table_name=?1 AND "
                                     "coalesce(m.row_column,'')=?4 AND coalesce(m.born_column,'')=?5)"}));
      s.bind(1, items.table);
      s.bind(2, std::string_view(from));
      s.bind(3, std::string_view(to));
      s.bind(4, items.life.row_column());
      s.bind(5, items.life.born_column());
      run(s);
    }
  };
  bool found = false;
  each("SELECT 1 FROM ", [&](statement& s) { found = found || s.step(); });
  if (found) {
    if (!db.try_begin()) return;
    each("DELETE FROM ", [](statement& s) { s.step(); });
    db.commit();
  }
  from = to == from ? std::string() : to;
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
