// The guarded UPDATE of a batch, with the values of its parameters.
#ifndef PAWL_POSTGRES_MOVE_STATEMENT_HPP
#define PAWL_POSTGRES_MOVE_STATEMENT_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/postgres/column_parameters.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// `move`: move_sql() of the table. What may be left of the items' troubles goes with it.
inline void add_moves_to(request& to, table const& of, opened_table const& in, prepared const& move,
                         move_arrays const& arrays, std::int64_t token) {
  std::vector<std::string_view> const keys(arrays.keys.begin(), arrays.keys.end());
  std::vector<std::int16_t> const events(arrays.events.begin(), arrays.events.end());
  auto parameters = parameters_of(of.now_parameter(), value_of(token), keys_parameter(in.of, keys),
                                  numbers_parameter(arrays.versions), numbers_parameter(arrays.lives),
                                  states_parameter(in.of, arrays.from), states_parameter(in.of, arrays.to),
                                  numbers_parameter(events));
  for (std::size_t i = 0; i < arrays.values.size(); ++i)
    parameters.push_back(values_parameter(in.of.parameters[i], arrays.values[i]));
  if (in.of.keeps_history) {
    std::vector<std::int64_t> changes;
    for (std::size_t const row : arrays.rows) changes.push_back(in.changes[row]);
    parameters.push_back(numbers_parameter(changes));
    parameters.push_back(value_of(of.run()));
  }
  move.add_to(to, std::move(parameters));
  if (of.may_have_troubles()) in.sql.forget_leftovers.add_to(to, parameters_of(bytes_parameter(keys)));
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
