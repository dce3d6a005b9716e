// Very many items in one call, for pawl's own table: the keys of a range, or those that a query gives.
#ifndef PAWL_SQLITE_BULK_INSERT_HPP
#define PAWL_SQLITE_BULK_INSERT_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// Inserts within a transaction, which is the caller's. Rows are new items at version 0; a key that exists is passed over.
class bulk_insert {
 public:
  // `table`: pawl's own, quoted.
  bulk_insert(database& db, std::string const& table, lifecycle_view const& lifecycle, std::int64_t now);
  bulk_insert(bulk_insert const&) = delete;
  bulk_insert& operator=(bulk_insert const&) = delete;

  // The highest id that was there before: those inserted have higher ones.
  std::int64_t last_before() const noexcept { return last_before_; }

  // ---- the keys of a range ----

  // Takes the key over; it is written by and by. Throws store_error (misuse) for an empty one.
  void add(std::string_view key);
  // How many were new, once all are written.
  std::size_t finish();

  // ---- the keys of a query ----

  std::size_t from(sql_statement const& query);
  // Needs no transaction: true if the query gives a key that is not in the table. Throws store_error (misuse) for what is
  // no query with a single column.
  static bool finds_new(database& db, std::string const& table, sql_statement const& query);

 private:
  // One INSERT for so many: half the time of as many INSERTs.
  static constexpr std::size_t at_once = 100;

  statement prepare() const;  // for the keys that are waiting
  void write(statement& insert);
  std::string_view key(std::size_t i) const;
  std::size_t inserted_just_now() const;
  [[noreturn]] static void refuse_key(std::string_view why);

  database* db_;
  std::string const* table_;
  std::string initial_, now_;  // as SQL
  std::int64_t last_before_ = 0;
  std::size_t inserted_ = 0;
  std::string keys_{};                       // of the rows to come, one after the other
  std::array<std::size_t, at_once> ends_{};  // where each ends
  std::size_t waiting_ = 0;
  statement many_{};
};

// A range of keys without its type.
struct key_range {
  void* keys;
  void (*add_to)(void* keys, bulk_insert& bulk);
};
template <class Keys> key_range key_range_of(Keys& keys) {
  return {const_cast<void*>(static_cast<void const*>(&keys)), [](void* range, bulk_insert& bulk) {
            for (auto&& key : *static_cast<Keys*>(range)) bulk.add(std::string_view(key));
          }};
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/bulk_insert_impl.hpp>
#endif

#endif
