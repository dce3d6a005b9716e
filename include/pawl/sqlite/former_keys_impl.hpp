// Implements former_keys.
#ifndef PAWL_SQLITE_FORMER_KEYS_IMPL_HPP
#define PAWL_SQLITE_FORMER_KEYS_IMPL_HPP

#include <cstdint>
#include <optional>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/former_keys.hpp>
#include <pawl/sqlite/records.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE void former_keys::look() {
  shared_->any_former_keys = false;
  if (!has_table(*db_, "pawl_earlier")) return;  // a database of schema 2 that is only read, or one without records
  statement s = db_->prepare("SELECT 1 FROM pawl_earlier WHERE table_name=?1 LIMIT 1");
  s.bind(1, table_);
  // Within a transaction those that it has removed may come back.
  shared_->any_former_keys = s.step() || db_->in_transaction();
}

PAWL_INLINE std::optional<former_key> former_keys::find(std::string_view key, std::int64_t version, std::int64_t life) {
  if (!may_have_some()) return std::nullopt;
  if (!find_)
    find_ = db_->prepare("SELECT former FROM pawl_earlier WHERE table_name=?1 AND key=?2 AND version=?3 AND life=?4");
  reset_at_exit const reset(find_);
  find_.bind(1, table_);
  find_.bind(2, key);
  find_.bind(3, version);
  find_.bind(4, life);
  if (!find_.step()) return std::nullopt;
  return former_key{find_.is_null(0), find_.integer(0)};
}

PAWL_INLINE void former_keys::remove(std::string_view key) {
  if (!remove_) remove_ = db_->prepare("DELETE FROM pawl_earlier WHERE table_name=?1 AND key=?2");
  reset_at_exit const reset(remove_);
  remove_.bind(1, table_);
  remove_.bind(2, key);
  remove_.step();
}

PAWL_INLINE void former_keys::remove_after(std::int64_t id) {
  statement s =
      db_->prepare(text({"DELETE FROM pawl_earlier WHERE table_name='", table_, "' AND EXISTS(SELECT 1 FROM [", table_,
                         "] AS t WHERE t.key=pawl_earlier.key AND t.id>?1)"}));
  s.bind(1, id);
  s.step();
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
