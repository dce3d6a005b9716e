// A table of items as the statements of this room name it: pawl's own, or one that the user owns.
#ifndef PAWL_POSTGRES_LAYOUT_HPP
#define PAWL_POSTGRES_LAYOUT_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/column_type.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

inline std::string sql_name(std::string_view name) { return in_quotes(name, '"'); }

// How a row stores its state: as the enumerator's value or as the state's stored name.
enum class states_kept_as : std::uint8_t { codes, names };

// What a key column holds. An item's key is the column's value as text, or the bytes themselves.
enum class key_kind : std::uint8_t { text, integer, uuid, binary };

// What an event writes into one column. `parameter`: which array of the batch has the values; columns of several events
// share the arrays of a type, for an item has one event.
struct assignment {
  std::size_t event = 0;
  std::string column{};  // quoted
  column_type type{};
  field_kind kind = field_kind::cleared;
  std::size_t parameter = 0;  // counted from 0; of no meaning for `cleared` and `time`
};

struct layout {
  lifecycle_view const* lifecycle = nullptr;
  std::string name{};     // as pawl's records know the table
  std::string table{};    // "schema"."table"
  std::string records{};  // "schema"., where pawl's records are
  // Quoted; empty: there is no such column.
  std::string key{}, state{}, version{}, changed_at{}, priority{};
  std::string row{};  // the primary key, if it is one integer
  std::string born{};
  key_kind keys = key_kind::text;
  std::string key_collation{};  // of keys that are text
  states_kept_as kept = states_kept_as::names;
  column_type state_type{}, changed_at_type{}, born_type{};
  std::vector<assignment> assignments{};
  std::vector<field_kind> parameters{};  // of the batch's arrays
  bool keeps_history = false;

  // The condition under which row f has this key. With a plain `=`, a server whose statistics say that the table has no rows
  // reads the whole index, in the order of which it might merge, and compares each value with each row. ANY allows no merge:
  // where a session switches sequential scans off (session_settings()), nothing is left but to look each value up.
  std::string key_is(std::string_view value) const {
    return text({"f.", key, "=ANY(ARRAY[", value, keys == key_kind::uuid ? "::uuid])" : "])"});
  }
  // The type in which keys are sent.
  std::string_view key_sent_as() const noexcept {
    return keys == key_kind::integer ? "int8" : keys == key_kind::binary ? "bytea" : "text";
  }
  // The key of row f as an item has it.
  std::string item_key() const { return keys == key_kind::binary ? text({"f.", key}) : text({"f.", key, "::text"}); }
  // The same as pawl_trouble has it: bytes, for a key of pawl's own table may be any.
  std::string record_key() const { return keys == key_kind::binary ? text({"f.", key}) : in_bytes(item_key()); }
  static std::string in_bytes(std::string_view key_text) { return text({"convert_to(", key_text, ",'UTF8')"}); }
  // The key column's value that a record's key means. Of a record of another table the cast may fail. The encoding's name
  // has a collation, which would become that of the comparison, and no index would serve.
  std::string key_of_record(std::string_view recorded = "p.key") const {
    if (keys == key_kind::binary) return std::string(recorded);
    std::string const key_text = text({"convert_from(", recorded, ",'UTF8')"});
    if (keys == key_kind::text) return text({"(", key_text, " COLLATE ", key_collation, ")"});
    return text({key_text, keys == key_kind::integer ? "::int8" : "::uuid"});
  }

  std::string_view state_sent_as() const noexcept { return kept == states_kept_as::codes ? "int2" : "text"; }
  std::string state_value(std::string_view sent) const {
    return state_type.is == base_type::enumeration ? text({sent, "::", state_type.cast}) : std::string(sent);
  }
  // The state of row f, to compare with state_value(): a domain over an enum has no operators of its own.
  std::string compared_state() const { return state_value(text({"f.", state})); }
  // The state of row f as text, or as the number that it is.
  std::string read_state() const {
    return kept == states_kept_as::codes ? text({"f.", state, "::int8"}) : text({"f.", state, "::text"});
  }
  // A state as a literal: they are constants of the program.
  std::string state_literal(std::size_t index) const {
    if (kept == states_kept_as::codes) return text({number(lifecycle->state_codes[index])});
    std::string const name_of_state = in_quotes(lifecycle->state_names[index]);
    return state_value(name_of_state);
  }

  // What tells the row f from a later one with its key, never 0 unless the table has nothing that tells.
  std::string life() const;
  // The locator of row f; 0: the store numbers what it holds itself.
  std::string read_row() const { return row.empty() ? "0::int8" : text({"f.", row, "::int8"}); }
};

// Values of `born` as text that is the same in every session, whatever its settings: NULL and the empty text differ.
inline std::string as_settled_text(column_type const& type, std::string_view column) {
  if (type.is == base_type::timestamptz || type.is == base_type::timestamp)
    return text({"extract(epoch FROM ", column, ")::text"});
  if (type.is == base_type::bytea) return text({"encode(", column, ",'hex')"});
  return text({column, "::text"});
}
// False if the text of a value depends on the session's settings.
constexpr bool tells_lives(base_type type) {
  return is_integer(type) || type == base_type::text || type == base_type::varchar || type == base_type::uuid ||
         type == base_type::timestamptz || type == base_type::timestamp || type == base_type::bytea;
}

// 64 bits of an MD5, which is the same on every server, or the row's number where there is no `born`.
inline std::string layout::life() const {
  if (born.empty()) return read_row();
  std::string const value = as_settled_text(born_type, text({"f.", born}));
  return text({"coalesce(nullif(('x'||left(md5(", row.empty() ? "" : text({"f.", row, "||':'||"}), "coalesce('='||",
               value, ",'')),16))::bit(64)::int8,0),1)"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
