// The items that keep the idempotency key which they had before an upgrade, in pawl_earlier (records.hpp).
#ifndef PAWL_SQLITE_FORMER_KEYS_HPP
#define PAWL_SQLITE_FORMER_KEYS_HPP

#include <cstdint>
#include <optional>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

using pawl::detail::former_key;

// Empty in a database that was never upgraded, and once each item has moved since; then nothing is queried.
class former_keys {
 public:
  former_keys(database& db, shared_table& shared, std::string_view table) : db_(&db), shared_(&shared), table_(table) {
    look();
  }
  former_keys(former_keys const&) = delete;
  former_keys(former_keys&&) = default;
  former_keys& operator=(former_keys const&) = delete;
  former_keys& operator=(former_keys&&) = default;

  bool may_have_some() const noexcept { return shared_->any_former_keys; }
  // Refreshes may_have_some().
  void look();
  std::optional<former_key> find(std::string_view key, std::int64_t version, std::int64_t life);
  // Within a transaction, after the item has moved, or before a row with its key is inserted anew.
  void forget(std::string_view key) {
    if (shared_->any_former_keys) remove(key);
  }
  // The same for each row of pawl's own table with a higher id.
  void forget_after(std::int64_t id) {
    if (shared_->any_former_keys) remove_after(id);
  }

 private:
  void remove_after(std::int64_t id);
  void remove(std::string_view key);

  database* db_;
  shared_table* shared_;
  std::string_view table_;  // static storage
  statement find_{}, remove_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#ifndef PAWL_COMPILED
#include <pawl/sqlite/former_keys_impl.hpp>
#endif

#endif
