// Inserts items into one table as the children of others.
#ifndef PAWL_SQLITE_CHILD_INSERTER_HPP
#define PAWL_SQLITE_CHILD_INSERTER_HPP

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/former_keys.hpp>
#include <pawl/sqlite/items_sql.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/trouble_table.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/utc_text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Within the caller's transaction. Throws store_error (misuse) if no store of the table has ever been opened here.
class child_inserter {
 public:
  child_inserter(database& db, pawl::detail::item_table const& into);
  child_inserter(child_inserter const&) = delete;
  child_inserter& operator=(child_inserter const&) = delete;
  ~child_inserter() = default;

  pawl::detail::item_table const& into() const noexcept { return *into_; }
  void insert(std::int64_t parent, insertion const& items);

 private:
  items_sql items_of() const;
  std::string insert_sql(bool with_priority) const;
  std::string link_sql(std::string_view which) const;
  bool insert_one(std::string_view key, insertion const& items);
  void link(std::int64_t parent, std::string_view key);
  bool insert_new(std::int64_t parent, insertion const& items);
  void bind_now(statement& s, int parameter);

  database* db_;
  pawl::detail::item_table const* into_;
  table_use shared_;
  trouble_table troubles_;
  former_keys former_;
  std::string table_;  // quoted
  statement insert_{}, insert_urgent_{}, link_{}, link_new_{};
  utc_text now_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/child_inserter_impl.hpp>
#endif

#endif
