// A mapped table as plain data, for code that is compiled once for all tables of a program.
#ifndef PAWL_SQLITE_MAPPING_VIEW_HPP
#define PAWL_SQLITE_MAPPING_VIEW_HPP

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/sqlite/sql.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/written_column.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

using pawl::detail::field_kind;
using pawl::detail::stamps_of;
using pawl::detail::written_column;
using pawl::detail::written_columns_of;

// The spans have static storage duration.
struct mapping_view {
  lifecycle_view const* lifecycle;
  pawl::names names;
  std::string_view get_sql, runnable_sql, unrecognised_sql;
  std::span<std::string_view const> update_sql;  // indexed by lifecycle row
  std::span<bool const> stamps;                  // indexed by event: true if its UPDATE writes the time
  std::span<written_column const> columns;       // all columns that any event writes
};

template <class Table, std::size_t... Row>
constexpr std::array<std::string_view, sizeof...(Row)> updates_in(std::index_sequence<Row...>) {
  return {pawl::detail::row_update_sql<Table, Row>...};
}
template <class Table>
inline constexpr auto updates_of =
    updates_in<Table>(std::make_index_sequence<rows<typename Table::lifecycle>.size()>{});

template <a_table Table>
inline constexpr mapping_view mapping_of{&view_of<typename Table::lifecycle>,
                                         Table::names,
                                         pawl::detail::get_sql<Table>,
                                         pawl::detail::runnable_sql<Table>,
                                         pawl::detail::unrecognised_sql<Table>,
                                         updates_of<Table>,
                                         stamps_of<Table>,
                                         written_columns_of<Table>};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
