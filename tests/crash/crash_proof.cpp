// Proves on this machine, with the SQLite of this machine, what pawl promises about crashes, faults and exhausted memory.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "crash/allocations.hpp"
#include "crash/verdict.hpp"

int main(int argc, char** argv) try {
  crash::scope scope;
  std::vector<std::string> names;
  CLI::App app{"Stops, breaks and starves a workload at every point where it can be. Prints a line a proof."};
  app.add_option("proof", names, "crash-points, faults or allocations; all of them without one")
      ->check(CLI::IsMember({"crash-points", "faults", "allocations"}));
  app.add_option("--files", scope.files, "How many files go through three transitions in the proofs of crash points")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--few", scope.few, "How many in those where every operation fails once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--stride", scope.stride, "Of the allocations only each so many-th fails; 1: every one")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  app.add_option("--seed", scope.seed, "What is left to chance follows from it")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  crash::allocations::watch_sqlite();
  auto const wanted = [&](char const* name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  bool all = true;
  if (wanted("crash-points")) all = crash::prove_crash_points(scope) && all;
  if (wanted("faults")) all = crash::prove_single_faults(scope) && all;
  if (wanted("allocations")) all = crash::prove_allocation_failures(scope) && all;
  return all ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
