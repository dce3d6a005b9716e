// The optional history of a table's items, and the removal of what is finished.
#ifndef PAWL_POSTGRES_HISTORY_HPP
#define PAWL_POSTGRES_HISTORY_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/counted_write.hpp>
#include <pawl/postgres/history_sql.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Those of history_sql().
inline std::vector<parameter> history_parameters(layout const& of, std::string_view key, std::int64_t most) {
  return parameters_of(bytes_of(key), value_of(most), key_parameter(of, key));
}

// Of its rows.
inline std::vector<history_entry> history_in(answer const& rows) {
  std::vector<history_entry> entries;
  for (std::size_t row = rows.rows(); row-- > 0;) {
    history_entry entry{.version = integer_at(rows, row, 0), .run = integer_at(rows, row, 5)};
    entry.from = rows.cell(row, 1);
    entry.event = rows.cell(row, 2);
    entry.to = rows.cell(row, 3);
    entry.at = stored_time(std::chrono::nanoseconds(integer_at(rows, row, 4)));
    entry.attempts = static_cast<std::int32_t>(integer_at(rows, row, 6));
    if (!rows.is_null(row, 7)) entry.error = unescaped(rows.cell(row, 7));
    entries.push_back(std::move(entry));
  }
  return entries;
}
inline std::int64_t limit_of(std::size_t limit) {
  return static_cast<std::int64_t>((std::min)(limit, std::size_t{1} << 40U));
}

// The newest `most` of the row with this key, or of its latest one, oldest first.
inline task<std::vector<history_entry>> history_of(std::shared_ptr<table> of, std::string key, std::size_t most) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  if (!in->has_history || !may_name(in->of, key)) co_return std::vector<history_entry>();
  request what;
  what.add(history_sql(in->of), history_parameters(in->of, key, limit_of(most)));
  auto asking = of->ask_all(what);
  reply const given = co_await std::move(asking);
  co_return history_in(given[0]);
}

// Adds the entry of what was done to a state or the table, to `number` rows, within that transaction.
inline void add_deed(request& to, layout const& of, pawl::detail::table_deed const& deed, std::size_t number = 0) {
  std::string_view const event = pawl::detail::event_of(deed.does);
  std::int64_t const change = pawl::detail::change_number(of.name, "", event, deed.state);
  std::string const words = escaped(deed.words);
  std::string_view const table = of.name, state = deed.state, told = words;
  to.add(write_deed_change_sql(of.records),
         parameters_of(value_of(change), value_of(table), value_of(event), value_of(state)));
  to.add(write_deed_sql(of.records),
         parameters_of(value_of(change), value_of(table), value_of(told),
                       value_of(static_cast<std::int64_t>((std::min)(number, std::size_t{1'000'000'000})))));
}

enum class removed_from : std::uint8_t { items, history };

// What has been there, or is finished, for longer than `older`: at most `limit` rows in one transaction; how many.
inline task<std::size_t> remove_old(std::shared_ptr<table> of, removed_from what, std::chrono::nanoseconds older,
                                    std::size_t limit) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  if (what == removed_from::history && !in->has_history) co_return std::size_t{0};
  stored_time const before = of->now() - (std::max)(older, std::chrono::nanoseconds());
  auto parameters =
      parameters_of(value_of(std::chrono::floor<std::chrono::microseconds>(before)), value_of(limit_of(limit)));
  counted_write writing(of, in, what == removed_from::items ? remove_finished_sql(in->of) : remove_history_sql(in->of),
                        std::move(parameters));
  auto removing = writing.write();
  auto const counts = co_await std::move(removing);
  co_return static_cast<std::size_t>(counts.at(0));
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
