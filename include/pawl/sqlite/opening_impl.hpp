// Implements opening a database: the checks before and after SQLite opens the file, and its settings.
#ifndef PAWL_SQLITE_OPENING_IMPL_HPP
#define PAWL_SQLITE_OPENING_IMPL_HPP

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/compiled.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/open_files.hpp>
#include <pawl/sqlite/opening.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/system/file_identity.hpp>
#include <pawl/system/file_system_kind.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE std::string why_not_found(int system_error, bool create) {
  switch (system_error) {
    case EISDIR:
      return "it is a folder; give the path of a file";
    case ENOENT:  // also if the file could not be created: SQLite then tries to open it for reading
      return create ? "its folder does not exist or is not writable; create the folder, or make it writable"
                    : "there is no such file; to create it, open it for writing with sqlite::options::create";
    case ENOTDIR:
      return "a component of its path is a file, not a folder";
    case EACCES:
    case EPERM:
      return "permission denied; the file and its folder must be readable and writable";
    case EROFS:
      return "its file system is read-only";
    case ENAMETOOLONG:
      return "its path is too long; give it a shorter name, or move it nearer to the root of its file system";
    default:
      return text({"the system could not open it: ", std::generic_category().message(system_error)});
  }
}

PAWL_INLINE std::string why_not_opened(connection const& c, int code, bool create) {
  switch (code & 0xff) {
    case SQLITE_CANTOPEN:
      return why_not_found(sqlite3_system_errno(c.handle), create);
    case SQLITE_READONLY:
      if (c.handle != nullptr && sqlite3_db_readonly(c.handle, "main") == 1)
        return text({"to read a database with a write-ahead log SQLite makes ", c.path(),
                     "-shm beside it, and cannot; make its folder writable, let a program that writes it keep it open, "
                     "or read a copy"});
      [[fallthrough]];
    case SQLITE_PERM:
      return "it cannot be written; the file and its folder must be writable";
    case SQLITE_NOTADB:
      return "it is not an SQLite database, or it is encrypted; it was not changed";
    case SQLITE_CORRUPT:
      return "it is damaged; it was not changed. Restore a backup, or try .recover in the sqlite3 shell";
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL:
      return text({c.lock_holder(), " has kept it locked for ", number(c.busy_timeout().count()),
                   " ms; try again when it has finished"});
    default:
      return c.reason(code);
  }
}

PAWL_INLINE std::string ask(connection& c, std::string const& sql, bool create) {
  sqlite3_stmt* s = nullptr;
  auto const attempt = [&] {
    c.patient = false;  // the loop below does all the waiting
    int code = s ? sqlite3_reset(s) : SQLITE_OK;
    if (!s) code = sqlite3_prepare_v2(c.handle, sql.c_str(), -1, &s, nullptr);
    if (s) code = sqlite3_step(s);
    c.patient = true;
    return code;
  };
  int code = attempt();
  for (int tries = 0; is_busy(code) && connection::wait_a_little(&c, tries) != 0; ++tries) code = attempt();
  std::string answer;
  if (code == SQLITE_ROW) {
    auto const* const text = reinterpret_cast<char const*>(sqlite3_column_text(s, 0));
    if (text != nullptr) answer = text;
    // Only the last step tells whether it succeeded: PRAGMA journal_mode may return "wal" and then fail to switch.
    /*mutant journal_mode_to_its_end: if (OFF) code = SQLITE_OK;*/
    while (code == SQLITE_ROW) code = sqlite3_step(s);
  }
  if (code == SQLITE_DONE) code = SQLITE_OK;
  std::string const why = code == SQLITE_OK ? std::string() : why_not_opened(c, code, create);
  sqlite3_finalize(s);
  if (code != SQLITE_OK) refuse(c.path(), {why});
  return answer;
}

PAWL_INLINE std::string quick_check(connection const& c) {
  auto const check = compile(c, "PRAGMA quick_check(1)");
  int const code = sqlite3_step(check.get());
  if (code == SQLITE_ROW) return reinterpret_cast<char const*>(sqlite3_column_text(check.get(), 0));
  return is_busy(code) ? "ok" : c.reason(code);
}

PAWL_INLINE void refuse_unusable_path(std::string const& path) {
  constexpr std::string_view in_memory = "; for a store in memory use pawl::memory_store";
  if (path.empty() || path == ":memory:" || path.find('\0') != std::string::npos)
    fail(store_failure::refused,
         {"pawl: cannot open '", path.substr(0, path.find('\0')), "': a database must be a file", in_memory});
  if (path.compare(0, 5, "file:") != 0 /*mutant uri_is_refused: || OFF*/) return;
  bool const memory = path.find("memory") != std::string::npos;
  fail(store_failure::refused, {"pawl: cannot open '", path,
                                "': SQLite may take it for a URI, whose parameters can switch off the locks that "
                                "several processes rely on; give the path alone (./",
                                path.substr(0, 5),
                                "... if the file is called so), and say "
                                "the rest with sqlite::options",
                                memory ? in_memory : std::string_view()});
}

PAWL_INLINE void refuse_long_path(std::string const& path) {
  constexpr std::string_view behind = "-journal";  // SQLite adds it to the name, and leaves room for it
  auto const* const vfs = sqlite3_vfs_find(nullptr);
  std::string const whole = pawl::detail::resolved_path(path);
  if (vfs == nullptr || whole.empty()) return;
  auto const number_of = [](std::size_t n) { return number(static_cast<std::int64_t>(n)); };
  auto const most = static_cast<std::size_t>(vfs->mxPathname) - behind.size();
  if (whole.size() > most)
    refuse(path, {"its path is too long: with all folders, and without symbolic links, it has ",
                  number_of(whole.size()), " bytes, and SQLite takes at most ", number_of(most),
                  "; give it a shorter name, or move it nearer to the root of its file system"});
  std::size_t const slash = whole.find_last_of(pawl::detail::path_separators), name = whole.size() - slash - 1;
  auto const most_of_name = pawl::detail::longest_name_in(whole.substr(0, slash + 1));
  if (name + behind.size() > most_of_name)
    refuse(path, {"its name is too long: it has ", number_of(name), " bytes, and with the '", behind,
                  "' that SQLite adds its folder takes at most ", number_of(most_of_name), "; give it a shorter name"});
}

PAWL_INLINE void refuse_wrong_options(std::string const& path, options const& o) {
  if (o.busy_timeout.count() < 0)
    refuse(path, {"sqlite::options::busy_timeout is ", number(o.busy_timeout.count()), " ms, it must be 0 or longer"});
  if (o.checkpoint_frames < 1)
    refuse(path, {"sqlite::options::checkpoint_frames is ", number(o.checkpoint_frames), ", it must be at least 1"});
}

PAWL_INLINE void refuse_unsafe_file(std::string const& path, options const& o) {
  using kind = pawl::detail::file_status::kind;
  auto const is = pawl::detail::file_status::of(path).is;
  if (is == kind::folder) refuse(path, {why_not_found(EISDIR, o.create)});
  if (is == kind::other) refuse(path, {"it is not a regular file"});
  if (o.mode != access::read_only && !o.trust_file_system) {
    std::string_view const unsafe = pawl::detail::unsafe_file_system_of(path);
    if (!unsafe.empty())
      refuse(path, {"it is on ", unsafe,
                    ", where its write-ahead log may be damaged; move it to a local disk, or see "
                    "sqlite::options::trust_file_system"});
  }
  auto& open_here = open_files::of_process();  // from the first call on, forks are counted
  if (auto const file = pawl::detail::file_identity::of(path); file && open_here.was_inherited(*file))
    refuse(path,
           {"the parent of this process had it open at fork(), and SQLite would mistake the parent's locks for its "
            "own; close it before fork(), or let the child exec()"});
}

PAWL_INLINE void open_file(connection& c, options const& o) {
  refuse_unusable_path(c.path());
  refuse_wrong_options(c.path(), o);
  if (sqlite3_libversion_number() < 3'037'000)
    refuse(c.path(), {"pawl needs SQLite 3.37 or newer, and this is ", sqlite3_libversion()});
  // SQLite's functions call this themselves, except in builds with SQLITE_OMIT_AUTOINIT, where they would crash.
  if (int const code = sqlite3_initialize(); code != SQLITE_OK)
    refuse(c.path(), {"SQLite could not be initialised: ", sqlite3_errstr(code)});
  refuse_long_path(c.path());
  refuse_unsafe_file(c.path(), o);
  bool const reads = o.mode == access::read_only;
  bool const create = o.create && !reads;
  int const may = reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
  int const code = sqlite3_open_v2(c.path().c_str(), &c.handle, may | SQLITE_OPEN_NOMUTEX, nullptr);
  if (c.handle == nullptr) refuse(c.path(), {"out of memory"});
  if (code != SQLITE_OK) refuse(c.path(), {why_not_opened(c, code, create)});
  if (!reads && sqlite3_db_readonly(c.handle, "main") == 1) refuse(c.path(), {why_not_found(EACCES, create)});
  sqlite3_extended_result_codes(c.handle, 1);
  sqlite3_busy_handler(c.handle, &connection::wait_a_little, &c);
}

PAWL_INLINE void configure(connection& c, options const& o) {
  sqlite3_db_config(c.handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, static_cast<int*>(nullptr));
  // The reads come first: a database that is refused must not be changed.
  ask(c, "SELECT count(*) FROM sqlite_schema", o.create);
  if (std::string const encoding = ask(c, "PRAGMA encoding", o.create);
      encoding != "UTF-8" /*mutant encoding: && !OFF*/)
    refuse(c.path(), {"its text encoding is ", encoding,
                      ", but text survives byte for byte only in UTF-8; copy it into a UTF-8 database"});
  // Of a file that somebody truncates, what is mapped into memory ends the process by SIGBUS.
  ask(c, "PRAGMA mmap_size=0", o.create);
  if (o.mode == access::read_only) return;
  if (ask(c, "PRAGMA journal_mode=WAL", o.create) != "wal")
    refuse(c.path(), {"its file system does not support a write-ahead log; move it to a local disk"});
  ask(c,
      o.durable == durability::power_loss /*mutant sync_at_commit: && !OFF*/ ? "PRAGMA synchronous=FULL"
                                                                             : "PRAGMA synchronous=NORMAL",
      o.create);
  // If a reader made the log grow, it shrinks to its normal size again.
  std::int64_t const normal = std::int64_t{2} * 4120 * o.checkpoint_frames, least = std::int64_t{16} << 20;
  ask(c, text({"PRAGMA journal_size_limit=", number(normal > least ? normal : least)}), o.create);
}

PAWL_INLINE new_file::new_file(connection& c)
    : connection_(&c), kept_(pawl::detail::file_status::of(c.path()).is != pawl::detail::file_status::kind::nothing) {}

PAWL_INLINE new_file::~new_file() {
  if (kept_ || connection_->has_waited()) return;
  connection_->close();
  auto const left = pawl::detail::file_status::of(connection_->path());
  if (left.is == pawl::detail::file_status::kind::file && left.size == 0)
    pawl::detail::remove_file(pawl::detail::resolved_path(connection_->path()));
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
