// A table in a test's schema, as the catalogue tells it and as a mapping is checked against it.
#ifndef PAWL_TESTS_POSTGRES_TABLE_FIXTURE_HPP
#define PAWL_TESTS_POSTGRES_TABLE_FIXTURE_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/postgres/catalogue.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/table_check.hpp>

#include "postgres/plain_session.hpp"

namespace postgres_test {

namespace pg = pawl::postgres::detail;

inline pg::catalogue read_catalogue(session& sql, std::string_view table, pawl::lifecycle_view const& lifecycle) {
  std::vector<cell> states;
  for (std::string_view const name : lifecycle.state_names) states.emplace_back(std::string(name));
  result const found = sql.must(std::string(pg::catalogue_sql), {std::string(table), array_of(states)});
  pg::catalogue to;
  for (auto const& row : found.rows) {
    std::array<std::optional<std::string_view>, pg::catalogue_cells> cells{};
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (row.at(i)) cells[i] = *row[i];
    pg::add_column(to, cells);
  }
  return to;
}

template <class Table> pg::layout check_table(session& sql) {
  auto const& mapping = pg::mapping_of<Table>;
  auto const catalogue = read_catalogue(sql, mapping.names.table, *mapping.lifecycle);
  return pg::table_check(catalogue, mapping.names.table, "app on db1").check(mapping);
}
// The sentence that refuses; empty: it is accepted.
template <class Table> std::string refusal(session& sql) {
  try {
    check_table<Table>(sql);
  } catch (pawl::store_error const& e) {
    return e.what_failed() == pawl::store_failure::refused ? e.what() : "not refused: " + std::string(e.what());
  }
  return {};
}

inline void make_records(session& sql, pg::layout const& of) {
  for (auto const& one : pg::make_records_sql(of.records)) sql.must(one);
}

}  // namespace postgres_test

#endif
