// What a store awaits without its lifecycle's types.
#ifndef PAWL_POSTGRES_STORE_CALLS_HPP
#define PAWL_POSTGRES_STORE_CALLS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/counted_write.hpp>
#include <pawl/postgres/gather.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/seen_children.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/write_batch.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Coroutines own what they need of the store, which may be gone when they resume.

inline task<void> open_later(std::shared_ptr<table> of) {
  auto opening = of->open();
  co_await std::move(opening);
}
// Asked for each time: a copy of another database (pawl::copy) may have given this one its identity since.
inline task<std::string> identity_later(std::shared_ptr<table> of) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  request what;
  what.add(newest_schema_sql(in->of.records));
  auto asking = of->ask_all(what);
  reply const given = co_await std::move(asking);
  std::string identity(given[0].cell(0, 1));
  if (in->of.kept == states_kept_as::names) (identity += '/') += of->name();
  co_return identity;
}
inline task<bool> begin_later(std::shared_ptr<table> of) {
  auto beginning = of->all().begin();
  co_await std::move(beginning);
  co_return true;
}
inline task<void> commit_later(std::shared_ptr<table> of) {
  auto committing = of->all().commit_transaction();
  co_await std::move(committing);
}
inline task<void> rollback_later(std::shared_ptr<table> of) {
  auto rolling = of->all().roll_back_transaction();
  co_await std::move(rolling);
}
inline task<bool> insert_later(std::shared_ptr<table> of, std::string key, std::optional<stored_time> start_at) {
  write_batch alone(std::move(of));
  std::size_t const ticket = alone.insert(std::move(key), start_at);
  auto writing = alone.write();
  co_await std::move(writing);
  co_return alone.result(ticket).done;
}
inline task<std::optional<stored_time>> next_due_later(std::shared_ptr<table> of, stored_time after, delayed_by who) {
  auto asking = of->next_due(after, who);
  co_return co_await std::move(asking);
}
inline task<void> cut_later(std::shared_ptr<table> of, stored_time latest) {
  write_batch alone(std::move(of));
  alone.cut_delays(latest);
  auto writing = alone.write();
  co_await std::move(writing);
}
inline task<std::optional<trouble_record>> trouble_later(std::shared_ptr<table> of, std::string key,
                                                         std::int64_t version, std::int64_t life) {
  auto asking = of->trouble_of(std::move(key), version, life);
  co_return co_await std::move(asking);
}
inline task<bool> release_later(std::shared_ptr<table> of, std::string key, std::string by) {
  write_batch alone(of);
  std::size_t const ticket = alone.release(key, std::move(by));
  auto writing = alone.write();
  co_await std::move(writing);
  if (alone.result(ticket).done && !of->rules().empty()) {
    auto gathering_now = gather_items(of, of->opened(), {std::move(key)}, true);
    co_await std::move(gathering_now);
  }
  co_return alone.result(ticket).done;
}
inline task<std::vector<seen_children>> children_later(std::shared_ptr<table> of, std::string key) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  if (!may_name(in->of, key)) co_return std::vector<seen_children>();
  request what;
  add_seen_children(what, in->of, key);
  auto asking = of->ask_all(what);
  reply const given = co_await std::move(asking);
  co_return seen_children_in(given[0], given[1]);
}
inline task<trouble_counts> count_troubles_later(std::shared_ptr<table> of) {
  auto asking = of->count_troubles();
  co_return co_await std::move(asking);
}
inline task<std::size_t> unrecognised_later(std::shared_ptr<table> of) {
  auto asking = of->unrecognised();
  co_return co_await std::move(asking);
}
inline task<bool> changed_later(std::shared_ptr<table> of) {
  auto asking = of->changed_elsewhere();
  bool const changed = co_await std::move(asking);
  auto gathering_now = gather_left(of);
  if (changed) co_await std::move(gathering_now);
  co_return changed;
}
inline task<std::size_t> gather_later(std::shared_ptr<table> of) {
  auto gathering_now = gather_all(std::move(of));
  co_return co_await std::move(gathering_now);
}
inline task<void> sweep_later(std::shared_ptr<table> of) {
  auto gathering_now = gather_waiting(std::move(of));
  co_await std::move(gathering_now);
}

// States that are paused, by index, a bit each.
inline task<std::uint64_t> paused_states_later(std::shared_ptr<table> of) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  request what;
  what.add(paused_sql(in->of.records), parameters_of(value_of(std::string_view(in->of.name))));
  auto asking = of->ask_all(what);
  reply const given = co_await std::move(asking);
  auto const& lifecycle = *in->of.lifecycle;
  std::uint64_t states = 0;
  for (std::size_t row = 0; row < given[0].rows(); ++row)
    if (std::size_t const state = lifecycle.index_of_name(given[0].cell(row, 0)); state < lifecycle.state_count())
      states |= std::uint64_t{1} << state;
  co_return states;
}
// False if it was so already.
inline task<bool> set_paused_later(std::shared_ptr<table> of, std::size_t state, bool paused, std::string by) {
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  std::string_view const name = in->of.lifecycle->state_names[state];
  auto parameters = parameters_of(value_of(std::string_view(in->of.name)), value_of(name));
  std::string const whose = escaped(by);
  if (paused) parameters.push_back(value_of(std::string_view(whose)));
  std::string const& records = in->of.records;
  std::string change = paused ? pause_sql(records) : resume_sql(records), words;
  if (of->keeps_history()) {
    auto const event = pawl::detail::event_of(paused ? pawl::detail::hand::paused : pawl::detail::hand::resumed);
    words = escaped(pawl::detail::behalf_text(by));
    change = with_deed_sql(records, change, paused ? 6 : 5);
    parameters.push_back(value_of(pawl::detail::change_number(in->of.name, "", event, name)));
    parameters.push_back(value_of(event));
    parameters.push_back(value_of(std::string_view(words)));
  }
  counted_write writing(of, in, counting_sql(records, change), std::move(parameters));
  auto changing = writing.write();
  auto const changed = co_await std::move(changing);
  co_return changed.at(0) > 0;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
