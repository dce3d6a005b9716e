// What several processes of one table do: claim items of it, free those of a process that was killed, share the work.
#ifndef PAWL_TESTS_BENCHMARK_POSTGRES_LEASES_HPP
#define PAWL_TESTS_BENCHMARK_POSTGRES_LEASES_HPP

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/postgres.hpp>
#include <pawl/runner/run.hpp>

#include "../examples/batch_benchmark/search_api.hpp"
#include "../examples/batch_benchmark/steps.hpp"
#include "benchmark/measuring.hpp"
#include "child_process.hpp"
#include "tables.hpp"

namespace server_benchmark {

namespace pg = pawl::postgres::detail;

// A worker of a table, as a run is one: what it claims is asked for over a session of its own.
template <class Table> class claimer {
 public:
  explicit claimer(std::string const& conninfo)
      : database_(loop_, conninfo), store_(database_), in_(loop_.wait(store_.rows()->opened_now())) {
    opened_ = loop_.wait(pg::open_session(loop_, conninfo, pawl::postgres::options(), history_));
    loop_.wait(me_.join(*opened_.session, soon()));
  }

  // Claims the next 50 that are untracked, and gives them back: milliseconds of the claim alone.
  double claim_and_give_back() {
    auto const begins = after_.after_item ? pg::page_begins::after_a_mark : pg::page_begins::at_the_beginning;
    auto parameters = pg::table::page_parameters(in_->of, in_->of.lifecycle->initial, after_, 50);
    measuring::stopwatch const watch;
    auto page = loop_.wait(leases_.claim(*opened_.session, begins, std::move(parameters), soon()));
    double const taken = watch.seconds() * 1e3;
    if (page.items.size() != 50) throw std::runtime_error("a claim of 50 has brought others");
    for (auto const& one : page.items) leases_.give_back({.key = one.item.key, .row = one.item.row});
    after_ = loop_.wait(store_.runnable(untracked, after_, 50)).next;
    loop_.wait(leases_.beat(*opened_.session, soon()));
    return taken;
  }
  // Those of this process stay claimed.
  void claim() {
    auto parameters = pg::table::page_parameters(in_->of, in_->of.lifecycle->initial, {}, 50);
    auto const page =
        loop_.wait(leases_.claim(*opened_.session, pg::page_begins::at_the_beginning, std::move(parameters), soon()));
    if (page.items.size() != 50) throw std::runtime_error("a claim of 50 has brought others");
  }
  // Looks as often as a run does, until something is free again.
  void rescue() {
    for (std::int64_t freed = 0; freed == 0;) {
      freed = loop_.wait(me_.rescue(*opened_.session, {me_.number()}, pg::dead_after, soon())).freed;
      if (freed == 0) std::this_thread::sleep_for(pg::rescue_every);
    }
  }

 private:
  static std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(30);
  }

  pawl::loop<> loop_{};
  pawl::postgres::database database_;
  typename Table::store store_;
  std::shared_ptr<pg::opened_table const> in_;
  pg::server_history history_{};
  pg::opened_session opened_{};
  pg::worker me_{in_->of, "benchmark"};
  pg::leases leases_{me_};
  typename Table::store::page_mark after_{};
};

// The median milliseconds of a claim of 50 items from so many.
template <class Table> double claim_ms(std::string const& conninfo, std::size_t claims) {
  claimer<Table> worker(conninfo);
  std::vector<double> all;
  for (std::size_t i = 0; i < claims + 20; ++i) {
    double const one = worker.claim_and_give_back();
    if (i >= 20) all.push_back(one);  // before that the server's pages and plans are cold
  }
  return measuring::median(std::move(all));
}

// Milliseconds from kill -9 of a process to the moment at which another one has freed what it had claimed.
template <class Table> double rescue_ms(std::string const& conninfo) {
  int ready[2];
  if (::pipe(ready) != 0) throw std::runtime_error("no pipe can be made");
  child_process doomed([&conninfo, &ready] {
    claimer<Table> worker(conninfo);
    worker.claim();
    if (::write(ready[1], "x", 1) != 1) return 1;
    for (;;) ::pause();
  });
  ::close(ready[1]);  // so that a process that dies before it has claimed anything is heard of, too
  char told = 0;
  bool const has_claimed = ::read(ready[0], &told, 1) == 1;
  ::close(ready[0]);
  if (!has_claimed) throw std::runtime_error("the process that is to be killed has claimed nothing");
  claimer<Table> other(conninfo);
  measuring::stopwatch const watch;
  doomed.end(SIGKILL);
  other.rescue();
  return watch.seconds() * 1e3;
}

// Runs what there is to do, 10 in flight; the remote takes 5 ms for each call.
template <class Table> int run_all(std::string const& conninfo) {
  pawl::loop<> loop;
  pawl::postgres::database database(loop, conninfo);
  typename Table::store store(database);
  pawl::commit_queue<typename Table::store, pawl::loop<>> queue(loop, store, {.batch = 512});
  batch_benchmark::mock_search_api<pawl::loop<>> api{loop, pawl::mock_profile::constant(std::chrono::milliseconds(5))};
  pawl::run(queue, batch_benchmark::steps{api}, {.concurrency = 10});
  return 0;
}
// Files a second of so many processes together.
template <class Table> double files_per_second(place<Table>& at, std::size_t files, std::size_t processes) {
  at.reset();
  measuring::stopwatch const watch;
  {
    std::vector<std::unique_ptr<child_process>> all;
    for (std::size_t i = 0; i < processes; ++i)
      all.push_back(std::make_unique<child_process>([&at] { return run_all<Table>(at.conninfo()); }));
    for (auto& one : all)
      if (one->wait() != 0) throw std::runtime_error("a process of the benchmark has failed");
  }
  double const seconds = watch.seconds();
  if (at.indexed_files() != files) throw std::runtime_error("not every file is indexed, once, at version 3");
  return static_cast<double>(files) / seconds;
}

}  // namespace server_benchmark

#endif
