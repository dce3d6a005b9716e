// Different implementations that fire runtime events on many items, all with the same transitions.
#ifndef PAWL_TESTS_BENCHMARK_DISPATCH_CONTESTANTS_HPP
#define PAWL_TESTS_BENCHMARK_DISPATCH_CONTESTANTS_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace dispatch_benchmark {

// In the order of tests/fsm/file_lifecycle.hpp: 5 states, and 8 events as the lifecycle numbers them.
using state_number = std::uint8_t;
using event_number = std::uint8_t;
inline constexpr std::size_t state_count = 5, event_count = 8;

// A way of doing it: an array of machines of its own. What is measured is `fire_each`, whose loop each has in itself, so
// that the call is inlined where the way allows it.
class contestant {
 public:
  contestant() = default;
  contestant(contestant const&) = delete;
  contestant& operator=(contestant const&) = delete;
  virtual ~contestant() = default;

  // Puts each machine in its state; not measured.
  virtual void set(std::span<state_number const> states) = 0;
  // Gives each machine its event, and answers how many accepted theirs.
  virtual std::size_t fire_each(std::span<event_number const> events) = 0;
  // Gives all machines the event complete_upload, that is known when this is compiled.
  virtual std::size_t fire_one_event() = 0;
  virtual void get(std::span<state_number> states) const = 0;
};

std::unique_ptr<contestant> of_pawl();
std::unique_ptr<contestant> of_switch();   // written by hand
std::unique_ptr<contestant> of_variant();  // std::variant, std::visit and overloads
std::unique_ptr<contestant> of_msm();      // Boost.MSM 1.81, back end `back`: a file that costs seconds to compile

}  // namespace dispatch_benchmark

#endif
