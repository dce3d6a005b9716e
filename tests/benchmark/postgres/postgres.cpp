// Committed transitions a second on a PostgreSQL server, and what they cost it: pawl's store compared with a hand-written
// loop on libpq. The server is a temporary one with the settings that it comes with; it waits for the disk.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/runner/run.hpp>

#include "../examples/batch_benchmark/search_api.hpp"
#include "../examples/batch_benchmark/steps.hpp"
#include "benchmark/measuring.hpp"
#include "files.hpp"
#include "leases.hpp"
#include "server_load.hpp"
#include "tables.hpp"
#include "traffic.hpp"

namespace server_benchmark {

using measuring::at_least;
using measuring::at_most;

class measurement {
 public:
  explicit measurement(measuring::effort how_much) : how_much_(how_much) { server_.start(); }

  void run() {
    measuring::remark("PostgreSQL " + server_.run("SHOW server_version") + ", synchronous_commit=" +
                      server_.run("SHOW synchronous_commit") + ", fsync=" + server_.run("SHOW fsync"));
    all_.enter("flush", [this] { return flush_ms(folder_ / "flushed"); });
    enter_base();
    for (std::size_t const in_flight : {10U, 50U, 512U}) {
      enter<v11>("v11", in_flight);
      enter<own>("own", in_flight);
    }
    enter_run();
    all_.run(how_much_.rounds);
    report();
    measure_growth();
    measure_leases<own>("own");
    measure_leases<v11>("v11");
    measure_two_processes();
  }

 private:
  // ---- contestants: each in a schema of its own ----

  std::string new_schema() { return "s" + std::to_string(schemas_++); }
  // So many that a batch is one of many.
  std::size_t rows_for(std::size_t in_flight) const {
    return how_much_.small ? 40 : (std::max)(std::size_t{818}, 40 * in_flight);
  }

  // Committed transitions a second of passes over a table; what the server spent on one of them is noted beside it.
  template <class Table, class Prepare, class Pass>
  double rate(std::string const& name, place<Table>& at, std::size_t files, Prepare const& prepare, Pass const& pass) {
    server_load load(std::stoi(at.sql.must("SELECT pg_backend_pid()").at(0, 0)));
    double spent = 0, cpu = 0, passes = 0;
    do {
      at.reset();
      prepare();
      double const before = load.seconds();
      measuring::stopwatch const watch;
      pass();
      spent += watch.seconds();
      cpu += load.seconds() - before;
      ++passes;
      if (at.indexed_files() != files)
        throw std::runtime_error(name +
                                 ": not every file is indexed at version 3: this contestant did not do the work");
    } while (spent < (how_much_.small ? 0 : 0.5));
    double const transitions = passes * static_cast<double>(files) * transitions_of_a_file;
    cpu_[name].push_back(cpu * 1e6 / transitions);
    return transitions / spent;
  }

  // A commit for each takes long: some of the table's files are enough.
  void enter_base() {
    auto const at = std::make_shared<place<v11>>(server_, new_schema());
    v11::make(at->sql, rows_for(1));
    at->sql.script("VACUUM ANALYZE files");
    auto const raw = std::make_shared<raw_loop>(at->conninfo());
    std::size_t const files = how_much_.small ? 20 : 150;
    all_.enter("raw", [this, at, raw, files] {
      return rate(
          "raw", *at, files, [] {},
          [&] {
            for (std::size_t i = 0; i < files; ++i) (*raw)(sources(files)[i]);
          });
    });
  }
  template <class Table> void enter(std::string const& what, std::size_t in_flight) {
    auto const name = what + ".c" + std::to_string(in_flight);
    auto const on = std::make_shared<setting<Table>>(server_, new_schema(), rows_for(in_flight), 512);
    all_.enter(name, [this, on, name, in_flight] {
      traffic<Table> files(*on);
      return rate(
          name, on->at, rows_for(in_flight), [&] { files.prepare(); }, [&] { files.index(in_flight); });
    });
  }
  // With steps that call an adapter, which answers at once.
  void enter_run() {
    auto const on = std::make_shared<setting<v11>>(server_, new_schema(), rows_for(50), 512);
    all_.enter("run.c50", [this, on] {
      mock_search_api<pawl::loop<>> api{on->loop, pawl::mock_profile::zero()};
      return rate(
          "run.c50", on->at, rows_for(50), [] {}, [&] { pawl::run(on->queue, steps{api}, {.concurrency = 50}); });
    });
  }

  // ---- what is printed ----

  double cpu_ratio(std::string const& name) const {
    auto ratios = cpu_.at(name);
    for (std::size_t round = 0; round < ratios.size(); ++round) ratios[round] /= cpu_.at("raw")[round];
    return measuring::median(std::move(ratios));
  }
  void report() {
    double const flush = all_.median_of("flush");
    measuring::figure("postgres.flush_ms", flush);
    bool const waits = flush >= 1;  // else the goals of rates are those of another disk
    if (!waits) measuring::remark("a flush takes less than 1 ms here: the rates have no goal");
    auto const vs_raw = [&](std::string const& name, measuring::goal wanted) {
      measuring::figure("postgres." + name + ".vs_raw", all_.ratio(name, "raw"), waits ? wanted : measuring::goal{});
    };
    measuring::figure("postgres.raw.per_second", all_.median_of("raw"));
    vs_raw("v11.c10", at_least(8));
    vs_raw("v11.c50", at_least(30));
    vs_raw("v11.c512", {});
    vs_raw("own.c10", {});
    vs_raw("own.c50", at_least(35));
    vs_raw("own.c512", at_least(120));
    for (auto const* name : {"v11.c50", "own.c50", "own.c512"})
      measuring::figure(std::string("postgres.") + name + ".per_second", all_.median_of(name));
    measuring::figure("postgres.run.c50.vs_queue", all_.ratio("run.c50", "v11.c50"), at_least(0.8));
    for (auto const* name : {"raw", "v11.c10", "v11.c50", "own.c10", "own.c50", "own.c512", "run.c50"})
      measuring::figure(std::string("postgres.") + name + ".server_cpu_us", measuring::median(cpu_.at(name)));
    measuring::figure("postgres.v11.c50.server_cpu.vs_raw", cpu_ratio("v11.c50"), at_most(0.30));
    measuring::figure("postgres.own.c50.server_cpu.vs_raw", cpu_ratio("own.c50"), at_most(0.20));
  }

  // How much larger pawl's own table is after a million transitions than it was when every file had been indexed once:
  // what events record is then in it. 512 in flight, four transitions a cycle.
  void measure_growth() {
    std::size_t const rows = how_much_.small ? 100 : 100'000, transitions = how_much_.small ? 1'000 : 1'000'000;
    setting<own> on(server_, new_schema(), rows, 512);
    auto const size_of = [&](char const* what) {
      return std::stod(on.at.sql.must("SELECT " + std::string(what) + "('file_lifecycle')").at(0, 0));
    };
    double const filled = size_of("pg_total_relation_size");
    traffic<own> files(on);
    files.prepare();
    files.index(512);
    double const before = size_of("pg_total_relation_size");
    std::size_t done = 0;
    measuring::stopwatch const watch;
    for (; done < transitions; done += rows * (1 + transitions_of_a_file)) {
      files.put_back(512);
      files.index(512);
    }
    double const seconds = watch.seconds(), after = size_of("pg_total_relation_size");
    auto const hot = on.at.sql.must(
        "SELECT coalesce(100.0*n_tup_hot_upd/nullif(n_tup_upd,0),0) FROM pg_stat_user_tables WHERE "
        "relid='file_lifecycle'::regclass");
    measuring::remark(std::to_string(done) + " transitions of " + std::to_string(rows) + " files in " +
                      measuring::number(seconds) + " s; table and indexes in MB: filled " +
                      measuring::number(filled / 1e6) + ", all indexed once " + measuring::number(before / 1e6) +
                      ", at the end " + measuring::number(after / 1e6));
    measuring::figure("postgres.own.hot_percent", std::stod(hot.at(0, 0)));
    measuring::figure("postgres.own.growth_percent", 100 * (after / before - 1), at_most(5));
  }

  // What a run claims, and what it frees, where a million items wait.
  template <class Table> void measure_leases(std::string const& name) {
    std::size_t const rows = how_much_.small ? 5'000 : 1'000'000;
    setting<Table> const on(server_, new_schema(), rows, 512);
    measuring::figure("postgres." + name + ".claim_of_50_ms",
                      claim_ms<Table>(on.at.conninfo(), how_much_.small ? 3 : 400), at_most(1));
    std::vector<double> rescues;
    for (std::size_t i = 0; i < (how_much_.small ? 1U : 10U); ++i)
      rescues.push_back(rescue_ms<Table>(on.at.conninfo()));
    measuring::figure("postgres." + name + ".rescue_ms", measuring::median(rescues), at_most(500));
    measuring::figure("postgres." + name + ".slowest_rescue_ms", *std::max_element(rescues.begin(), rescues.end()),
                      at_most(500));
  }
  // Two processes that run one table, beside one that runs it alone.
  void measure_two_processes() {
    std::size_t const files = how_much_.small ? 40 : 2000;
    place<v11> at(server_, new_schema());
    v11::make(at.sql, files);
    measuring::contest all;
    all.enter("one", [&] { return files_per_second(at, files, 1); });
    all.enter("two", [&] { return files_per_second(at, files, 2); });
    all.run(how_much_.rounds);
    measuring::figure("postgres.two_processes.vs_one", all.ratio("two", "one"), at_least(1.5));
  }

  measuring::effort how_much_;
  temporary_folder folder_{};
  temporary_server server_{};
  int schemas_ = 0;
  measuring::contest all_{};
  std::map<std::string, std::vector<double>> cpu_{};  // of the server, microseconds a transition, by round
};

}  // namespace server_benchmark

int main(int argc, char** argv) {
  return measuring::program(
      "Measures committed transitions a second of files in tables of a PostgreSQL server, and the server's processor "
      "time "
      "for each, as ratios to a hand-written loop on libpq in the same round.",
      argc, argv, {}, [](measuring::effort how_much) { server_benchmark::measurement(how_much).run(); });
}
