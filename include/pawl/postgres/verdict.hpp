// What became of a transaction, from the words of the server: the tag of COMMIT, warnings and SQLSTATEs.
#ifndef PAWL_POSTGRES_VERDICT_HPP
#define PAWL_POSTGRES_VERDICT_HPP

#include <cstdint>
#include <string_view>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

enum class verdict : std::uint8_t {
  acknowledged,  // committed
  unknown,       // committed or not: ask for the batch's token
  again,         // rolled back through no fault of a row: the whole batch again, after a pause
  rejected,      // rolled back because of a row: halve the batch to find it
  reconnect,     // not applied, and this server does not do it now: another connection, then again
  refused,       // the database, the table or the user's rights do not fit: no repetition helps
  pooled         // a prepared statement is not where it was left: a pooler stands between
};

// A lock that was not had within lock_timeout.
inline constexpr std::string_view lock_not_available = "55P03";

// An error of a statement before COMMIT, or of the COMMIT itself where `committing`. An empty SQLSTATE is a connection
// that was lost. The class of a SQLSTATE is its first two characters.
constexpr verdict verdict_of_error(std::string_view sqlstate, bool committing) {
  std::string_view const kind = sqlstate.substr(0, 2);
  if (sqlstate == "40003" || sqlstate == "08007") return verdict::unknown;
  if (sqlstate == "26000" || sqlstate == "42P05") return verdict::pooled;
  if (sqlstate == "40P01" || sqlstate == "40001" || sqlstate == lock_not_available) return verdict::again;
  if (sqlstate == "57P03" || sqlstate == "53300" || kind == "25") return verdict::reconnect;
  // Sent by a server that ends the session, maybe after it has committed.
  if (sqlstate.empty() || sqlstate.starts_with("57P") || kind == "08")
    return committing ? verdict::unknown : verdict::reconnect;
  if (sqlstate == "57014" || kind == "53") return verdict::again;
  if (sqlstate == "42P01" || sqlstate == "42703" || sqlstate == "42501" || kind == "28" || kind == "3D" ||
      kind == "3F" || kind == "0A")
    return verdict::refused;
  if (kind == "58" || kind == "XX") return committing ? verdict::unknown : verdict::again;
  return verdict::rejected;  // 22021, 23505, 40002, 42804, 54000, P0001: what a row may cause
}

// An error of what a statement says, whatever its values: its syntax, names, types or rights. `has_place`: the server points
// into the statement's text; without that a value may have been no SQL, as what to_tsquery($1) is given.
constexpr bool is_about_words(std::string_view sqlstate, bool has_place) {
  return (sqlstate.starts_with("42") && has_place) || verdict_of_error(sqlstate, false) == verdict::refused;
}

// What to do about an error, where that is plain; begins with "; ".
constexpr std::string_view remedy_for(std::string_view sqlstate) {
  if (sqlstate == "42501")
    return "; grant that to this role: pawl reads and writes its tables pawl_* (SELECT, INSERT, UPDATE, DELETE), and "
           "tables of items (SELECT, UPDATE, and INSERT for insert_if_absent)";
  return {};
}

// An answer of success to COMMIT. A cancelled wait for a synchronous standby warns and then answers COMMIT for what the
// standby never had; the COMMIT of a failed transaction answers ROLLBACK.
constexpr verdict verdict_of_commit(std::string_view tag, bool warned) {
  if (tag != "COMMIT") return verdict::again;
  return warned /*mutant warned_commit_is_unknown: && !OFF*/ ? verdict::unknown : verdict::acknowledged;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
