// The releases of SQLite in which several processes on one write-ahead log can lose what they committed.
#ifndef PAWL_SQLITE_WAL_RESET_HPP
#define PAWL_SQLITE_WAL_RESET_HPP

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

// Whether a release, as sqlite3_libversion_number() counts it, has the WAL-reset bug: where one connection begins a
// checkpoint while another one begins the log anew, committed transactions may be lost. 3.7.0 to 3.51.2, but for those
// into which the remedy was taken back (sqlite.org/wal.html#walresetbug). One connection alone never meets it.
constexpr bool has_wal_reset_bug(int release) noexcept {
  bool const mended_later =
      (release >= 3'044'006 && release < 3'045'000) || (release >= 3'050'007 && release < 3'051'000);
  return release >= 3'007'000 && release < 3'051'003 && !mended_later;
}

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
