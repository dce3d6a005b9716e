// Implements make_owner(), the only function of store_body.hpp that does not depend on the layout.
#ifndef PAWL_SQLITE_STORE_BODY_IMPL_HPP
#define PAWL_SQLITE_STORE_BODY_IMPL_HPP

#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/store_body.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE owner_handle make_owner(database const& db, std::string_view table) {
  std::string const file = db.file();
  if (file.empty()) return owner_handle(new private_owner);
  return owner_handle(new owner_file(text({file, ".", table, ".lock"})));
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
