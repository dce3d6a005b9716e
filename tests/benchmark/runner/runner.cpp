// Committed transitions per second through pawl::run with steps that call an adapter, compared with a hand-written loop
// that has neither.
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/store/ownership.hpp>

#include "../examples/batch_benchmark/search_api.hpp"
#include "../examples/batch_benchmark/steps.hpp"
#include "benchmark/measuring.hpp"
#include "benchmark/v11.hpp"
#include "files.hpp"

namespace v11 {

using measuring::at_least;

template <class Table> class product {
 public:
  product(std::string const& path, std::size_t concurrency) : on_(path), lock_(on_.store), concurrency_(concurrency) {}

  sqlite3* db() { return on_.database.handle(); }
  void operator()() {
    auto const summary = pawl::run(on_.queue, steps{api_}, {.concurrency = concurrency_, .lock = &lock_});
    if (summary.finished != sources().size()) throw std::runtime_error("the run did not finish every file");
  }

 private:
  setting<Table> on_;
  pawl::store_lock lock_;  // taken once, as the connection is
  mock_search_api<pawl::loop<>> api_{on_.loop, pawl::mock_profile::zero()};
  std::size_t concurrency_;
};

template <class Table>
void enter(measuring::contest& all, measuring::effort how_much, std::string const& path, std::string const& name,
           std::size_t concurrency) {
  auto const through_run = std::make_shared<product<Table>>(path, concurrency);
  all.enter(name, [how_much, through_run] { return rate<Table>(through_run->db(), how_much, *through_run); });
}

void measure(measuring::effort how_much) {
  temporary_folder const folder;
  files::fill(folder / "raw.db");
  raw_loop raw(folder / "raw.db");
  measuring::contest all;
  all.enter("raw", [&] { return rate<files>(raw.db, how_much, raw); });
  enter<files>(all, how_much, folder / "10.db", "v11.c10", 10);
  enter<files>(all, how_much, folder / "50.db", "v11.c50", 50);
  enter<own>(all, how_much, folder / "own.db", "own.c50", 50);
  all.run(how_much.rounds);
  measuring::figure("runner.v11.c10.vs_raw", all.ratio("v11.c10", "raw"), at_least(4.25));
  measuring::figure("runner.v11.c50.vs_raw", all.ratio("v11.c50", "raw"), at_least(6));
  measuring::figure("runner.own.c50.vs_raw", all.ratio("own.c50", "raw"));
  measuring::figure("runner.v11.c50.per_second", all.median_of("v11.c50"));
}

}  // namespace v11

int main(int argc, char** argv) {
  return measuring::program(
      "Measures committed transitions a second of the 818 files through pawl::run, with steps "
      "and an adapter, as ratios to a hand-written loop in the same round.",
      argc, argv, {}, v11::measure);
}
