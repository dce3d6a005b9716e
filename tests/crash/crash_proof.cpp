// Proves, on this machine and with its SQLite, pawl's promises about crashes, faults and memory exhaustion.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "command_line.hpp"
#include "crash/allocations.hpp"
#include "crash/verdict.hpp"
#include "side_by_side.hpp"

int main(int argc, char** argv) try {
  crash::scope scope;
  std::vector<std::string> names;
  std::size_t jobs = (std::max)(1u, std::thread::hardware_concurrency());
  CLI::App app{"Stops, breaks and starves a workload at every point where it can be. Prints a line a proof."};
  app.add_option("proof", names, "crash-points, faults, allocations or queue; all of them without one")
      ->check(CLI::IsMember({"crash-points", "faults", "allocations", "queue"}));
  app.add_option("--files", scope.files, "How many files go through three transitions in the proofs of crash points")
      ->check(proof::whole_number(1, 100000))
      ->capture_default_str();
  app.add_option("--few", scope.few, "How many in those where every operation fails once")
      ->check(proof::whole_number(1, 1000))
      ->capture_default_str();
  app.add_option("--stride", scope.stride, "Of the allocations only each so many-th fails; 1: every one")
      ->check(proof::whole_number(1, 100000))
      ->capture_default_str();
  app.add_option("--seed", scope.seed, "What is left to chance follows from it")
      ->check(proof::a_seed())
      ->capture_default_str();
  app.add_option("--jobs", jobs, "So many parts at a time, each in its own process")
      ->check(proof::whole_number(1, 256))
      ->capture_default_str();
  if (auto const ended = proof::read_command_line(app, argc, argv)) return *ended;

  crash::allocations::watch_sqlite();
  auto const wanted = [&](char const* name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  crash::parts all;
  auto const add = [&](crash::parts some) { all.insert(all.end(), some.begin(), some.end()); };
  if (wanted("crash-points")) add(crash::crash_points_of(scope));
  if (wanted("faults")) add(crash::single_faults_of(scope));
  if (wanted("allocations")) add(crash::allocation_failures_of(scope));
  if (wanted("queue")) add(crash::queue_allocations_of());
  return proof::side_by_side(all, jobs) ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
