// The steps of batches: what is in one is listed, and it is published once all of it has ended.
#ifndef PAWL_TESTS_CRASH_SIMULATION_BATCH_STEPS_HPP
#define PAWL_TESTS_CRASH_SIMULATION_BATCH_STEPS_HPP

#include <chrono>
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/runner/ask.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/with.hpp>

#include "crash/simulation/batch_plan.hpp"
#include "crash/simulation/batches.hpp"
#include "crash/simulation/family_records.hpp"
#include "crash/simulation/remote.hpp"

namespace crash::simulation {

template <class B, batch_state S> using batch_in = pawl::item<lifecycle_of<B>, S>;

// New files of T, as children. A mapped table has columns that pawl does not write, so that its rows are there at once.
template <class T>
std::vector<pawl::sql_statement> insertion_of(std::vector<std::string> const& files,
                                              std::optional<pawl::stored_time> start_at = {}) {
  std::vector<pawl::sql_statement> all;
  if constexpr (std::same_as<T, files_table>)
    for (auto const& key : files)
      all.push_back(
          pawl::sql("INSERT OR IGNORE INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'','',0)", key));
  auto some = pawl::insert<T>(files);
  if (start_at)
    all.emplace_back(std::move(some).start_at(*start_at));
  else
    all.emplace_back(std::move(some));
  return all;
}

template <class T, class B> struct batch_steps {
  remote& api;
  world_loop& loop;
  family_records<B>& of;
  std::function<std::chrono::system_clock::time_point()> now;

  pawl::with<list> operator()(batch_in<B, batch_state::drafted> it) {
    auto const plan = batch_plan::of(of.seed, it.key, it.version);
    std::optional<pawl::stored_time> later;
    if (plan.files_start_in > 0ns) later = pawl::stored_time(now()) + plan.files_start_in;
    auto all = insertion_of<T>(plan.files, later);
    all.emplace_back(pawl::insert<B>(plan.parts));
    return {list{}, std::move(all)};
  }

  // safe: a page that is written again is the same.
  pawl::task<pawl::one_of<publish, discard>> operator()(batch_in<B, batch_state::complete> it, files_ended const& told,
                                                        pawl::safe&) {
    of.hear(it, true, pawl::gathered{told.arrived, told.failed});
    auto answer = co_await pawl::ask(api.publish(loop, it.key));
    if (!answer) co_return answer.why();
    co_return publish{*answer};
  }
};

}  // namespace crash::simulation

#endif
