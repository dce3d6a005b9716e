// Columns of a batch as parameters: one array for each.
#ifndef PAWL_POSTGRES_COLUMN_PARAMETERS_HPP
#define PAWL_POSTGRES_COLUMN_PARAMETERS_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

inline void add_time(array_builder<std::int64_t>& to, std::optional<stored_time> time) {
  if (time)
    to.add(to_number(*time));
  else
    to.add_null();
}
inline parameter bytes_parameter(std::vector<std::string_view> const& keys) {
  array_builder<bytes> all;
  for (std::string_view const key : keys) all.add(key);
  return all.take();
}
template <class T, class Held> parameter column_of(std::vector<sent_value> const& values) {
  array_builder<T> all;
  for (sent_value const& value : values) {
    if (auto const* const held = std::get_if<Held>(&value))
      all.add(*held);
    else
      all.add_null();
  }
  return all.take();
}
inline parameter values_parameter(field_kind kind_of_values, std::vector<sent_value> const& values) {
  switch (kind_of_values) {
    case field_kind::integer:
      return column_of<std::int64_t, std::int64_t>(values);
    case field_kind::real:
      return column_of<double, double>(values);
    case field_kind::bytes:
      return column_of<bytes, std::string>(values);
    case field_kind::text:
    case field_kind::cleared:
    case field_kind::time:
      break;
  }
  return column_of<std::string, std::string>(values);
}

// Those of note_sql() from $5 on.
inline void add_records(std::vector<parameter>& to, std::vector<trouble_record const*> const& records) {
  array_builder<std::int32_t> attempts, recoveries;
  array_builder<std::int64_t> next_at, since, runs;
  array_builder<bool> parked, in_doubt;
  array_builder<std::string> errors;
  for (trouble_record const* const record : records) {
    attempts.add(record->attempts);
    recoveries.add(record->recoveries);
    add_time(next_at, record->next_at);
    add_time(since, record->since);
    parked.add(record->parked);
    in_doubt.add(record->in_doubt);
    runs.add(record->run);
    errors.add(escaped(record->last_error));
  }
  for (auto* const column : {&attempts, &recoveries}) to.push_back(column->take());
  for (auto* const column : {&next_at, &since}) to.push_back(column->take());
  for (auto* const column : {&parked, &in_doubt}) to.push_back(column->take());
  to.push_back(runs.take());
  to.push_back(errors.take());
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
