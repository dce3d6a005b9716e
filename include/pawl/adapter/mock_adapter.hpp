// A remote that exists only in memory: it takes as long as its profile says, and fails where its script says.
#ifndef PAWL_ADAPTER_MOCK_ADAPTER_HPP
#define PAWL_ADAPTER_MOCK_ADAPTER_HPP

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <type_traits>
#include <utility>

#include <pawl/adapter/call_fate.hpp>
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

// The user's mock builds each of its functions on call(). Calls are numbered from 1 in the order in which they begin;
// the script says which of them go wrong and how, and faults decide over the others. call() can also wrap
// functions that answer at once. Not thread-safe: it lives on the thread of its clock, which must outlive it; the mock,
// with what its effects refer to, must outlive the calls that land late.
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
  template <class Effect>
  [[nodiscard("the call is not made until it is awaited")]] task<outcome_of<std::invoke_result_t<Effect&>>> call(
      Effect effect) {
    auto const n = ++calls_;
    std::unique_ptr<call_fate> const fate = begin(n);
    co_await clock_.sleep(profile_.delay);
    if (fate && fate->lands != landing::in_time) {
      /*mutant refused_has_no_effect: if (OFF) static_cast<void>(effect()), ++effects_;*/
      if (fate->lands == landing::late) land_later(std::move(effect), fate->lands_after);
      if (faults_) faults_->answer(n);
      if (!fate->answer) fate->answer.emplace(trouble::unknown_outcome("there is no answer (scripted)"));
      co_return std::move(*fate->answer);
    }
    auto value = effect();
    ++effects_;
    if (fate && fate->answer_delay.count() > 0) co_await clock_.sleep(fate->answer_delay);
    if (faults_) faults_->answer(n);
    if (fate && fate->answer) co_return std::move(*fate->answer);
    co_return std::move(value);
  }

  // The fate of the n-th call. Calls that have begun already are not reached.
  void script(std::size_t n, call_fate fate) { script_.insert_or_assign(n, std::move(fate)); }
  // The n-th call answers with this trouble and has no effect.
  void refuse(std::size_t n, trouble why) { script(n, call_fate::refused(std::move(why))); }
  // The n-th call has its effect, but its answer is lost on the way.
  void lose_answer(std::size_t n) { script(n, call_fate::lost_answer()); }
  // The same for the first call to come that has no script yet.
  void script_next(call_fate fate) { script(next_unscripted(), std::move(fate)); }
  void refuse_next(trouble why) { refuse(next_unscripted(), std::move(why)); }
  void lose_next_answer() { lose_answer(next_unscripted()); }

  // From now on decides over the calls that the script does not name, and is notified of every call; null: none. Must
  // outlive the calls.
  void obey(call_faults* faults) { faults_ = faults; }
  call_faults* faults() const { return faults_; }

  // For the calls that begin from now on.
  void set_profile(mock_profile profile) { profile_ = profile; }
  mock_profile profile() const { return profile_; }

  std::size_t calls() const { return calls_; }      // begun so far
  std::size_t effects() const { return effects_; }  // of these, how many the remote carried out

 private:
  std::size_t next_unscripted() const {
    std::size_t n = calls_ + 1;
    while (script_.contains(n)) ++n;
    return n;
  }
  // Null: all goes well. Most calls do, and each one in flight keeps its fate.
  std::unique_ptr<call_fate> begin(std::size_t n) {
    std::unique_ptr<call_fate> fate;
    if (faults_) fate = std::make_unique<call_fate>(faults_->begin(n));
    if (auto node = script_.extract(n); !node.empty()) fate = std::make_unique<call_fate>(std::move(node.mapped()));
    return fate;
  }
  // By a clock that calls back; by another one it lands just before its answer.
  template <class Effect> void land_later(Effect effect, std::chrono::nanoseconds after) {
    auto land = [this, does = std::move(effect)](auto const&...) mutable {
      static_cast<void>(does());
      ++effects_;
    };
    if constexpr (requires { clock_.sleep(after, std::move(land)); })
      clock_.sleep(after, std::move(land));
    else
      land();
  }

  Clock& clock_;
  mock_profile profile_;
  std::map<std::size_t, call_fate> script_{};
  call_faults* faults_ = nullptr;
  std::size_t calls_ = 0;
  std::size_t effects_ = 0;
};

}  // namespace pawl::inline PAWL_ABI

#endif
