// Random faults for a mock's calls, from a seed.
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

// Rate of each fault as a share of all calls; the sum must not exceed 1.
struct fault_rates {
  double transient = 0.05;
  double throttled = 0.05;
  double lost_request = 0.05;
  double lost_answer = 0.05;
  double late_landing = 0.05;
  double slow_answer = 0.05;

  std::chrono::nanoseconds retry_after = std::chrono::minutes(1);  // wait that a throttled call asks for
  std::chrono::nanoseconds latest = std::chrono::minutes(5);       // upper bound for late landings and slow answers
  std::size_t quiet_after = std::size_t(-1);                       // no faults after this many calls
};

// The same seed gives the same faults for the same calls. Use it on the mock's thread; it must outlive the mock's
// calls.
//
//   pawl::testing::random_faults faults{seed};
//   courier.remote.obey(&faults);
class random_faults final : public call_faults {
 public:
  explicit random_faults(std::uint64_t seed, fault_rates rates = {}) : random_(seed), rates_(rates) {}

  call_fate begin(std::size_t) override {
    double share = fraction();
    double const time = fraction();  // always drawn, so that the rates do not shift later draws
    if (++calls_ > rates_.quiet_after) return call_fate::well();
    auto const meets = [&share](double rate) { return (share -= rate) < 0; };
    auto const late =
        std::chrono::nanoseconds(static_cast<std::int64_t>(time * static_cast<double>(rates_.latest.count())));
    ++met_;
    if (meets(rates_.transient)) return call_fate::refused(trouble::transient("the remote fails (random fault)"));
    if (meets(rates_.throttled)) return call_fate::refused(trouble::throttled(rates_.retry_after));
    if (meets(rates_.lost_request)) return call_fate::lost_request();
    if (meets(rates_.lost_answer)) return call_fate::lost_answer();
    if (meets(rates_.late_landing)) return call_fate::late_landing(late);
    if (meets(rates_.slow_answer)) return call_fate::slow_answer(late);
    --met_;
    return call_fate::well();
  }

  // Number of faults so far.
  std::size_t met() const { return met_; }

 private:
  // Uniform in [0, 1), identical with every standard library.
  double fraction() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  std::mt19937_64 random_;
  fault_rates rates_;
  std::size_t calls_ = 0;
  std::size_t met_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
