// A remote that exists only in memory: it takes as long as its profile says, and fails where its script says.
#ifndef PAWL_ADAPTER_MOCK_ADAPTER_HPP
#define PAWL_ADAPTER_MOCK_ADAPTER_HPP

#include <chrono>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/outcome.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Promises that sleep(d) can be awaited in a task of its own kind, and suspends even for a duration of zero.
template <class Clock>
concept sleeping_clock = requires(Clock& clock, std::chrono::nanoseconds d) {
  clock.sleep(d);
  typename Clock::template task<int>;
};

// How long each call of a mock takes.
struct mock_profile {
  std::chrono::nanoseconds delay{};  // by the mock's clock, not negative

  static constexpr mock_profile zero() { return {}; }  // no delay, but it does suspend
  static constexpr mock_profile constant(std::chrono::nanoseconds delay) { return {delay}; }
};

// The user's mock builds each of its functions on call(). Calls are numbered from 1 in the order in which they begin,
// and the script says which of them go wrong and how. Not thread-safe: it lives on the thread of its clock, which must
// outlive it.
//
//   pawl::task<pawl::outcome<uploaded>> upload(std::string_view path) {
//     return remote.call([name = "files/" + std::string(path)] { return uploaded{name}; });
//   }
template <class Clock> class mock_adapter {
  static_assert(sleeping_clock<Clock>,
                "pawl: a mock_adapter needs a clock with sleep(duration) and task<T>, such as pawl::loop");

 public:
  template <class T> using task = typename Clock::template task<T>;

  explicit mock_adapter(Clock& clock, mock_profile profile = {}) : clock_(clock), profile_(profile) {}
  mock_adapter(mock_adapter const&) = delete;
  mock_adapter& operator=(mock_adapter const&) = delete;

  // Waits for the profile's delay and answers with what `effect` returns, a value or an outcome of one. The effect is
  // what the remote does: it runs at the end of the delay, unless the script refuses the call. Return the task, as
  // above, or name the lambda before you await: g++ 12 corrupts a lambda with captures that is written inside a
  // co_await expression.
  template <class Effect> task<outcome_of<std::invoke_result_t<Effect&>>> call(Effect effect) {
    auto const scripted = take_script(++calls_);
    co_await clock_.sleep(profile_.delay);
    if (scripted && !scripted->lands) co_return scripted->answer;
    auto value = effect();
    ++effects_;
    if (scripted) co_return scripted->answer;
    co_return std::move(value);
  }

  // The n-th call answers with this trouble and has no effect. Calls that have begun already are not reached.
  void refuse(std::size_t n, trouble why) { script_.insert_or_assign(n, scripted_call{false, std::move(why)}); }
  // The n-th call has its effect, but its answer is lost on the way.
  void lose_answer(std::size_t n) {
    script_.insert_or_assign(n, scripted_call{true, trouble::unknown_outcome("the answer was lost (scripted)")});
  }
  // The same for the first call to come that has no script yet.
  void refuse_next(trouble why) { refuse(next_unscripted(), std::move(why)); }
  void lose_next_answer() { lose_answer(next_unscripted()); }

  // For the calls that begin from now on.
  void set_profile(mock_profile profile) { profile_ = profile; }
  mock_profile profile() const { return profile_; }

  std::size_t calls() const { return calls_; }      // begun so far
  std::size_t effects() const { return effects_; }  // of these, how many the remote carried out

 private:
  struct scripted_call {
    bool lands;
    trouble answer;
  };

  std::size_t next_unscripted() const {
    std::size_t n = calls_ + 1;
    while (script_.contains(n)) ++n;
    return n;
  }
  std::optional<scripted_call> take_script(std::size_t n) {
    auto node = script_.extract(n);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
  }

  Clock& clock_;
  mock_profile profile_;
  std::unordered_map<std::size_t, scripted_call> script_{};
  std::size_t calls_ = 0;
  std::size_t effects_ = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif
