// Hands on runs while they work: pausing states, and other limits.
#ifndef PAWL_RUNNER_RUN_CONTROL_HPP
#define PAWL_RUNNER_RUN_CONTROL_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/callback.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// What a run_control wants, and the runs that are to hear of it. All members may be called on any thread.
class control_board {
 public:
  struct wish {
    std::int64_t code = 0;
    void const* state_type = nullptr;
    bool paused = false;
    std::size_t most = 0;  // 0: as the run's options say
  };
  struct wishes {
    std::vector<wish> states{};
    std::size_t concurrency = 0;  // 0: as the run's options say
  };

  control_board() = default;
  control_board(control_board const&) = delete;
  control_board& operator=(control_board const&) = delete;

  wishes read() const {
    std::lock_guard<std::mutex> const lock(mutex_);
    return wishes_;
  }
  template <class Change> void change(Change what) {
    std::lock_guard<std::mutex> const lock(mutex_);
    what(wishes_);
    for (auto* one : listeners_) {
      if (one->told_) continue;
      post(one->home_, {one->run_, one->hear_});
      one->told_ = true;
    }
  }
  static wish& find(wishes& all, std::int64_t code, void const* state_type) {
    for (auto& one : all.states)
      if (one.code == code && one.state_type == state_type) return one;
    return all.states.emplace_back(wish{code, state_type});
  }
  // A run that is to hear of each change, on its loop, which lives as long as this does. `Run` has hear_of_control().
  class listener {
   public:
    template <class Run>
    listener(std::shared_ptr<control_board> to, event_loop& loop, std::weak_ptr<Run> run)
        : to_(std::move(to)),
          home_(loop.get_executor()),
          run_(std::move(run)),
          hear_([](void* self) { static_cast<Run*>(self)->hear_of_control(); }) {
      std::lock_guard<std::mutex> const lock(to_->mutex_);
      to_->listeners_.push_back(this);
    }
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;
    ~listener() {
      std::lock_guard<std::mutex> const lock(to_->mutex_);
      std::erase(to_->listeners_, this);
    }

    // Call it before the board is read: what comes later is told again.
    void heard() {
      std::lock_guard<std::mutex> const lock(to_->mutex_);
      told_ = false;
    }

   private:
    friend class control_board;
    std::shared_ptr<control_board> to_;
    loop_executor home_;
    std::weak_ptr<void> run_;
    void (*hear_)(void* self);
    bool told_ = false;
  };

 private:
  mutable std::mutex mutex_{};
  wishes wishes_{};
  std::vector<listener*> listeners_{};
};

}  // namespace detail

// Given to runs as run_options::control; it must outlive them, and may steer several, each by the states of its own lifecycle.
// Every member may be called on any thread, before a run and while it works; a run hears of it at its loop's next turn. Nothing
// is stored: another process pauses a state by the store, as the program `pawl` does (store.pause(state)), and a run looks there
// within run_options::poll.
class run_control {
 public:
  // Once a run has heard of it, it takes no item into the step of this state until it is resumed. Steps that have begun end, and
  // are written; one for which a mark or a claim is being written has begun. A run does not end by itself while a state is
  // paused; on a clock that jumps, where nothing else is to come either, it ends with error "loop.stalled".
  template <class State> void pause(State state) { set_paused(state, true); }
  // Has no effect on a pause that is in the store.
  template <class State> void resume(State state) { set_paused(state, false); }
  // At most this many items at once in the step of this state, instead of what run_options::limits says. Throws error
  // "run.limits" for 0.
  template <class State> void limit(State state, std::size_t most) {
    if (most == 0) throw error("run.limits", "pawl: run_control::limit() must be at least 1; pause the state instead");
    change(state, [most](auto& wish) { wish.most = most; });
  }
  static constexpr std::size_t unlimited = (std::numeric_limits<std::size_t>::max)();
  // Items in progress at once, instead of run_options::concurrency; where more are, no other is begun until they have ended.
  // Throws error "run.concurrency" unless it is 1 to a million.
  void concurrency(std::size_t most) {
    if (most == 0 || most > run_options::most)
      throw error("run.concurrency", "pawl: run_control::concurrency() is " + std::to_string(most) +
                                         ", it must be 1 to " + std::to_string(run_options::most));
    board_->change([most](auto& all) { all.concurrency = most; });
  }

  // For runs.
  std::shared_ptr<detail::control_board> const& board() const noexcept { return board_; }

 private:
  template <class State> void set_paused(State state, bool paused) {
    change(state, [paused](auto& wish) { wish.paused = paused; });
  }
  template <class State, class Change> void change(State state, Change what) {
    static_assert(std::is_enum_v<State>, "pawl: run_control takes a state of the run's lifecycle");
    board_->change([&](auto& all) {
      what(detail::control_board::find(all, static_cast<std::int64_t>(state), &detail::identity_of_type<State>));
    });
  }

  std::shared_ptr<detail::control_board> board_ = std::make_shared<detail::control_board>();
};

}  // namespace pawl::inline PAWL_ABI

#endif
