// What came of killing a process at every point.
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
  std::size_t crashes = 1;       // so many in a row: with 2, the process that resumes is killed at every point too
  std::size_t lost_commits = 0;  // a power cut: each crash also takes the latest commits away; memory_store alone can
  bool may_park = false;         // an item that is parked in the end is no violation: of unsafe steps
  std::string only{};            // of a failure's replay: these points alone
};

// One way to die, and what was wrong then.
struct crash_failure {
  std::vector<crash_point> points{};  // none: without a crash
  std::string description{};
  std::vector<std::string> violations{};
};

struct crash_verdict {
  std::size_t commits = 0;    // of a process that is not killed
  std::size_t calls = 0;      // to remotes, of the same
  std::size_t scenarios = 0;  // ways to die that were tried, the one without a crash included
  std::vector<crash_failure> failures{};

  // True: nothing was violated. For `CHECK(verdict)` and its like, which also print it.
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
