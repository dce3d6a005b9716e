// How the text of a key is compared with a table's key column: as bytes, whatever the column's type and collation.
#ifndef PAWL_SQLITE_KEY_COMPARISON_HPP
#define PAWL_SQLITE_KEY_COMPARISON_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <pawl/sqlite/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

inline bool same_name(std::string const& a, std::string const& b) { return sqlite3_stricmp(a.c_str(), b.c_str()) == 0; }

enum class key_kind : std::uint8_t {
  text,
  number,     // text that looks like a number becomes one, as 7 of '007'
  row_number  // INTEGER PRIMARY KEY
};

// A row's key has one text: the key's own bytes, or the digits of an integer. `key=?` alone also finds row 7 by '007', and
// in a column COLLATE NOCASE row 'Ada' by 'ADA'. The conditions here leave these out, and let SQLite find the row by an
// index of another collation than the column's.
struct key_comparison {
  std::string column{};  // its name
  key_kind kind = key_kind::text;
  std::string collation = "BINARY";        // of the column
  std::string index_collation = "BINARY";  // of the index that makes it unique

  // What must hold in addition to `QUALIFIER[key]=operand`; empty for a usual column of text, so that its statements stay
  // as they are.
  std::string beside(std::string_view qualifier, std::string_view operand) const {
    std::string more;
    /*mutant key_as_bytes: if (OFF) return more;*/
    std::string const key = text({qualifier, "[", column, "]"});
    if (!is_binary(collation)) more += text({" AND ", key, "=", operand, " COLLATE BINARY"});
    if (!is_binary(index_collation) && !same_name(index_collation, collation))
      more += text({" AND ", key, "=", operand, " COLLATE ", in_quotes(index_collation, '"')});
    if (kind == key_kind::number) more += text({" AND typeof(", key, ")<>'real'"});  // whose text is not exact
    if (kind != key_kind::text) more += text({" AND CAST(", key, " AS TEXT)=", operand, " COLLATE BINARY"});
    return more;
  }
  // The same for a bound key of which may_name() is true.
  std::string beside_bound(std::string_view parameter) const {
    return kind == key_kind::row_number ? std::string() : beside("", parameter);
  }
  // False if no row can have this key. Saves each transition of an integer the comparison in SQL.
  bool may_name(std::string_view key) const noexcept {
    return /*mutant key_of_row_number: OFF ||*/ kind != key_kind::row_number || is_integer(key);
  }

  friend bool operator==(key_comparison const&, key_comparison const&) = default;

 private:
  static bool is_binary(std::string const& name) { return same_name(name, "BINARY"); }
  // True for the text that SQLite makes of a 64-bit integer, and for no other.
  static bool is_integer(std::string_view key) noexcept {
    bool const negative = key.starts_with('-');
    std::uint64_t value = 0;
    for (char const c : key.substr(negative ? 1 : 0)) value = value * 10 + (static_cast<std::uint64_t>(c) - '0');
    return std::string_view(number(static_cast<std::int64_t>(negative ? 0 - value : value))) == key;
  }
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
