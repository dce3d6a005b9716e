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
  explicit database(std::string path, options o = {})
      : options_(std::move(o)),
        begun_(std::chrono::steady_clock::now()),
        connection_(std::move(path), options_.busy_timeout),
        checkpointer_(options_.checkpoint_frames) {
    detail::open_file(connection_, options_);
    connection_.note_file();
    detail::configure(connection_, options_);
    sqlite3_wal_hook(connection_.handle, &database::after_commit, this);
    sqlite3_update_hook(connection_.handle, &database::after_change, this);
    begin_ = prepare("BEGIN IMMEDIATE");
    commit_ = prepare("COMMIT");
    rollback_ = prepare("ROLLBACK");
    span("open", begun_);
  }
  database(database const&) = delete;
  database& operator=(database const&) = delete;
  // Rolls back what is open, and closes as the options say.
  ~database() { close(); }

  std::string const& path() const noexcept { return connection_.path(); }
  // The file as SQLite knows it: absolute, without symbolic links. Empty for a database in memory.
  std::string file() const {
    char const* const name = sqlite3_db_filename(connection_.handle, "main");
    return name ? name : "";
  }
  bool reads_only() const noexcept { return options_.mode == access::read_only; }
  // Another one after each commit of another connection.
  std::int64_t data_version() {
    if (!data_version_) data_version_ = prepare("PRAGMA data_version");
    detail::reset_at_exit const reset(data_version_);
    return data_version_.step() ? data_version_.integer(0) : 0;
  }
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
  detail::table_use share(std::string_view table, void const* type) {
    tables_.drop_unused();
    std::string const name(table);
    for (auto* found = tables_.first(); found; found = tables_.next(*found)) {
      if (sqlite3_stricmp(found->name.c_str(), name.c_str()) != 0) continue;
      if (found->type == type /*mutant one_type_a_table: || OFF*/) return detail::table_use(*found);
      detail::fail(store_failure::refused, {"pawl: ", path(), ": the table ", name,
                                            " is that of another lifecycle or mapping of this program; give one of "
                                            "them another name"});
    }
    return detail::table_use(tables_.add(name, type));
  }

  // ---- statements of the user's own ----

  // Runs any number of statements, and drops their rows. Waits for other processes up to the busy timeout. Throws
  // store_error; those before the failing one have been run.
  void execute(std::string const& sql) {
    connection_.refuse_if_unusable();
    connection_.check(sqlite3_exec(connection_.handle, sql.c_str(), nullptr, nullptr, nullptr), sql);
    if (!in_transaction()) checkpoint_if_due();
  }
  statement prepare(std::string_view sql) { return statement(connection_, sql); }

  // ---- for stores: see state_check.hpp ----

  bool checks_state_alone(std::string_view table, std::string_view state) {
    return detail::checks_state_alone(connection_, table, state);
  }
  statement prepare_without_checks(std::string_view sql) { return detail::prepare_without_checks(connection_, sql); }

  // ---- transactions ----

  bool in_transaction() const noexcept { return sqlite3_get_autocommit(connection_.handle) == 0; }

  // BEGIN IMMEDIATE. False: another process holds the lock; nothing is begun. Never waits.
  [[nodiscard]] bool try_begin() {
    connection_.patient = false;
    int const code = run_begin();
    connection_.patient = true;
    if (code == SQLITE_DONE) return true;
    if (detail::is_busy(code)) return false;
    throw connection_.failure(code, "BEGIN IMMEDIATE");
  }
  // The same, but it waits up to the busy timeout, and then throws store_error (busy).
  void begin() {
    int const code = run_begin();
    if (code == SQLITE_DONE) return;
    if (detail::is_busy(code))
      detail::fail(store_failure::busy, {"pawl: ", path(), " has been locked by another process for ",
                                         detail::number(connection_.busy_timeout().count()),
                                         " ms; nothing was applied. Try again when that is done"});
    throw connection_.failure(code, "BEGIN IMMEDIATE");
  }
  // Throws store_error: `rejected` where a deferred constraint does not hold (the transaction is still open, to be
  // rolled back), `unknown` on every other error, which poisons. A checkpoint may follow; its failure poisons too, but
  // what was committed stands, and the next call says so.
  void commit() {
    connection_.refuse_if_unusable();
    if (!in_transaction()) detail::fail(store_failure::misuse, {"pawl: ", path(), ": commit without a transaction"});
    if (int const code = commit_.run_once(); code != SQLITE_DONE) fail_commit(code);
    checkpoint_if_due();
  }
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

  static int after_commit(void* self, sqlite3*, char const*, int frames) noexcept {
    auto& db = *static_cast<database*>(self);
    db.checkpointer_.note_size(frames);
    if (db.syncs_each_commit()) db.note_synced(frames);
    for (auto* at = db.tables_.first(); at;) {
      detail::table_use const table(*at);  // a listener may make a store, or destroy one
      if (std::exchange(table->touched, false)) table->changes.raise();
      at = db.tables_.next(*table);
    }
    return SQLITE_OK;
  }
  static void after_change(void* self, int, char const*, char const* name, sqlite3_int64) noexcept {
    auto const& tables = static_cast<database*>(self)->tables_;
    for (auto* table = tables.first(); table; table = tables.next(*table))
      if (!table->touched && sqlite3_stricmp(table->name.c_str(), name) == 0) table->touched = true;
  }

  int run_begin() {
    connection_.refuse_if_unusable();
    if (reads_only())
      detail::fail(store_failure::misuse, {"pawl: ", path(), " was opened to be read only, and nothing is written"});
    if (in_transaction()) detail::fail(store_failure::misuse, {"pawl: ", path(), ": a transaction is open already"});
    return begin_.run_once();
  }
  [[noreturn]] void fail_commit(int code) {
    bool const rejected = (code & 0xff) == SQLITE_CONSTRAINT /*mutant rejected_at_commit: && !OFF*/;
    if (!rejected /*mutant poison_at_commit: && !OFF*/) connection_.poison(code, ", at COMMIT");
    detail::fail(rejected ? store_failure::rejected : store_failure::unknown,
                 {"pawl: ", path(), ": ", connection_.reason(code), ", at COMMIT",
                  rejected ? ""
                           : ". Whether the transaction was applied is unknown; open the database anew and read the "
                             "versions"});
  }

  // Somebody else may have been here since that COMMIT; then nothing is known.
  void note_synced(std::int64_t pages) noexcept {
    auto const committed = detail::write_ahead_log(connection_.handle).committed();
    connection_.synced = committed.pages == pages ? committed : detail::write_ahead_log::part();
  }
  bool syncs_each_commit() const noexcept { return options_.durable == durability::power_loss; }
  // Before it is copied back: a checkpoint syncs the log and then the file, and does not tell which of the two was refused.
  // Not while a reader keeps checkpoints from their work: then the log would be written to the disk for nothing.
  int sync_log() noexcept {
    if (syncs_each_commit() || checkpointer_.was_hindered() /*mutant refused_sync_of_file: || OFF*/) return SQLITE_OK;
    detail::write_ahead_log log(connection_.handle);
    auto const before = log.committed();
    int const code = log.sync();
    if (code == SQLITE_OK) connection_.synced = before;
    return code;
  }
  void checkpoint_if_due() {
    if (!checkpointer_.due()) return;
    auto const begun = std::chrono::steady_clock::now();
    checkpoint(SQLITE_CHECKPOINT_PASSIVE, ", at a checkpoint after a commit that stands");
    span("checkpoint", begun);
  }
  void checkpoint(int mode, char const* when) noexcept {
    int code = sync_log();
    if (code == SQLITE_OK) code = checkpointer_.run(connection_.handle, mode);
    if (code != SQLITE_OK /*mutant poison_at_checkpoint: && !OFF*/) connection_.poison(code, when);
  }
  void close() noexcept {
    if (!connection_.is_here()) return;
    auto const begun = std::chrono::steady_clock::now();
    rollback();
    for (statement* s : {&begin_, &commit_, &rollback_, &data_version_}) *s = statement();
    connection_.patient = false;
    if (!poisoned() && options_.checkpoint_at_close && !reads_only())
      checkpoint(SQLITE_CHECKPOINT_TRUNCATE, ", at the checkpoint of the close");
    if (poisoned() /*mutant poison_keeps_the_log: && !OFF*/)  // then SQLite must not copy the log back either
      sqlite3_db_config(connection_.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, static_cast<int*>(nullptr));
    connection_.close();
    span("close", begun);
  }
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

#endif
