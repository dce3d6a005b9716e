// One SQLite database, and the single connection on which this process writes it.
#ifndef PAWL_SQLITE_DATABASE_HPP
#define PAWL_SQLITE_DATABASE_HPP

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/checkpointer.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/file_watch.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/state_check.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/write_ahead_log.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// Open one per file and process, and pass it to every store. Two writing connections in one process sleep while waiting
// for each other, and are the precondition of the WAL-reset bug in SQLite before 3.51.3, which can lose data.
//
// Use it, and everything built on it, from one thread at a time. Never open() its file by other means while it is open:
// closing that descriptor would drop SQLite's locks.
//
// It belongs to the process that opened it. In a child made by fork() every call throws store_error (misuse), and
// destroying it or its statements there does not touch the file, its locks or the parent's transaction (the memory is
// kept until the child exits). The child may open other files, and this one if it was closed before fork().
class database {
 public:
  // Opens or creates the file in WAL mode with the durability in the options. The path is a file's: neither a URI
  // (file:...) nor a name of SQLite's for a database in memory. Throws store_error (refused) with the path and what to
  // do; the file is then unchanged, and none is left that was not there.
  explicit database(std::string path, options o = {});
  database(database const&) = delete;
  database& operator=(database const&) = delete;
  // Rolls back an open transaction and closes the file, as configured in the options.
  ~database();

  std::string const& path() const noexcept { return connection_.path(); }
  // The path as SQLite resolved it: absolute, without symbolic links. Empty for an in-memory database.
  std::string file() const;
  bool reads_only() const noexcept { return options_.mode == access::read_only; }
  // Changes after each commit by another connection.
  std::int64_t data_version();
  // Has grown if another connection has committed since it was last asked, as far as this one has come to see: in a transaction
  // that writes, all of it. A fifth of what data_version() costs.
  std::uint64_t others_commits() noexcept;
  // 32 random hexadecimal digits, made with pawl's first table in it and the same in every process: part of each
  // idempotency key, so that two databases never send the same one. A copy keeps it: a backup that takes the place of its
  // original must know what was in flight. Empty before the first store.
  std::string identity();
  // Makes a copy another database, such as staging from a backup of production: from now on its items have idempotency
  // keys of their own. Returns its identity. Throws error "run.owned" while a run owns one of its stores, and store_error
  // (misuse) if it was opened read-only or has had no store.
  std::string new_identity();
  // For use with SQLite's C API. Do not close it or replace its busy handler, WAL hook or update hook.
  sqlite3* handle() const noexcept { return connection_.handle; }
  // Version of the SQLite library in use, for example "3.40.1".
  static char const* version() noexcept { return sqlite3_libversion(); }
  // The time used to stamp transitions.
  std::chrono::system_clock::time_point now() const {
    return options_.now ? options_.now() : std::chrono::system_clock::now();
  }

  // For stores. While the returned object lives, a store of another type on the same table is refused: two lifecycles
  // with the same name in different namespaces would read each other's items. Null: of no type, beside any store.
  detail::table_use share(std::string_view table, void const* type);
  // Null if no store uses this table.
  detail::shared_table* shared(std::string_view table) noexcept;

  // ---- the user's own statements ----

  // Runs any number of statements and discards their rows. Waits for other processes up to the busy timeout. Throws
  // store_error; the statements before the failing one have taken effect.
  void execute(std::string const& sql);
  statement prepare(std::string_view sql) { return statement(connection_, sql); }

  // ---- for stores ----

  // Until the end of the scope the database is this thread's, and another one's call throws store_error (misuse).
  detail::thread_use on_this_thread() { return detail::thread_use(connection_); }
  // See state_check.hpp.

  bool checks_state_alone(std::string_view table, std::string_view state) {
    return detail::checks_state_alone(connection_, table, state);
  }
  statement prepare_without_checks(std::string_view sql) { return detail::prepare_without_checks(connection_, sql); }

  // Throws store_error (misuse): it was opened read-only.
  [[noreturn]] void refuse_to_write() const;

  // The tables of children have been made in the open transaction, which may be rolled back, or only a part of it.
  bool& has_new_children() noexcept { return has_new_children_; }
  // For pawl's own tables: true once the SQL function that records their events is registered on this connection.
  bool& has_record_function() noexcept { return has_record_function_; }
  // The same for the one that tells the lives of rows (row_life.hpp).
  bool& has_life_function() noexcept { return has_life_function_; }

  // ---- transactions ----

  bool in_transaction() const noexcept { return connection_.in_transaction(); }

  // BEGIN IMMEDIATE. Returns false if another process holds the write lock; no transaction is open then. Never waits.
  [[nodiscard("false: another process holds the lock, and nothing was begun")]] bool try_begin();
  // As try_begin(), but waits up to the busy timeout and then throws store_error (busy).
  void begin();
  // Throws store_error: `rejected` if a deferred constraint is violated (the transaction stays open; roll it back),
  // `unknown` for any other error, which poisons the connection. A checkpoint may follow. If that fails, the connection
  // is poisoned, but the commit itself is valid; the next call reports the failure.
  void commit();
  // Harmless without an open transaction: SQLite itself ends the transaction on some errors.
  // Does nothing while another thread uses the database.
  void rollback() noexcept;

  // ---- poison ----

  // A connection is never used again after an error that puts its state in doubt: every call throws store_error
  // (not_applied) with the first cause.
  bool poisoned() const noexcept { return connection_.poisoned(); }
  // Throws store_error (not_applied) if the connection is poisoned, and poisons it if its files are not where they were:
  // if the path leads to another file or to none, if the log was removed, or if either was truncated. What was committed
  // since is not found there. Looked for at each checkpoint too.
  void verify();
  // For messages: who holds a lock that this connection waits for.
  std::string_view lock_holder() const { return connection_.lock_holder(); }
  void poison(std::string reason) { connection_.poison(std::move(reason)); }

 private:
  using time_point = std::chrono::steady_clock::time_point;

  static int after_commit(void* self, sqlite3*, char const*, int frames) noexcept;
  static void after_change(void* self, int, char const*, char const* name, sqlite3_int64) noexcept;

  int run_begin();
  [[noreturn]] void fail_commit(int code);

  // Records what the COMMIT has synced; nothing is recorded if another connection has committed since.
  void note_synced(std::int64_t pages) noexcept;
  bool syncs_each_commit() const noexcept { return options_.durable == durability::power_loss; }
  // Call before a checkpoint. A checkpoint syncs the log and then the database file, and its error code does not say
  // which of the two failed. Skipped while a reader blocks checkpoints, since the sync would then serve no checkpoint.
  int sync_log() noexcept;
  // Poisons the connection if something has happened to its files, once what can be saved is saved.
  void look_at_files() noexcept;
  std::string what_happened(detail::file_watch::finding found);
  void checkpoint_if_due();
  void checkpoint(int mode, char const* when) noexcept;
  void close() noexcept;
  void span(char const* what, time_point begun) {
    if (options_.on_span) options_.on_span(what, std::chrono::steady_clock::now() - begun);
  }

  options options_;
  time_point begun_;
  detail::connection connection_;
  detail::checkpointer checkpointer_;
  detail::file_watch files_{};
  detail::table_list tables_{};
  bool has_record_function_ = false, has_life_function_ = false, has_new_children_ = false;
  std::uint32_t seen_contents_ = 0, own_commits_ = 0;  // for others_commits()
  std::uint64_t others_commits_ = 0;
  statement begin_{}, commit_{}, rollback_{}, data_version_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#ifndef PAWL_COMPILED
#include <pawl/sqlite/database_impl.hpp>
#endif

#endif
