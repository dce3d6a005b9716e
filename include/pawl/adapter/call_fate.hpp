// The fate of one call of a mock: whether and when it is carried out, and what is answered.
#ifndef PAWL_ADAPTER_CALL_FATE_HPP
#define PAWL_ADAPTER_CALL_FATE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <pawl/adapter/trouble.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// When the remote carries a call out: as it should, never, or only after the caller has been answered.
enum class landing : std::uint8_t { in_time, never, late };

struct call_fate {
  using duration = std::chrono::nanoseconds;

  landing lands = landing::in_time;
  std::optional<trouble> answer{};  // instead of what the effect returns
  duration answer_delay{};          // between the effect and the answer, not negative
  duration lands_after{};           // the answer, where it lands late

  static call_fate well() { return {}; }
  // Refused: no effect.
  static call_fate refused(trouble why) { return {landing::never, std::move(why), {}, {}}; }
  // It never reached the remote, which the caller cannot know.
  static call_fate lost_request() {
    return {landing::never, trouble::unknown_outcome("the request was lost (scripted)"), {}, {}};
  }
  // It was carried out, which the caller cannot know.
  static call_fate lost_answer() {
    return {landing::in_time, trouble::unknown_outcome("the answer was lost (scripted)"), {}, {}};
  }
  // The caller gives up, and it is carried out so long after that.
  static call_fate late_landing(duration after) {
    return {landing::late, trouble::unknown_outcome("no answer yet (scripted)"), {}, after};
  }
  // Carried out in time, and answered so much later.
  static call_fate slow_answer(duration by) { return {landing::in_time, std::nullopt, by, {}}; }
};

// Decides over the calls of a mock_adapter. Belongs to the mock's thread.
class call_faults {
 public:
  // The n-th call of the mock begins, n from 1.
  virtual call_fate begin(std::size_t n) = 0;
  // Its answer is about to be returned. The call throws whatever either of these throws.
  virtual void answer(std::size_t) {}

 protected:
  call_faults() = default;
  call_faults(call_faults const&) = default;
  call_faults& operator=(call_faults const&) = default;
  ~call_faults() = default;
};

}  // namespace pawl::inline PAWL_ABI

#endif
