// Calls of a mock that go wrong at random, by a seed.
#ifndef PAWL_TESTING_RANDOM_FAULTS_HPP
#define PAWL_TESTING_RANDOM_FAULTS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

#include <pawl/adapter/call_fate.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// How often each fault is met, as a share of all calls; together at most 1.
struct fault_rates {
  double transient = 0.05;
  double throttled = 0.05;
  double lost_request = 0.05;
  double lost_answer = 0.05;
  double late_landing = 0.05;
  double slow_answer = 0.05;

  std::chrono::nanoseconds retry_after = std::chrono::minutes(1);  // what a throttled call is told to wait
  std::chrono::nanoseconds latest = std::chrono::minutes(5);       // of late landings and slow answers: up to so long
  std::size_t quiet_after = std::size_t(-1);                       // so many calls; from then on nothing goes wrong
};

// The same seed means the same faults for the same calls. Belongs to the mock's thread, and outlives its calls.
//
//   pawl::testing::random_faults faults{seed};
//   courier.remote.obey(&faults);
class random_faults final : public call_faults {
 public:
  explicit random_faults(std::uint64_t seed, fault_rates rates = {}) : random_(seed), rates_(rates) {}

  call_fate begin(std::size_t) override {
    double share = fraction();
    double const time = fraction();  // always drawn, so that the rates do not shift what comes later
    if (++calls_ > rates_.quiet_after) return call_fate::well();
    auto const meets = [&share](double rate) { return (share -= rate) < 0; };
    auto const late =
        std::chrono::nanoseconds(static_cast<std::int64_t>(time * static_cast<double>(rates_.latest.count())));
    ++met_;
    if (meets(rates_.transient)) return call_fate::refused(trouble::transient("the remote is ill (at random)"));
    if (meets(rates_.throttled)) return call_fate::refused(trouble::throttled(rates_.retry_after));
    if (meets(rates_.lost_request)) return call_fate::lost_request();
    if (meets(rates_.lost_answer)) return call_fate::lost_answer();
    if (meets(rates_.late_landing)) return call_fate::late_landing(late);
    if (meets(rates_.slow_answer)) return call_fate::slow_answer(late);
    --met_;
    return call_fate::well();
  }

  // How many faults it has brought about.
  std::size_t met() const { return met_; }

 private:
  // In [0, 1), the same with every standard library.
  double fraction() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  std::mt19937_64 random_;
  fault_rates rates_;
  std::size_t calls_ = 0;
  std::size_t met_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
