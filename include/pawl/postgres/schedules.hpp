// What a store awaits for its schedules, without its lifecycle's types: see tick_store.hpp.
#ifndef PAWL_POSTGRES_SCHEDULES_HPP
#define PAWL_POSTGRES_SCHEDULES_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/counted_write.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/schedule_sql.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/transaction_of.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

inline task<std::optional<stored_time>> last_tick_of(std::shared_ptr<table> of, std::string schedule,
                                                     transaction_of within = transaction_of::program) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  request what;
  what.add(last_tick_sql(in->of.records), parameters_of(value_of(std::string_view(in->of.name)), bytes_of(schedule)));
  auto asking = within == transaction_of::program ? of->ask_all(what) : of->all().read(what);
  reply const given = co_await std::move(asking);
  if (given[0].rows() == 0) co_return std::nullopt;
  co_return stored_time(std::chrono::nanoseconds(integer_at(given[0], 0, 0)));
}

// The step of a schedule, with texts of its own.
struct owned_advance {
  explicit owned_advance(tick_advance const& step)
      : schedule(step.schedule), from(step.from), to(step.to), keys(step.keys.begin(), step.keys.end()) {}

  std::string schedule;
  std::optional<stored_time> from;
  stored_time to;
  std::vector<std::string> keys;
};

inline task<std::optional<std::size_t>> advance_ticks_of(std::shared_ptr<table> of, owned_advance step,
                                                         transaction_of within = transaction_of::program) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  array_builder<bytes> keys;
  for (auto const& key : step.keys) keys.add(std::string_view(key));
  parameter const from = step.from ? value_of(to_number(*step.from)) : null_of<std::int64_t>();
  auto parameters = parameters_of(value_of(std::string_view(in->of.name)), bytes_of(step.schedule), from,
                                  value_of(to_number(step.to)), keys.take());
  counted_write writing(of, in, advance_ticks_sql(in->of, step.from ? from_where::last_tick : from_where::nothing),
                        std::move(parameters), within);
  auto advancing = writing.write();
  auto const counts = co_await std::move(advancing);
  if (counts.at(0) == 0) co_return std::nullopt;
  co_return static_cast<std::size_t>(counts.at(1));
}

inline task<bool> forget_ticks_of(std::shared_ptr<table> of, std::string schedule) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  auto parameters = parameters_of(value_of(std::string_view(in->of.name)), bytes_of(schedule));
  counted_write writing(of, in, forget_ticks_sql(in->of.records), std::move(parameters));
  auto forgetting = writing.write();
  auto const counts = co_await std::move(forgetting);
  co_return counts.at(0) > 0;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
