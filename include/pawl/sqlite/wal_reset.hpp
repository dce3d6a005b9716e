// The SQLite releases in which several processes writing one database in WAL mode can lose commits.
#ifndef PAWL_SQLITE_WAL_RESET_HPP
#define PAWL_SQLITE_WAL_RESET_HPP

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// True if a release, numbered as by sqlite3_libversion_number(), has the WAL-reset bug: if one connection starts a
// checkpoint while another restarts the log, committed transactions may be lost. 3.7.0 to 3.51.2, except the patch
// releases with the backported fix (sqlite.org/wal.html#walresetbug). A single connection is never affected.
constexpr bool has_wal_reset_bug(int release) noexcept {
  bool const mended_later =
      (release >= 3'044'006 && release < 3'045'000) || (release >= 3'050'007 && release < 3'051'000);
  return release >= 3'007'000 && release < 3'051'003 && !mended_later;
}

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
