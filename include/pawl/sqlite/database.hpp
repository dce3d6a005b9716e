// One SQLite database and the one connection on which a process writes it.
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
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/shared_table.hpp>
#include <pawl/sqlite/state_check.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/write_ahead_log.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// Open one for each file in a process, and hand it to every store: two writing connections in one process wait for each
// other in their sleep, and are what the WAL-reset bug of SQLite before 3.51.3 needs to lose data.
//
// One thread at a time uses it and all that stands on it. Never open() its file by other means while it is open: closing
// that would drop SQLite's locks.
//
// It belongs to the process that opened it. In a child made by fork() every call throws store_error (misuse), and what
// is destroyed there leaves the file, its locks and the parent's transaction alone (its memory stays until the child
// ends). The child may open other files, and this one if it was closed before the fork.
class database {
 public:
  // Opens or makes the file, in WAL mode, with the durability of the options. Throws store_error (refused) with the
  // path and what to do; the file is then as it was.
  explicit database(std::string path, options o = {});
  database(database const&) = delete;
  database& operator=(database const&) = delete;
  // Rolls back what is open, and closes as the options say.
  ~database() { close(); }

  std::string const& path() const noexcept { return connection_.path(); }
  // The file as SQLite knows it: absolute, without symbolic links. Empty for a database in memory.
  std::string file() const;
  bool reads_only() const noexcept { return options_.mode == access::read_only; }
  // Another one after each commit of another connection.
  std::int64_t data_version();
  // For SQLite's own functions. Do not close it, and leave its busy handler and its WAL and update hooks alone.
  sqlite3* handle() const noexcept { return connection_.handle; }
  // Of the SQLite that runs, for example "3.40.1".
  static char const* version() noexcept { return sqlite3_libversion(); }
  // The time to stamp a transition with.
  std::chrono::system_clock::time_point now() const {
    return options_.now ? options_.now() : std::chrono::system_clock::now();
  }

  // For stores. While the answer lives, no store of another type is made on this table: two lifecycles of one name in
  // different namespaces would take each other's items.
  detail::table_use share(std::string_view table, void const* type);

  // ---- statements of the user's own ----

  // Runs any number of statements, and drops their rows. Waits for other processes up to the busy timeout. Throws
  // store_error; those before the failing one have been run.
  void execute(std::string const& sql);
  statement prepare(std::string_view sql) { return statement(connection_, sql); }

  // ---- for stores: see state_check.hpp ----

  bool checks_state_alone(std::string_view table, std::string_view state) {
    return detail::checks_state_alone(connection_, table, state);
  }
  statement prepare_without_checks(std::string_view sql) { return detail::prepare_without_checks(connection_, sql); }

  // ---- transactions ----

  bool in_transaction() const noexcept { return sqlite3_get_autocommit(connection_.handle) == 0; }

  // BEGIN IMMEDIATE. False: another process holds the lock; nothing is begun. Never waits.
  [[nodiscard]] bool try_begin();
  // The same, but it waits up to the busy timeout, and then throws store_error (busy).
  void begin();
  // Throws store_error: `rejected` where a deferred constraint does not hold (the transaction is still open, to be
  // rolled back), `unknown` on every other error, which poisons. A checkpoint may follow; its failure poisons too, but
  // what was committed stands, and the next call says so.
  void commit();
  // Harmless where no transaction is open: some errors end it of themselves.
  void rollback() noexcept {
    if (connection_.is_here() && in_transaction()) rollback_.run_once();
  }

  // ---- poison ----

  // After an error that leaves the connection in doubt nothing is done on it any more: every call throws store_error
  // (not_applied) with the first cause.
  bool poisoned() const noexcept { return connection_.poisoned(); }
  void poison(std::string reason) { connection_.poison(std::move(reason)); }

 private:
  using time_point = std::chrono::steady_clock::time_point;

  static int after_commit(void* self, sqlite3*, char const*, int frames) noexcept;
  static void after_change(void* self, int, char const*, char const* name, sqlite3_int64) noexcept;

  int run_begin();
  [[noreturn]] void fail_commit(int code);

  // Somebody else may have been here since that COMMIT; then nothing is known.
  void note_synced(std::int64_t pages) noexcept;
  bool syncs_each_commit() const noexcept { return options_.durable == durability::power_loss; }
  // Before it is copied back: a checkpoint syncs the log and then the file, and does not tell which of the two was refused.
  // Not while a reader keeps checkpoints from their work: then the log would be written to the disk for nothing.
  int sync_log() noexcept;
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
  detail::table_list tables_{};
  statement begin_{}, commit_{}, rollback_{}, data_version_{};
};

}  // namespace pawl::inline PAWL_ABI::sqlite

#ifndef PAWL_COMPILED
#include <pawl/sqlite/database_impl.hpp>
#endif

#endif
