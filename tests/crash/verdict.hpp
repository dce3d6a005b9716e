// Shared by the proofs: their scope, the line that each prints, and what makes one fail.
#ifndef PAWL_TESTS_CRASH_VERDICT_HPP
#define PAWL_TESTS_CRASH_VERDICT_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "proof.hpp"
#include "side_by_side.hpp"

namespace crash {

// What the command line asks for.
struct scope {
  std::size_t files = 818;
  std::size_t few = 3;     // of the workloads in which every operation fails once
  std::size_t stride = 1;  // of the allocations only each so many-th fails
  std::uint64_t seed = 1;
};

// One line on standard output (proof.hpp), and before it what is wrong, as far as it goes on a screen.
class verdict {
 public:
  verdict(std::string name, std::string what) : name_(std::move(name)), scope_(std::move(what)) {}
  verdict(verdict const&) = delete;
  verdict& operator=(verdict const&) = delete;

  void wrong(std::string const& where, std::string const& sentence) {
    if (wrongs_++ < shown) std::printf("  %s, %s: %s\n", name_.c_str(), where.c_str(), sentence.c_str());
  }
  template <class Sentences> void wrong_if_any(std::string const& where, Sentences const& all) {
    for (auto const& sentence : all) wrong(where, sentence);
  }
  void figure(std::size_t value, char const* what) {
    figures_ += (figures_.empty() ? "" : ", ") + std::to_string(value) + " " + what;
  }
  // How often was tried what the proof is about: if never, it proves nothing.
  void tried(std::size_t times, char const* what) {
    if (times == 0) wrong("to its end", std::string("there were no ") + what);
    figure(times, what);
  }
  // Prints the line. True: nothing was wrong.
  bool end() {
    figure(wrongs_, "violations");
    double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
    std::fprintf(stderr, "%.1f s: %s, %s\n", seconds, name_.c_str(), scope_.c_str());
    return ::proof::report(name_, scope_, figures_, wrongs_ == 0, seconds);
  }

 private:
  static constexpr std::size_t shown = 10;

  std::string name_, scope_, figures_{};
  std::size_t wrongs_ = 0;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

// The proofs, in parts that need nothing of each other, the longest first. Each answers whether all held.
using parts = std::vector<::proof::part>;
parts crash_points_of(scope const& s);
parts single_faults_of(scope const& s);
parts allocation_failures_of(scope const& s);
parts queue_allocations_of();

}  // namespace crash

#endif
