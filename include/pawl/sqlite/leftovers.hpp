// Removes records of rows that are gone or have moved on without their store: nothing reads them any more.
#ifndef PAWL_SQLITE_LEFTOVERS_HPP
#define PAWL_SQLITE_LEFTOVERS_HPP

#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Looks at `most` records of pawl_trouble and of pawl_earlier for these items, from the key `from` on, which it moves
// behind them, and back to the beginning at their end. Writes only if there are leftovers, and not while another process
// holds the lock: they do no harm. Nothing is one to a store that does not tell lives as the records do.
void sweep_leftovers(database& db, items_sql const& items, std::string& from, std::size_t most = 10'000);

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/leftovers_impl.hpp>
#endif

#endif
