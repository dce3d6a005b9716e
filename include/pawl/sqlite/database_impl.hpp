// Implements database: opening, transactions, checkpoints and closing.
#ifndef PAWL_SQLITE_DATABASE_IMPL_HPP
#define PAWL_SQLITE_DATABASE_IMPL_HPP

#include <chrono>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/checkpointer.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/file_watch.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/random_identity.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/state_check.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/write_ahead_log.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

PAWL_INLINE database::database(std::string path, options o)
    : options_(std::move(o)),
      begun_(std::chrono::steady_clock::now()),
      connection_(std::move(path), options_.busy_timeout),
      checkpointer_(options_.checkpoint_frames) {
  detail::new_file made(connection_);
  detail::open_file(connection_, options_);
  connection_.note_file();
  detail::configure(connection_, options_);
  if (!files_.begin(connection_.handle, connection_.path()))
    detail::refuse(connection_.path(), {"it was removed or replaced while it was being opened; open it again"});
  made.keep();
  sqlite3_wal_hook(connection_.handle, &database::after_commit, this);
  sqlite3_update_hook(connection_.handle, &database::after_change, this);
  begin_ = prepare("BEGIN IMMEDIATE");
  commit_ = prepare("COMMIT");
  rollback_ = prepare("ROLLBACK");
  span("open", begun_);
}

PAWL_INLINE database::~database() { close(); }

PAWL_INLINE std::string database::file() const {
  char const* const name = sqlite3_db_filename(connection_.handle, "main");
  return name ? name : "";
}

PAWL_INLINE std::string database::identity() {
  auto const ask = [this](std::string_view sql) {
    statement s = prepare(sql);
    return std::string(s.step() ? s.text(0) : "");
  };
  // Not in schema 2.
  bool const is_told = !ask("SELECT name FROM pragma_table_info('pawl_meta') WHERE name='identity'").empty();
  return is_told ? ask("SELECT identity FROM pawl_meta LIMIT 1") : std::string();
}

PAWL_INLINE std::string database::new_identity() {
  auto const mine = on_this_thread();
  std::vector<pawl::owner_handle> owned;
  auto const own = [&owned](pawl::owner_handle owner) {
    if (!owner->try_acquire(ownership::sole)) throw error("run.owned", owner->describe_holder());
    owned.push_back(std::move(owner));
  };
  for (auto* table = tables_.first(); table && file().empty(); table = tables_.next(*table)) own(table->owners.make());
  begin();
  try {
    if (identity().empty())
      detail::fail(store_failure::misuse, {"pawl: ", path(), " has no identity before its first store is opened"});
    statement tables = prepare(detail::tables_with_owners);
    while (!file().empty() && tables.step())
      own(owner_handle(new detail::owner_file(detail::lock_file_of(file(), tables.text(0)))));
    tables.reset();
    std::string const made = detail::random_identity();
    execute(detail::text({"UPDATE pawl_meta SET identity='", made, "',plain_keys=0;DELETE FROM pawl_earlier"}));
    commit();
    return made;
  } catch (...) {
    rollback();
    throw;
  }
}

PAWL_INLINE std::int64_t database::data_version() {
  if (!data_version_) data_version_ = prepare("PRAGMA data_version");
  detail::reset_at_exit const reset(data_version_);
  return data_version_.step() ? data_version_.integer(0) : 0;
}

PAWL_INLINE detail::table_use database::share(std::string_view table, void const* type) {
  auto const mine = on_this_thread();
  tables_.drop_unused();
  std::string const name(table);
  for (auto* found = tables_.first(); found; found = tables_.next(*found)) {
    if (sqlite3_stricmp(found->name.c_str(), name.c_str()) != 0) continue;
    if (found->type == nullptr) found->type = type;
    if (type == nullptr || found->type == type /*mutant one_type_a_table: || OFF*/) return detail::table_use(*found);
    detail::fail(store_failure::refused, {"pawl: ", path(), ": table ", name,
                                          " is already used by another lifecycle or mapping in this program; give one "
                                          "of them a different name"});
  }
  return detail::table_use(tables_.add(name, type));
}

PAWL_INLINE detail::shared_table* database::shared(std::string_view table) noexcept {
  std::string const name(table);
  for (auto* found = tables_.first(); found; found = tables_.next(*found))
    if (sqlite3_stricmp(found->name.c_str(), name.c_str()) == 0) return found;
  return nullptr;
}

PAWL_INLINE void database::execute(std::string const& sql) {
  auto const mine = on_this_thread();
  connection_.refuse_if_unusable();
  connection_.check(sqlite3_exec(connection_.handle, sql.c_str(), nullptr, nullptr, nullptr), sql);
  if (!in_transaction()) checkpoint_if_due();
}

PAWL_INLINE bool database::try_begin() {
  auto const mine = on_this_thread();
  connection_.patient = false;
  int const code = run_begin();
  connection_.patient = true;
  if (code == SQLITE_DONE) return true;
  if (detail::is_busy(code)) return false;
  throw connection_.failure(code, "BEGIN IMMEDIATE");
}

PAWL_INLINE void database::begin() {
  auto const mine = on_this_thread();
  int const code = run_begin();
  if (code == SQLITE_DONE) return;
  if (detail::is_busy(code))
    detail::fail(store_failure::busy, {"pawl: ", path(), " has been locked by ", lock_holder(), " for ",
                                       detail::number(connection_.busy_timeout().count()),
                                       " ms; nothing was applied. Try again when it has finished"});
  throw connection_.failure(code, "BEGIN IMMEDIATE");
}

PAWL_INLINE void database::commit() {
  auto const mine = on_this_thread();
  connection_.refuse_if_unusable();
  if (!in_transaction())
    detail::fail(store_failure::misuse,
                 {"pawl: ", path(), ": commit() without a transaction; call begin() or try_begin() first"});
  if (int const code = commit_.run_once(); code != SQLITE_DONE) fail_commit(code);
  has_new_children_ = false;
  checkpoint_if_due();
}

PAWL_INLINE void database::rollback() noexcept {
  if (!connection_.is_here() || !connection_.try_enter()) return;
  if (in_transaction()) rollback_.run_once();
  has_new_children_ = false;
  connection_.leave();
}

PAWL_INLINE int database::after_commit(void* self, sqlite3*, char const* file, int frames) noexcept {
  auto& db = *static_cast<database*>(self);
  db.checkpointer_.note_size(frames);
  if (std::string_view(file) == "main") ++db.own_commits_;  // a commit may write attached files too
  if (db.syncs_each_commit()) db.note_synced(frames);
  for (auto* at = db.tables_.first(); at;) {
    detail::table_use const table(*at);  // a listener may create or destroy a store
    if (std::exchange(table->touched, false)) table->changes.raise();
    at = db.tables_.next(*table);
  }
  return SQLITE_OK;
}

PAWL_INLINE void database::after_change(void* self, int, char const*, char const* name, sqlite3_int64) noexcept {
  auto const& tables = static_cast<database*>(self)->tables_;
  for (auto* table = tables.first(); table; table = tables.next(*table))
    if (!table->touched && sqlite3_stricmp(table->name.c_str(), name) == 0) table->touched = true;
}

PAWL_INLINE void database::refuse_to_write() const {
  detail::fail(store_failure::misuse,
               {"pawl: ", path(), " was opened read-only; open it with sqlite::access::read_write to write to it"});
}

PAWL_INLINE int database::run_begin() {
  connection_.refuse_if_unusable();
  if (reads_only()) refuse_to_write();
  if (in_transaction())
    detail::fail(store_failure::misuse,
                 {"pawl: ", path(), ": a transaction is already open; commit it or roll it back first"});
  return begin_.run_once();
}

// SQLite's number grows with each commit of this connection, and whenever it sees that another has committed.
PAWL_INLINE std::uint64_t database::others_commits() noexcept {
  std::uint32_t contents = 0;
  sqlite3_file_control(handle(), nullptr, SQLITE_FCNTL_DATA_VERSION, &contents);
  std::uint32_t const expected = seen_contents_ + std::exchange(own_commits_, 0);
  if (contents != expected) ++others_commits_;
  seen_contents_ = contents;
  return others_commits_;
}

PAWL_INLINE void database::fail_commit(int code) {
  bool const rejected = (code & 0xff) == SQLITE_CONSTRAINT /*mutant rejected_at_commit: && !OFF*/;
  if (!rejected /*mutant poison_at_commit: && !OFF*/) connection_.poison(code, ", at COMMIT");
  detail::fail(rejected ? store_failure::rejected : store_failure::unknown,
               {"pawl: ", path(), ": ", connection_.reason(code), ", at COMMIT",
                rejected ? ""
                         : ". It is unknown whether the transaction was applied; open the database again and read the "
                           "versions of its items"});
}

PAWL_INLINE void database::note_synced(std::int64_t pages) noexcept {
  auto const committed = detail::write_ahead_log(connection_.handle).committed();
  connection_.synced = committed.pages == pages ? committed : detail::write_ahead_log::part();
}

PAWL_INLINE int database::sync_log() noexcept {
  if (syncs_each_commit() || checkpointer_.was_hindered() /*mutant refused_sync_of_file: || OFF*/) return SQLITE_OK;
  detail::write_ahead_log log(connection_.handle);
  auto const before = log.committed();
  int const code = log.sync();
  if (code == SQLITE_OK) connection_.synced = before;
  return code;
}

PAWL_INLINE void database::verify() {
  auto const mine = on_this_thread();
  connection_.refuse_if_unusable();
  look_at_files();
  connection_.refuse_if_unusable();
}

PAWL_INLINE void database::look_at_files() noexcept {
  using detail::file_watch;
  try {
    auto const found = files_.look(connection_.handle);
    if (found == file_watch::finding::whole) return;
    if (auto why = what_happened(found); !why.empty()) connection_.poison(std::move(why));
  } catch (std::bad_alloc const&) {
    connection_.poison(std::string());
  }
}

PAWL_INLINE std::string database::what_happened(detail::file_watch::finding found) {
  using finding = detail::file_watch::finding;
  // Into the files that SQLite has open, whatever they are called now: a database that was renamed is then whole, and no
  // log of its is left beside a file that has taken its name.
  auto const copy_log_back = [this] {
    bool const done = checkpointer_.run(connection_.handle, SQLITE_CHECKPOINT_TRUNCATE) == SQLITE_OK;
    return done && !checkpointer_.was_hindered();
  };
  switch (found) {
    case finding::lost:
      copy_log_back();
      return "this path does not lead to the database that was opened any more: it was removed, renamed or replaced. "
             "What was written since is in that file, and lost if it was removed";
    case finding::log_removed:
      return detail::text({"its write-ahead log, ", files_.log_path(),
                           ", or the index beside it was removed. What was "
                           "committed ",
                           copy_log_back() ? "is in the database" : "may be lost"});
    case finding::log_replaced:
      return detail::text({"its write-ahead log, ", files_.log_path(),
                           ", or the index beside it was replaced. What was "
                           "committed since the last checkpoint may be lost"});
    case finding::log_damaged:
      return detail::text({"its write-ahead log, ", files_.log_path(),
                           ", was truncated or overwritten. What was committed "
                           "since the last checkpoint is lost"});
    case finding::shrunk:
      break;
    case finding::whole:
      return {};
  }
  if (in_transaction()) return {};
  checkpointer_.run(connection_.handle, SQLITE_CHECKPOINT_PASSIVE);  // or the log could hide what is missing
  sqlite3_db_release_memory(connection_.handle);                     // and so could the cache
  std::string const damage = detail::quick_check(connection_);
  if (damage == "ok") files_.note_size();
  return damage == "ok" ? std::string()
                        : detail::text({"the file was truncated by somebody, and rows are lost: ", damage});
}

PAWL_INLINE void database::checkpoint_if_due() {
  if (!checkpointer_.due()) return;
  auto const begun = std::chrono::steady_clock::now();
  checkpoint(SQLITE_CHECKPOINT_PASSIVE, ", at the checkpoint after a commit; the commit itself is valid");
  span("checkpoint", begun);
}

PAWL_INLINE void database::checkpoint(int mode, char const* when) noexcept {
  look_at_files();
  if (poisoned()) return;
  int code = sync_log();
  if (code == SQLITE_OK) code = checkpointer_.run(connection_.handle, mode);
  if (code != SQLITE_OK /*mutant poison_at_checkpoint: && !OFF*/) connection_.poison(code, when);
}

PAWL_INLINE void database::close() noexcept {
  if (!connection_.is_here()) return;
  auto const begun = std::chrono::steady_clock::now();
  rollback();
  for (statement* s : {&begin_, &commit_, &rollback_, &data_version_}) *s = statement();
  connection_.patient = false;
  if (!poisoned() && options_.checkpoint_at_close && !reads_only())
    checkpoint(SQLITE_CHECKPOINT_TRUNCATE, ", at the checkpoint before closing");
  if (poisoned() /*mutant poison_keeps_the_log: && !OFF*/)  // then SQLite must not copy the log back either
    sqlite3_db_config(connection_.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, static_cast<int*>(nullptr));
  connection_.close();
  span("close", begun);
}

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
