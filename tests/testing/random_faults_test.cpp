// Random faults: at the configured rates, reproducible by seed, and harmless to correct steps.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <pawl/adapter/call_fate.hpp>
#include <pawl/testing/random_faults.hpp>
#include <pawl/testing/remote_objects.hpp>

#include "catch.hpp"

namespace random_faults_test {

using namespace std::chrono_literals;
using pawl::landing;
using pawl::trouble_kind;
using pawl::testing::fault_rates;
using pawl::testing::random_faults;

std::string word(pawl::call_fate const& fate) {
  std::string said = fate.answer ? fate.answer->describe() : "well";
  return said + " " + std::to_string(static_cast<int>(fate.lands)) + " " + std::to_string(fate.answer_delay.count()) +
         " " + std::to_string(fate.lands_after.count());
}
std::vector<std::string> draw(std::uint64_t seed, std::size_t count, fault_rates const& rates = {}) {
  random_faults faults{seed, rates};
  std::vector<std::string> words;
  for (std::size_t n = 1; n <= count; ++n) words.push_back(word(faults.begin(n)));
  return words;
}

TEST_CASE("the same seed has the same faults, another one has others", "[testing]") {
  CHECK(draw(7, 100) == draw(7, 100));
  CHECK(draw(7, 100) != draw(8, 100));
}

TEST_CASE("each fault is met as often as its rate says", "[testing]") {
  struct one {
    double fault_rates::*rate;
    landing lands;
    bool answers;
  };
  auto const kind = GENERATE(
      one{&fault_rates::transient, landing::never, false}, one{&fault_rates::throttled, landing::never, false},
      one{&fault_rates::lost_request, landing::never, false}, one{&fault_rates::lost_answer, landing::in_time, false},
      one{&fault_rates::late_landing, landing::late, false}, one{&fault_rates::slow_answer, landing::in_time, true});
  fault_rates rates{
      .transient = 0, .throttled = 0, .lost_request = 0, .lost_answer = 0, .late_landing = 0, .slow_answer = 0};
  rates.*kind.rate = 0.3;
  random_faults faults{1, rates};
  std::size_t met = 0;
  for (std::size_t n = 1; n <= 10000; ++n) {
    auto const fate = faults.begin(n);
    bool const well = fate.lands == landing::in_time && !fate.answer && fate.answer_delay == 0ns;
    if (well) continue;
    ++met;
    REQUIRE(fate.lands == kind.lands);
    REQUIRE(fate.answer.has_value() == !kind.answers);
    REQUIRE(fate.answer_delay <= rates.latest);
    REQUIRE(fate.lands_after <= rates.latest);
  }
  CHECK(met > 2800);
  CHECK(met < 3200);
  CHECK(faults.met() == met);
}

TEST_CASE("a throttled call is told how long to wait, and faults end where they are to end", "[testing]") {
  random_faults faults{1, {.transient = 0, .throttled = 1, .retry_after = 7s, .quiet_after = 2}};
  CHECK(faults.begin(1).answer->after == 7s);
  CHECK(faults.begin(2).answer->kind == trouble_kind::throttled);
  CHECK_FALSE(faults.begin(3).answer);
  CHECK(faults.met() == 2);
}

}  // namespace random_faults_test
