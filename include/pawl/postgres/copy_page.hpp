// Items of another database as arrays, one for each column.
#ifndef PAWL_POSTGRES_COPY_PAGE_HPP
#define PAWL_POSTGRES_COPY_PAGE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/item_export.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What the events of an item recorded, by the columns of a table.
struct events_by_column {
  std::vector<std::optional<std::string_view>> columns{};  // in the order of event_columns()
  std::size_t others = 0;  // of events that the lifecycle does not have, or that have no fields
  bool is_damaged = false;
};

inline events_by_column split_events(layout const& of, std::string_view all) {
  auto const& lifecycle = *of.lifecycle;
  events_by_column to;
  std::vector<std::string_view> names;
  for (assignment const& one : of.assignments)
    if (one.kind != field_kind::cleared) names.push_back(lifecycle.event_names[one.event]);
  to.columns.resize(names.size());
  while (!all.empty()) {
    std::string_view name, fields;
    if (!pawl::detail::take_sized(all, name) || !pawl::detail::take_sized(all, fields)) {
      to.is_damaged = true;
      return to;
    }
    std::size_t at = 0;
    while (at < names.size() && names[at] != name) ++at;
    if (at < names.size())
      to.columns[at] = fields;
    else
      ++to.others;
  }
  return to;
}

// A sentence: why this item cannot be a row of the table; empty where it can.
inline std::string why_not_copied(layout const& of, exported_item const& it) {
  if (it.key.size() > longest_own_key)
    return text({"pawl: item '", std::string_view(it.key).substr(0, 40), "...' of table ", of.name, " has a key of ",
                 number(static_cast<std::int64_t>(it.key.size())), " bytes, and PostgreSQL takes ",
                 number(static_cast<std::int64_t>(longest_own_key)), " at most"});
  if (split_events(of, it.events).is_damaged)
    return text({"pawl: what is recorded of item '", it.key, "' of table ", of.name, " is damaged"});
  return {};
}

// The parameters of compare_page_sql, write_page_sql and write_records_sql.
inline std::vector<parameter> copy_parameters(layout const& of, std::vector<exported_item> const& items) {
  array_builder<std::int64_t> ids, versions, next_at, since, runs;
  array_builder<bytes> keys;
  array_builder<instant> changed_at;
  array_builder<std::int16_t> states;
  array_builder<std::int32_t> attempts, recoveries;
  array_builder<bool> parked, in_doubt;
  array_builder<std::string> errors;
  std::vector<array_builder<bytes>> events(split_events(of, {}).columns.size());
  auto const add = [](auto& to, bool is_there, auto const& value) {
    if (is_there)
      to.add(value);
    else
      to.add_null();
  };
  auto const count = [](std::optional<stored_time> time) { return time ? time->time_since_epoch().count() : 0; };
  for (exported_item const& it : items) {
    ids.add(it.life);
    keys.add(std::string_view(it.key));
    versions.add(it.version);
    changed_at.add(instant(std::chrono::microseconds(it.changed_at)));
    states.add(static_cast<std::int16_t>(it.state_code));
    bool const has_record = it.record.has_value();
    trouble_record const record = it.record.value_or(trouble_record());
    add(attempts, has_record, record.attempts);
    add(recoveries, has_record, record.recoveries);
    add(next_at, has_record && record.next_at, count(record.next_at));
    add(since, has_record && record.since, count(record.since));
    add(parked, has_record, record.parked);
    add(in_doubt, has_record, record.in_doubt);
    add(runs, has_record, record.run);
    add(errors, has_record, escaped(record.last_error));
    auto const recorded = split_events(of, it.events);
    for (std::size_t i = 0; i < events.size(); ++i)
      add(events[i], recorded.columns[i].has_value(), recorded.columns[i].value_or(std::string_view()));
  }
  std::vector<parameter> all;
  all.push_back(ids.take());
  all.push_back(keys.take());
  all.push_back(versions.take());
  all.push_back(changed_at.take());
  all.push_back(states.take());
  for (auto* const one : {&attempts, &recoveries}) all.push_back(one->take());
  for (auto* const one : {&next_at, &since}) all.push_back(one->take());
  for (auto* const one : {&parked, &in_doubt}) all.push_back(one->take());
  all.push_back(runs.take());
  all.push_back(errors.take());
  for (auto& one : events) all.push_back(one.take());
  return all;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
