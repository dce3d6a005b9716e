// The result of killing a process at every point.
#ifndef PAWL_TESTING_CRASH_VERDICT_HPP
#define PAWL_TESTING_CRASH_VERDICT_HPP

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include <pawl/testing/crash_point.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

struct crash_options {
  std::size_t crashes = 1;  // crashes in a row; with 2, the resuming process is also killed at every point
  // simulates a power cut: each crash also loses this many latest commits; memory_store only
  std::size_t lost_commits = 0;
  bool may_park = false;  // accepts items parked at the end, as unsafe steps may leave them
  std::string only{};     // replays a failure: these points only
};

// One sequence of crashes, and what it violated.
struct crash_failure {
  std::vector<crash_point> points{};  // empty: without a crash
  std::string description{};
  std::vector<std::string> violations{};
};

struct crash_verdict {
  std::size_t commits = 0;    // of a process that is not killed
  std::size_t calls = 0;      // remote calls of the same process
  std::size_t scenarios = 0;  // sequences of crashes that were tried, including the one without a crash
  std::vector<crash_failure> failures{};

  // True if nothing was violated. For `CHECK(verdict)` and the like, which also print it.
  explicit operator bool() const noexcept { return failures.empty(); }

  std::string text() const {
    std::string all = std::to_string(scenarios) + " scenarios of " + std::to_string(commits) + " commits and " +
                      std::to_string(calls) + " calls, " + std::to_string(failures.size()) + " with violations";
    for (std::size_t i = 0; i < (std::min)(failures.size(), most_told); ++i) {
      auto const& failure = failures[i];
      all += "\n" + failure.description;
      for (auto const& sentence : failure.violations) all += "\n    " + sentence;
      if (!failure.points.empty()) all += "\n    alone again: {.only = \"" + to_text(failure.points) + "\"}";
    }
    if (failures.size() > most_told) all += "\nand " + std::to_string(failures.size() - most_told) + " more";
    return all;
  }
  friend std::ostream& operator<<(std::ostream& out, crash_verdict const& verdict) { return out << verdict.text(); }

 private:
  static constexpr std::size_t most_told = 10;
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
