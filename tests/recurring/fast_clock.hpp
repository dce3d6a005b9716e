// A clock of which a second passes in a millisecond, the same in each process that is forked from the one that made it.
#ifndef PAWL_TESTS_RECURRING_FAST_CLOCK_HPP
#define PAWL_TESTS_RECURRING_FAST_CLOCK_HPP

#include <chrono>

namespace recurring_test {

class fast_clock {
 public:
  std::chrono::system_clock::time_point operator()() const {
    auto const passed = 1000 * (std::chrono::system_clock::now() - begun_);
    return std::chrono::time_point_cast<std::chrono::system_clock::duration>(begun_ + passed);
  }

 private:
  std::chrono::system_clock::time_point begun_ = std::chrono::system_clock::now();
};

}  // namespace recurring_test

#endif
