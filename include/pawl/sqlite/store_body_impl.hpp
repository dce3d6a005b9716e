// Implements make_owner(), the only function of store_body.hpp that does not depend on the layout.
#ifndef PAWL_SQLITE_STORE_BODY_IMPL_HPP
#define PAWL_SQLITE_STORE_BODY_IMPL_HPP

#include <string>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/store_body.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE owner_handle make_owner(database const& db, shared_table& table) {
  std::string const file = db.file();
  if (file.empty()) return table.owners.make();
  return owner_handle(new owner_file(lock_file_of(file, table.name)));
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
