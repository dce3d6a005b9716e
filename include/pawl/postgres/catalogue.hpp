// What PostgreSQL's catalogue says of a table, read in one query into plain data.
#ifndef PAWL_POSTGRES_CATALOGUE_HPP
#define PAWL_POSTGRES_CATALOGUE_HPP

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres/column_type.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

struct catalogue_column {
  std::string name{};
  column_type type{};
  bool not_null = false;        // the column or its domain
  bool generated = false;       // GENERATED ALWAYS AS (...) STORED, or AS IDENTITY
  bool counts = false;          // filled from a sequence, which gives no number twice
  bool is_primary_key = false;  // alone
  bool is_unique = false;       // alone, at once, in all rows, as the column compares
  std::string default_value{};  // as SQL; empty: there is none
};

struct catalogue {
  std::string schema{}, table{};
  char kind = ' ';         // pg_class.relkind
  char persistence = ' ';  // pg_class.relpersistence
  std::vector<catalogue_column> columns{};

  bool exists() const noexcept { return !columns.empty(); }
  catalogue_column const* find(std::string_view column) const noexcept {
    for (auto const& c : columns)
      if (c.name == column) return &c;
    return nullptr;
  }
};

// Parameters: $1 the table's name, text; $2 the names of the lifecycle's states, text[]. One row for each column, all cells
// of type text. A unique index counts if equality of keys can use it: valid, not deferrable, of this column alone, without
// expression, predicate or another collation than the column's.
inline constexpr std::string_view catalogue_sql =
    "WITH RECURSIVE t AS (SELECT c.oid,n.nspname,c.relname,c.relkind,c.relpersistence FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid=c.relnamespace WHERE c.oid=to_regclass(quote_ident($1::text))),"
    "b(attnum,type,typmod,not_null) AS (SELECT a.attnum,a.atttypid,a.atttypmod,a.attnotnull FROM t "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid=t.oid WHERE a.attnum>0 AND NOT a.attisdropped "
    "UNION ALL SELECT b.attnum,d.typbasetype,CASE WHEN d.typtypmod<>-1 THEN d.typtypmod ELSE b.typmod END,"
    "b.not_null OR d.typnotnull FROM b JOIN pg_catalog.pg_type d ON d.oid=b.type WHERE d.typtype='d') "
    "SELECT t.nspname::text,t.relname::text,t.relkind::text,t.relpersistence::text,a.attname::text,"
    "format_type(a.atttypid,a.atttypmod),"
    "CASE WHEN yn.nspname='pg_catalog' OR y.typname='citext' THEN y.typname::text ELSE '' END,y.typtype::text,"
    "quote_ident(yn.nspname)||'.'||quote_ident(y.typname),"
    "CASE WHEN b.typmod>4 THEN b.typmod-4 ELSE 0 END::text,"
    "coalesce(k.collisdeterministic,true)::text,"
    "quote_ident(kn.nspname)||'.'||quote_ident(k.collname),"
    "CASE WHEN y.typtype='e' THEN (SELECT s FROM unnest($2::text[]) WITH ORDINALITY u(s,i) WHERE NOT EXISTS(SELECT 1 "
    "FROM pg_catalog.pg_enum e WHERE e.enumtypid=y.oid AND e.enumlabel=s) ORDER BY i LIMIT 1) END,"
    "b.not_null::text,(a.attgenerated<>'' OR a.attidentity='a')::text,"
    "(a.attidentity<>'' OR coalesce(pg_get_expr(v.adbin,v.adrelid) LIKE 'nextval(%',false))::text,"
    "EXISTS(SELECT 1 FROM pg_catalog.pg_index x WHERE x.indrelid=t.oid AND x.indisprimary AND x.indnkeyatts=1 "
    "AND x.indkey[0]=a.attnum)::text,"
    "EXISTS(SELECT 1 FROM pg_catalog.pg_index x WHERE x.indrelid=t.oid AND x.indisunique AND x.indisvalid "
    "AND x.indisready AND x.indimmediate AND x.indnkeyatts=1 AND x.indkey[0]=a.attnum AND x.indpred IS NULL "
    "AND x.indexprs IS NULL AND x.indcollation[0]=a.attcollation)::text,"
    "pg_get_expr(v.adbin,v.adrelid) "
    "FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid=t.oid JOIN b ON b.attnum=a.attnum "
    "JOIN pg_catalog.pg_type y ON y.oid=b.type AND y.typtype<>'d' "
    "JOIN pg_catalog.pg_namespace yn ON yn.oid=y.typnamespace "
    "LEFT JOIN pg_catalog.pg_collation k ON k.oid=a.attcollation "
    "LEFT JOIN pg_catalog.pg_namespace kn ON kn.oid=k.collnamespace "
    "LEFT JOIN pg_catalog.pg_attrdef v ON v.adrelid=t.oid AND v.adnum=a.attnum ORDER BY a.attnum";
inline constexpr std::size_t catalogue_cells = 19;

// Adds the column that one row of catalogue_sql is about.
inline void add_column(catalogue& to, std::span<std::optional<std::string_view> const, catalogue_cells> row) {
  auto const cell = [row](std::size_t i) { return std::string(row[i].value_or(std::string_view())); };
  auto const is = [row](std::size_t i) { return row[i] == "true"; };
  auto const letter = [row](std::size_t i) { return row[i] && !row[i]->empty() ? row[i]->front() : ' '; };
  to.schema = cell(0);
  to.table = cell(1);
  to.kind = letter(2);
  to.persistence = letter(3);
  catalogue_column& c = to.columns.emplace_back();
  c.name = cell(4);
  c.type = {base_type_of(cell(6), letter(7)), cell(5), cell(8), cell(11), cell(12), 0, is(10)};
  std::string const length = cell(9);
  if (c.type.is == base_type::varchar) std::from_chars(length.data(), length.data() + length.size(), c.type.longest);
  c.not_null = is(13);
  c.generated = is(14);
  c.counts = is(15);
  c.is_primary_key = is(16);
  c.is_unique = is(17);
  c.default_value = cell(18);
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
