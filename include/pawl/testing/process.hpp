// Successive processes of a program that is killed and resumed: what they use, and what is wrong with the outcome.
#ifndef PAWL_TESTING_PROCESS_HPP
#define PAWL_TESTING_PROCESS_HPP

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/testing/crash_point.hpp>
#include <pawl/testing/crash_verdict.hpp>
#include <pawl/testing/history_checker.hpp>
#include <pawl/testing/mortality.hpp>
#include <pawl/testing/remote_objects.hpp>
#include <pawl/testing/watched_store.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

namespace detail {
class crash_scenario;

// Its address identifies the lifecycle, even if two have the same name.
template <class L> inline constexpr char lifecycle_tag{};
}  // namespace detail

// The interface of a program to for_each_crash_point. After its death a process can use nothing: its watched stores and
// mocks throw process_died, which must not be swallowed by a catch (...) or by a test macro; call them outside these.
// Only what is watched can kill the process or be cut off from it. Single-threaded.
class process {
 public:
  process(process const&) = delete;
  process& operator=(process const&) = delete;

  // The store as this process must use it: its commits are crash points. Its present contents are checked: nothing
  // acknowledged may be lost and, once a process has finished, every item must be in a state without a step. The
  // contents at the first call are accepted as they are. One store per lifecycle; it, or what it opens, outlives the
  // process.
  template <class Store>
    requires requires { typename Store::lifecycle; }
  watched_store<Store> watch(Store& store) {
    auto& judge = judge_of<typename Store::lifecycle>();
    if constexpr (requires { store.reopen(); })
      store.reopen();
    else
      store.rollback();
    bool const cut = prepare_power_cut(store) && died_before_ && !judge.is_given_again(life_);
    if (cut) take_latest(store);
    if (finished_)
      judge.finished(store, options_.may_park);
    else
      judge.recovered(store, cut ? loss::of_latest : loss::none);
    return watched_store<Store>(store, mortal_, judge);
  }
  // Every call of this remote becomes a crash point; it dies with the process. Its own faults stay in force. A
  // mock_adapter, the `remote` of an http_script, or another class with obey(call_faults*) and faults().
  template <class Remote>
    requires requires(Remote& remote) { remote.obey(remote.faults()); }
  void watch(Remote& remote) { remote.obey(&calls_.emplace_back(mortal_, remote.faults())); }
  // The remote's objects are checked at the end. They must outlive the process.
  void watch(remote_objects const& objects) {
    if (std::find(objects_.begin(), objects_.end(), &objects) == objects_.end()) objects_.push_back(&objects);
  }

  // Calls a remote that is not a mock, and returns the result of `effect`: a crash point.
  template <class Effect> std::invoke_result_t<Effect&> call(Effect effect) {
    detail::mortal_calls watching(mortal_, nullptr);
    watching.begin(1);
    if constexpr (std::is_void_v<std::invoke_result_t<Effect&>>) {
      effect();
      watching.answer(1);
    } else {
      auto answer = effect();
      watching.answer(1);
      return answer;
    }
  }

  // A condition that must hold, wherever the earlier processes have died.
  void expect(bool truth, std::string_view sentence) {
    if (!truth && !mortal_.dead()) complain("not true: " + std::string(sentence));
  }

  // Number of this process in its scenario, counted from 1.
  std::size_t life() const noexcept { return life_; }

 private:
  friend class detail::crash_scenario;

  explicit process(crash_options const& options) : options_(options) {}

  template <a_lifecycle L> detail::item_judge<L>& judge_of() {
    void const* const tag = &detail::lifecycle_tag<L>;
    for (auto const& [of, judge] : judges_)
      if (of == tag) return static_cast<detail::item_judge<L>&>(*judge);
    judges_.emplace_back(tag, std::make_unique<detail::item_judge<L>>(children_));
    return static_cast<detail::item_judge<L>&>(*judges_.back().second);
  }
  template <class Store> bool prepare_power_cut(Store& store) {
    if (options_.lost_commits == 0) return false;
    if constexpr (requires { store.keep_undo(1); })
      store.keep_undo(options_.lost_commits);
    else
      throw error("testing.power_cut",
                  "pawl: crash_options::lost_commits needs a store that can lose them, such as memory_store");
    return true;
  }
  template <class Store> void take_latest(Store& store) {
    if constexpr (requires { store.lose_latest(1); }) store.lose_latest(options_.lost_commits);
  }
  void complain(std::string sentence) {
    if (std::find(complaints_.begin(), complaints_.end(), sentence) == complaints_.end())
      complaints_.push_back(std::move(sentence));
  }

  crash_options const& options_;
  detail::mortality mortal_{};
  std::deque<detail::mortal_calls> calls_{};  // one per mock of this process
  std::size_t life_ = 0;
  bool died_before_ = false;
  bool finished_ = false;  // a process of this scenario has finished
  detail::child_register children_{};
  std::vector<std::pair<void const*, std::unique_ptr<detail::store_judge>>> judges_{};  // by lifecycle_tag
  std::vector<remote_objects const*> objects_{};
  std::vector<std::string> complaints_{};
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
