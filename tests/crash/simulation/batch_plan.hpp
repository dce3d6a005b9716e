// What is in a batch: a function of its key and version, so that whoever lists it, and however often, lists the same.
#ifndef PAWL_TESTS_CRASH_SIMULATION_BATCH_PLAN_HPP
#define PAWL_TESTS_CRASH_SIMULATION_BATCH_PLAN_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/fnv.hpp>

#include "crash/simulation/world.hpp"

namespace crash::simulation {

// Keys are shared: a child may be there already, at work or at its end, and be another batch's too.
struct batch_plan {
  std::vector<std::string> parts{}, files{};
  nanoseconds files_start_in{};  // 0: at once

  static batch_plan of(std::uint64_t seed, std::string_view key, std::int64_t version) {
    chance c(seed, key, version);
    batch_plan plan;
    bool const is_part = key.starts_with("part"), is_tick = key.find('Z') != key.npos;
    if (!is_part && !is_tick)
      for (std::size_t n = c.below(3); n > 0; --n) plan.parts.push_back("part " + std::to_string(c.below(3)));
    for (std::size_t n = c.below(is_tick ? 2 : 3); n > 0; --n) plan.files.push_back(some_file(c));
    if (!is_tick && c.below(24) == 0)  // as many as are inserted in bulk
      for (std::size_t i = 0; i < 8; ++i)
        plan.files.push_back("leaf " + std::to_string(i) + " of " + std::string(key) + " at " +
                             std::to_string(version));
    if (!is_tick && c.below(6) == 0) plan.files_start_in = std::chrono::seconds(1 + c.below(20));
    return plan;
  }
  // What is added to it later.
  static std::vector<std::string> late_files(std::uint64_t seed, std::string_view key, std::int64_t version) {
    chance c(seed + 1, key, version);
    return {some_file(c), some_file(c)};
  }

 private:
  class chance {
   public:
    chance(std::uint64_t seed, std::string_view key, std::int64_t version)
        : random_(pawl::detail::fnv().text(key).value + 31 * seed + static_cast<std::uint64_t>(version)) {}
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

   private:
    random_bits random_;
  };
  static std::string some_file(chance& c) {
    return c.below(2) == 0 ? key_of(c.below(4)) : "sheet " + std::to_string(c.below(4));
  }
};

}  // namespace crash::simulation

#endif
