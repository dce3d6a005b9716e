// Committed transitions per second and the latency of each: pawl's store one by one and in groups, compared with a
// hand-written loop on sqlite3's C interface and with common code without a queue.
#include <chrono>
#include <cstddef>
#include <ctime>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/sqlite/options.hpp>

#include "benchmark/measuring.hpp"
#include "benchmark/v11.hpp"
#include "files.hpp"
#include "inserts.hpp"
#include "peers.hpp"

namespace v11 {

using measuring::at_least;
using measuring::at_most;
using pawl::sqlite::durability;

// A snapshot of when the log was empty, kept to the end.
class pinned_reader {
 public:
  pinned_reader(std::string const& path, bool pinned) : connection_(path) {
    execute(connection_.db, "PRAGMA wal_checkpoint(TRUNCATE)");
    if (pinned) execute(connection_.db, "BEGIN; SELECT count(*) FROM files");
  }

 private:
  raw_loop connection_;
};
inline sqlite3* handle_of(raw_loop& raw) { return raw.db; }
inline sqlite3* handle_of(setting<files>& on) { return on.database.handle(); }

// The processor's time, of all threads.
class cpu_watch {
 public:
  double seconds() const { return now() - begun_; }

 private:
  static double now() {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  }
  double begun_ = now();
};

class measurement {
 public:
  explicit measurement(measuring::effort how_much) : how_much_(how_much) {}

  void run() {
    enter_peers();
    enter_one_by_one();
    for (std::size_t in_flight : {10U, 50U}) {
      enter_grouped<files>("grouped.v11", in_flight, durability::process_crash);
      enter_grouped<files>("grouped_full.v11", in_flight, durability::power_loss);
    }
    enter_grouped<own>("grouped.own", 50, durability::process_crash);
    enter_grouped<own>("grouped_full.own", 50, durability::power_loss);
    enter_with_history<files>("history.v11");
    enter_with_history<own>("history.own");
    enter_pinned_readers();
    enter_large_batches();
    enter_inserts("insert", durability::process_crash);
    enter_inserts("insert_full", durability::power_loss);
    all_.run(how_much_.rounds);
    report_rates();
    report_latencies();
  }

 private:
  // ---- contestants: each on a database of its own, opened once ----

  std::string new_file() { return folder_ / (std::to_string(files_++) + ".db"); }
  std::string filled_file() {
    auto path = new_file();
    files::fill(path);
    return path;
  }

  void enter_peers() {
    auto const raw = std::make_shared<raw_loop>(filled_file());
    all_.enter("raw", [this, raw] { return rate<files>(raw->db, how_much_, *raw); });
    auto const wrapped = std::make_shared<through_sqlitecpp>(filled_file());
    all_.enter("sqlitecpp", [this, wrapped] { return rate<files>(wrapped->db(), how_much_, *wrapped); });
    for (std::size_t size : {10U, 50U}) {
      auto const batches = std::make_shared<in_batches>(filled_file(), size);
      all_.enter("in_batches.c" + std::to_string(size),
                 [this, batches] { return rate<files>(batches->db(), how_much_, *batches); });
    }
    auto const apart = std::make_shared<connection_per_file>(filled_file());
    for (std::size_t threads : {10U, 50U})
      all_.enter("connection_per_file.c" + std::to_string(threads),
                 [this, apart, threads] { return rate<files>(apart->db(), how_much_, [&] { (*apart)(threads); }); });
    auto const locked = std::make_shared<behind_a_mutex>(filled_file());
    all_.enter("mutex.c50", [this, locked] {
      auto& latency = latencies_["mutex.c50"].emplace_back();
      return rate<files>(locked->db(), how_much_, [&] { (*locked)(50, latency); });
    });
  }

  void enter_one_by_one() {
    auto const one = std::make_shared<setting<files>>(new_file(), durability::process_crash);
    all_.enter("one_by_one",
               [this, one] { return rate<files>(one->database.handle(), how_much_, [&] { apply_all(one->store); }); });
  }
  static void apply_all(files::store& store) {
    for (auto const& of : sources()) {
      auto const started = store.apply(file<untracked>(of.path, 0), start_upload{});
      auto const uploaded = store.apply(*started, complete_upload{of.id, of.uri});
      if (!store.apply(*uploaded, complete_processing{of.document})) throw std::runtime_error(of.path + ": a conflict");
    }
  }

  template <class Table> void enter_grouped(std::string const& what, std::size_t in_flight, durability durable) {
    auto const name = what + ".c" + std::to_string(in_flight);
    auto const on = std::make_shared<setting<Table>>(new_file(), durable);
    all_.enter(name, [this, on, in_flight] {
      return rate<Table>(on->database.handle(), how_much_, pass_through(on->queue, in_flight));
    });
    all_.enter(name + ".with_clock", [this, on, name, in_flight] {
      auto& latency = latencies_[name].emplace_back();
      return rate<Table>(on->database.handle(), how_much_, pass_through(on->queue, in_flight, &latency));
    });
  }

  // The same as "grouped" with an entry of the history for each transition.
  template <class Table> void enter_with_history(std::string const& name) {
    auto const on =
        std::make_shared<setting<Table>>(new_file(), durability::process_crash, pawl::store_options{.history = true});
    all_.enter(name, [this, on] { return rate<Table>(on->database.handle(), how_much_, pass_through(on->queue, 50)); });
  }

  void enter_large_batches() {
    auto const on = std::make_shared<setting<files>>(new_file(), durability::process_crash);
    all_.enter("cpu.c256", [this, on] {
      return seconds_a_pass<files, cpu_watch>(handle_of(*on), how_much_, pass_through(on->queue, 256)) * 1e6 /
             static_cast<double>(transitions());
    });
  }

  // The log is new each time, since with the reader it only grows.
  void enter_inserts(std::string const& what, durability durable) {
    auto const on = std::make_shared<inserting>(new_file(), durable);
    auto const enter = [&](std::string const& how, auto pass) {
      all_.enter(what + "." + how, [this, on, pass] { return on->rate(how_much_, [&] { pass(*on); }); });
    };
    enter("one_by_one", [](inserting& of) { of.one_by_one(); });
    for (std::size_t size : {10U, 50U}) {
      enter("grouped.c" + std::to_string(size), [size](inserting& of) { of.grouped(size); });
      enter("threads.c" + std::to_string(size), [size](inserting& of) { of.from_threads(size); });
    }
  }

  template <class Contestant, class Pass> void enter_beside_reader(std::string const& name, Pass const& pass) {
    for (bool const pinned : {false, true})
      all_.enter("pinned_reader." + name + (pinned ? ".with" : ".without"), [this, pinned, pass] {
        auto const path = std::is_same_v<Contestant, raw_loop> ? filled_file() : new_file();
        Contestant on(path);
        pinned_reader const reader(path, pinned);
        return rate<files>(handle_of(on), how_much_, [&] { pass(on); });
      });
  }
  void enter_pinned_readers() {
    enter_beside_reader<raw_loop>("raw", [](auto& raw) { raw(); });
    enter_beside_reader<setting<files>>("one_by_one", [](auto& on) { apply_all(on.store); });
    enter_beside_reader<setting<files>>("grouped", [](auto& on) {
      pass_through all(on.queue, 50);
      all.prepare();
      all();
    });
  }

  // ---- what is printed ----

  void report_rates() {
    auto const vs_raw = [this](std::string const& name, measuring::goal wanted = {}) {
      measuring::figure("store." + name + ".vs_raw", all_.ratio(name, "raw"), wanted);
    };
    measuring::figure("store.raw.per_second", all_.median_of("raw"));
    vs_raw("sqlitecpp");
    vs_raw("in_batches.c10");
    vs_raw("in_batches.c50");
    vs_raw("connection_per_file.c10");
    vs_raw("connection_per_file.c50");
    vs_raw("mutex.c50");
    vs_raw("one_by_one", at_least(0.95));
    vs_raw("grouped.v11.c10", at_least(4.75));
    vs_raw("grouped.v11.c50", at_least(7));
    vs_raw("grouped_full.v11.c10", at_least(0.75));
    vs_raw("grouped_full.v11.c50", at_least(2));
    vs_raw("grouped.own.c50", at_least(16));
    vs_raw("grouped_full.own.c50", at_least(4.5));
    for (std::string const table : {"v11", "own"})
      measuring::figure("store.history." + table + ".c50.vs_without",
                        all_.ratio("history." + table, "grouped." + table + ".c50"), at_least(0.8));
    for (std::string const name : {"raw", "one_by_one", "grouped"})
      measuring::figure("store.pinned_reader." + name + ".vs_none",
                        all_.ratio("pinned_reader." + name + ".with", "pinned_reader." + name + ".without"),
                        name == "raw" ? measuring::goal{} : at_least(0.9));
    for (std::string const what : {"insert", "insert_full"})
      for (std::string const how : {"grouped.c10", "grouped.c50", "threads.c10", "threads.c50"})
        measuring::figure("store." + what + "." + how + ".vs_one_by_one",
                          all_.ratio(what + "." + how, what + ".one_by_one"));
    measuring::figure("store.grouped.v11.c256.cpu_us", all_.median_of("cpu.c256"));
  }

  // The median over the rounds of what one round saw.
  void report_latencies() {
    for (auto const& [name, rounds] : latencies_) {
      bool const judged = name == "grouped.v11.c10" || name == "grouped.v11.c50";
      auto const report = [&, &name = name, &rounds = rounds](std::string const& what, double p, double bound) {
        std::vector<double> milliseconds;
        for (auto const& round : rounds)
          milliseconds.push_back(std::chrono::duration<double, std::milli>(*round.quantile(p)).count());
        measuring::figure("store." + name + "." + what + "_ms", measuring::median(milliseconds),
                          judged && bound > 0 ? at_most(bound) : measuring::goal{});
      };
      report("p50", 0.5, 0);
      report("p95", 0.95, 0);
      report("p99", 0.99, 1.5);
      report("max", 1, 10);
    }
  }

  measuring::effort how_much_;
  temporary_folder folder_{};
  int files_ = 0;
  measuring::contest all_{};
  std::map<std::string, std::vector<pawl::exact_collector>> latencies_{};
};

}  // namespace v11

int main(int argc, char** argv) {
  return measuring::program(
      "Measures committed transitions a second of the 818 files in a database on the disk, and "
      "how long each waits, as ratios to a hand-written loop in the same round.",
      argc, argv, {}, [](measuring::effort how_much) { v11::measurement(how_much).run(); });
}
