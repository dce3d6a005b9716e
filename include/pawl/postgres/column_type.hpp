// Which types of PostgreSQL's columns keep which fields unchanged, and how a value is written into and read from each.
#ifndef PAWL_POSTGRES_COLUMN_TYPE_HPP
#define PAWL_POSTGRES_COLUMN_TYPE_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/store/text.hpp>
#include <pawl/store/written_column.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

using pawl::detail::field_kind;
using pawl::detail::written_column;
using pawl::detail::wording::in_quotes;
using pawl::detail::wording::number;
using pawl::detail::wording::parts;
using pawl::detail::wording::text;

// The types that pawl tells apart. `blank_padded`: character(n). `other`: all that keep none of a store's values, such as
// numeric, jsonb, arrays and ranges.
enum class base_type : std::uint8_t {
  text,
  varchar,
  blank_padded,
  citext,
  json,
  enumeration,
  uuid,
  boolean,
  int2,
  int4,
  int8,
  float4,
  float8,
  bytea,
  timestamptz,
  timestamp,
  other
};

// A column's type. A domain has that of its base type: what the domain refuses beyond it is a single value, as a CHECK does.
struct column_type {
  base_type is = base_type::other;
  std::string declared{};          // as PostgreSQL spells it
  std::string cast{};              // the qualified and quoted name of the base type
  std::string collation{};         // the same of the column's collation; empty: the type has none
  std::string state_that_lacks{};  // an enum: a state of the lifecycle that is none of its labels; empty: there is none
  std::int32_t longest = 0;        // of varchar(n), in characters; 0: no limit
  bool compares_as_bytes = true;   // false: its collation is not deterministic
};

// From pg_type: typname where the type is in pg_catalog or named citext, and typtype.
constexpr base_type base_type_of(std::string_view name, char kind) {
  if (kind == 'e') return base_type::enumeration;
  struct known {
    std::string_view name;
    base_type is;
  };
  constexpr known all[] = {{"text", base_type::text},           {"varchar", base_type::varchar},
                           {"bpchar", base_type::blank_padded}, {"citext", base_type::citext},
                           {"json", base_type::json},           {"uuid", base_type::uuid},
                           {"bool", base_type::boolean},        {"int2", base_type::int2},
                           {"int4", base_type::int4},           {"int8", base_type::int8},
                           {"float4", base_type::float4},       {"float8", base_type::float8},
                           {"bytea", base_type::bytea},         {"timestamptz", base_type::timestamptz},
                           {"timestamp", base_type::timestamp}};
  for (auto const& one : all)
    if (one.name == name) return one.is;
  return base_type::other;
}

constexpr bool is_integer(base_type type) {
  return type == base_type::int2 || type == base_type::int4 || type == base_type::int8;
}
// 0: the type is no integer's.
constexpr int bits_of(base_type type) {
  return type == base_type::boolean ? 1
         : type == base_type::int2  ? 16
         : type == base_type::int4  ? 32
         : type == base_type::int8  ? 64
                                    : 0;
}

// "2026-11-28T22:50:00.123456": the time of a transition as text.
inline constexpr std::int32_t length_of_time = 26;

// True if each field of this kind that the column takes comes back from it equal to what was written. What it does not take
// is an error of that one value: a text longer than varchar(n), no label of an enum, no JSON.
inline bool keeps(column_type const& type, written_column const& written) {
  switch (written.kind) {
    case field_kind::cleared:
      return true;
    case field_kind::time:
      return type.is == base_type::timestamptz || type.is == base_type::timestamp || type.is == base_type::text ||
             (type.is == base_type::varchar && (type.longest == 0 || type.longest >= length_of_time));
    case field_kind::text:
      return type.is == base_type::text || type.is == base_type::varchar || type.is == base_type::citext ||
             type.is == base_type::json || type.is == base_type::enumeration || type.is == base_type::bytea;
    case field_kind::integer:
      return bits_of(type.is) >= int{written.bits};
    case field_kind::real:
      return type.is == base_type::float8 || (type.is == base_type::float4 && written.bits <= 32);
    case field_kind::bytes:
      break;
  }
  return type.is == base_type::bytea;
}

// Why a type does not keep such a value, where that is not plain from its name; begins with ", ".
inline std::string_view why_not(column_type const& type, field_kind kind) {
  bool const is_text = kind == field_kind::text;
  if (type.is == base_type::blank_padded) return ", which pads with blanks";
  if (is_text && type.is == base_type::uuid) return ", which spells a value its own way";
  if (is_text && type.declared == "jsonb") return ", which keeps the value of a JSON text, but not its spelling";
  if (kind == field_kind::real && type.declared == "numeric") return ", to which a double is cast with 15 digits";
  if (kind == field_kind::real && type.is == base_type::float4) return ", which has 24 bits of a double's 53";
  if (kind == field_kind::integer && bits_of(type.is) != 0) return ", which has fewer values";
  return "";
}

// What is written, for messages, and the type to declare for it.
inline std::string_view name_of(field_kind kind) {
  switch (kind) {
    case field_kind::time:
      return "the time of a transition";
    case field_kind::text:
      return "a std::string";
    case field_kind::integer:
      return "an integer, bool or enum";
    case field_kind::real:
      return "a floating-point number";
    case field_kind::bytes:
      return "a std::vector<std::byte>";
    case field_kind::cleared:
      break;
  }
  return "NULL";
}
inline std::string_view type_for(written_column const& written) {
  switch (written.kind) {
    case field_kind::time:
      return "timestamptz";
    case field_kind::integer:
      return written.bits == 1    ? "boolean"
             : written.bits <= 16 ? "smallint"
             : written.bits <= 32 ? "integer"
                                  : "bigint";
    case field_kind::real:
      return "double precision";
    case field_kind::bytes:
      return "bytea";
    case field_kind::text:
    case field_kind::cleared:
      break;
  }
  return "text";
}

// How a column of this type takes a field: a text in a bytea may have any bytes.
constexpr field_kind kind_in(column_type const& type, field_kind kind) {
  return kind == field_kind::text && type.is == base_type::bytea ? field_kind::bytes : kind;
}

// The type of the parameter in which the values of this kind are sent, one array for many rows.
constexpr std::string_view sent_as(field_kind kind) {
  return kind == field_kind::integer ? "int8"
         : kind == field_kind::real  ? "float8"
         : kind == field_kind::bytes ? "bytea"
                                     : "text";
}

// SQL that makes a value of the column's type of `sent`, an expression of the type that sent_as() tells.
inline std::string written_as(column_type const& type, std::string_view sent) {
  if (type.is == base_type::boolean) return text({"(", sent, "<>0)"});
  if (type.is == base_type::json || type.is == base_type::enumeration) return text({sent, "::", type.cast});
  // PostgreSQL would cut blanks past the limit without a word.
  if (type.is == base_type::varchar && type.longest != 0)
    return text(
        {"CASE WHEN char_length(", sent, ")>", number(type.longest), " THEN ", sent, "||'.' ELSE ", sent, " END"});
  return std::string(sent);
}
// The same of the time of the transition, a timestamptz.
inline std::string time_written_as(column_type const& type, std::string_view time) {
  if (type.is == base_type::timestamptz) return std::string(time);
  std::string const utc = text({"(", time, " AT TIME ZONE 'UTC')"});
  return type.is == base_type::timestamp ? utc : text({"to_char(", utc, ",'YYYY-MM-DD\"T\"HH24:MI:SS.US')"});
}
// SQL that makes of the column, an expression, a value of the type that sent_as() tells.
inline std::string read_as(column_type const& type, field_kind kind, std::string_view column) {
  if (type.is == base_type::boolean) return text({column, "::int::int8"});
  return text({column, "::", sent_as(kind)});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
