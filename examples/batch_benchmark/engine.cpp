#include "engine.hpp"

#include <cstdio>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include <pawl/pawl.hpp>
#include <pawl/postgres/database.hpp>
#include <pawl/postgres/store.hpp>

#include "files_table.hpp"
#include "per_file.hpp"
#include "postgres_file_connection.hpp"
#include "search_api.hpp"
#include "sqlite_file_connection.hpp"
#include "steps.hpp"
#include "stoppable_clock.hpp"

namespace batch_benchmark {

template <class Clock> class engine_on final : public engine {
 public:
  using loop = pawl::loop<Clock>;

  std::chrono::nanoseconds now() const override { return loop_.now(); }
  int signal() const override { return signals_.signal(); }

  run_outcome run(run_request const& request, measurements& to) override {
    pawl::stop_callback const on_stop(stop_.get_token(), [&] {
      fmt::print(stderr, "batch_benchmark: stopping, with {} files in flight; a second signal ends at once\n",
                 to.in_flight());
    });
    run_outcome outcome;
    if (request.how == mode::per_file)
      run_per_file(request, to, outcome);
    else
      run_in_one_queue(request, to, outcome);
    outcome.stopped = stop_.stop_requested() || signal() != 0;
    return outcome;
  }

 private:
  void run_per_file(run_request const& request, measurements& to, run_outcome& outcome) {
    stoppable_clock sleeping(loop_);
    pawl::stop_callback const on_stop(stop_.get_token(), [&] { sleeping.end_sleeps(); });
    mock_search_api api(sleeping, pawl::mock_profile::constant(request.delay), &to);
    auto const place = request.database.place();
    if (auto const* const in_a_file = std::get_if<sqlite_place>(&place))
      run_per_file<sqlite_file_connection<loop>>(*in_a_file, request, to, api, outcome);
    else
      run_per_file<postgres_file_connection<loop>>(std::get<postgres_place>(place), request, to, api, outcome);
  }
  template <class Connection, class Place, class Api>
  void run_per_file(Place const& at, run_request const& request, measurements& to, Api& api, run_outcome& outcome) {
    per_file_run<loop, Api, Connection, Place> files(loop_, api, at, request, to, stop_.get_token());
    measure(request, outcome, [&] { loop_.wait(files.run()); });
  }

  void run_in_one_queue(run_request const& request, measurements& to, run_outcome& outcome) {
    mock_search_api api(loop_, pawl::mock_profile::constant(request.delay), &to);
    auto const place = request.database.place();
    if (auto const* const in_a_file = std::get_if<sqlite_place>(&place))
      run_on(*in_a_file, request, to, api, outcome);
    else
      run_on(std::get<postgres_place>(place), request, to, api, outcome);
  }
  template <class Api>
  void run_on(sqlite_place const& at, run_request const& request, measurements& to, Api& api, run_outcome& outcome) {
    auto options = at.options;
    options.on_span = [&](char const* what, std::chrono::nanoseconds duration) {
      to.spans().add_of_database(what, loop_.now(), duration);
    };
    pawl::sqlite::database database(at.path, std::move(options));
    pawl::sqlite::store<files_table> store(database);
    pawl::store_lock lock(store);  // made before the clock starts, as the connection is
    run_queue(store, &lock, request, to, api, outcome);
  }
  template <class Api>
  void run_on(postgres_place const& at, run_request const& request, measurements& to, Api& api, run_outcome& outcome) {
    auto began = loop_.now();
    pawl::postgres::database database(loop_, at.conninfo, at.options);
    pawl::postgres::store<files_table> store(database);
    loop_.wait(store.open());
    to.spans().add_of_database("open", loop_.now(), loop_.now() - began);
    run_queue(store, nullptr, request, to, api, outcome);
    began = loop_.now();
    database.close();
    to.spans().add_of_database("close", loop_.now(), loop_.now() - began);
  }
  template <class Store, class Api>
  void run_queue(Store& store, pawl::store_lock* lock, run_request const& request, measurements& to, Api& api,
                 run_outcome& outcome) {
    pawl::commit_queue queue(loop_, store, to,
                             {.batch = request.how == mode::shared ? std::size_t{1} : std::size_t{256}});
    measure(request, outcome, [&] {
      auto const summary = pawl::run(queue, steps{api},
                                     {.concurrency = request.what.concurrency,
                                      .stop = &stop_,
                                      .grace = {},  // a stop ends the calls in flight
                                      .lock = lock,
                                      .seed = seed});
      if (summary.parked > 0)
        outcome.why_not_all = summary.first_parked.front().key + ": " + summary.first_parked.front().why.describe();
    });
  }

  template <class F> void measure(run_request const& request, run_outcome& outcome, F run) {
    outcome.log_before = request.database.log_size();
    auto const began = loop_.now(), jumped_before = jumped();
    run();
    outcome.elapsed = loop_.now() - began;
    outcome.jumped = jumped() - jumped_before;
    outcome.log_after = request.database.log_size();
  }
  std::chrono::nanoseconds jumped() const {
    if constexpr (pawl::jumping_clock<Clock>)
      return loop_.clock().jumped();
    else
      return {};
  }

  loop loop_;
  pawl::stop_source stop_;
  pawl::stop_on_signals signals_{loop_, stop_};
};

std::unique_ptr<engine> make_engine(clock_kind clock) {
  if (clock == clock_kind::warp) return std::make_unique<engine_on<pawl::warp_clock>>();
  return std::make_unique<engine_on<pawl::steady_clock>>();
}

}  // namespace batch_benchmark
