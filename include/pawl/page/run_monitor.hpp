// What happens in the runs of this process: rates, times, gates and errors of the last minutes, in bounded memory.
#ifndef PAWL_PAGE_RUN_MONITOR_HPP
#define PAWL_PAGE_RUN_MONITOR_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/page/recent.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/summary.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

class run_monitor;
class status_page;

// The observer of one queue, made by run_monitor::observer(). Its members are the hooks of runner/observer.hpp.
class run_observer {
 public:
  explicit run_observer(run_monitor& of) : of_(of) {}
  run_observer(run_observer const&) = delete;
  run_observer& operator=(run_observer const&) = delete;

  template <class L> void on_take(std::size_t slot, any_item<L> const& it, std::chrono::nanoseconds now) {
    take(slot, it.key, view_of<L>, state_index<L>(it.state), now);
  }
  template <class L> void on_trouble(std::size_t slot, any_item<L> const& it, trouble const& why) {
    meet(slot, it.key, view_of<L>, state_index<L>(it.state), why);
  }
  template <class L> void on_leave(std::size_t slot, any_item<L> const&, std::chrono::nanoseconds now) {
    leave(slot, now);
  }
  void on_phase(std::size_t slot, phase what, std::chrono::nanoseconds start, std::chrono::nanoseconds duration);
  void on_transition(transition_times const& times);
  void on_gate(closed_gate const& gate);
  void on_progress(run_progress const& progress);

 private:
  friend class run_monitor;
  struct slot_use {
    bool taken = false;
    std::string key{};  // keeps its memory from item to item
    detail::status::lifecycle_times* of = nullptr;
    std::size_t state = 0;
    std::chrono::nanoseconds since{};
  };

  void take(std::size_t slot, std::string const& key, lifecycle_view const& of, std::size_t state,
            std::chrono::nanoseconds now);
  void meet(std::size_t slot, std::string const& key, lifecycle_view const& of, std::size_t state, trouble const& why);
  void leave(std::size_t slot, std::chrono::nanoseconds now);

  run_monitor& of_;
  std::vector<slot_use> slots_{};
  // The last progress that was told, with texts of its own.
  std::optional<run_progress> progress_{};
  std::chrono::nanoseconds progress_at_{};
};

// A step as the page shows it.
struct seen_step {
  std::string_view lifecycle{}, state{};
  std::uint64_t attempts = 0, troubles = 0;  // since the monitor began
  std::chrono::nanoseconds total{};          // the time of all attempts
  double per_second = 0;                     // attempts, over the last minutes
  latency_snapshot recent{};                 // of the attempts of the last minutes
  std::vector<std::uint64_t>
      attempts_by_time{};  // a number for each `detail::status::recent_counts::step`, oldest first
};
struct seen_error {
  std::string_view lifecycle{}, state{};
  std::string key{}, text{};  // their beginnings
  std::chrono::nanoseconds ago{};
};
struct seen_gate {
  gate_kind kind = gate_kind::run;
  std::string name{};
  stored_time until{};  // on the store's clock when the run began
  std::size_t closings = 0;
};
struct seen_run {
  std::size_t in_flight = 0;
  std::optional<run_progress> progress{};  // texts are left out
  std::chrono::nanoseconds progress_ago{};
  std::string oldest_key{};  // in progress longest; its beginning
  std::string_view oldest_state{};
  std::chrono::nanoseconds oldest_age{};
};
struct seen_runs {
  std::vector<seen_run> runs{};  // one a queue
  std::uint64_t transitions = 0, conflicts = 0;
  double transitions_per_second = 0;
  std::vector<std::uint64_t> transitions_by_time{};
  std::vector<seen_step> steps{};
  std::vector<seen_error> errors{};  // newest first
  std::vector<seen_gate> gates{};
};

// ```
// pawl::run_monitor monitor;
// pawl::commit_queue queue{loop, letters, monitor.observer()};
// pawl::status_page page(loop, console, {.monitor = &monitor});
// ```
// Some 65 KiB for each step, 200 bytes for each slot, and the last 50 errors; a transition costs a few increments and a
// copy of the key. A queue for each observer; all of them on one loop. Must outlive the queues and the page. Beside an observer
// of the program's own: runner/observers.hpp.
class run_monitor {
 public:
  static constexpr std::size_t most_errors = 50, most_gates = 100, longest_key = 200, longest_error = 500;

  run_monitor() = default;
  run_monitor(run_monitor const&) = delete;
  run_monitor& operator=(run_monitor const&) = delete;

  // For one more queue; lives as long as the monitor.
  run_observer& observer() { return observers_.emplace_back(*this); }
  // As it is at this time of the loop's clock.
  seen_runs look(std::chrono::nanoseconds now) const;

 private:
  friend class run_observer;
  friend class status_page;
  struct error_entry {
    std::string_view lifecycle, state;
    std::string key, text;
    std::chrono::nanoseconds at;
  };

  detail::status::lifecycle_times& times_of(lifecycle_view const& of) {
    for (auto& one : lifecycles_)
      if (one.of == &of) return one;
    return lifecycles_.emplace_back(of);
  }
  static std::string beginning(std::string_view text, std::size_t most) {
    return text.size() <= most ? std::string(text) : std::string(text.substr(0, most)) + "...";
  }

  std::list<run_observer> observers_{};
  std::list<detail::status::lifecycle_times> lifecycles_{};
  detail::status::recent_counts moved_{};
  std::uint64_t transitions_ = 0, conflicts_ = 0;
  std::deque<error_entry> errors_{};
  std::vector<seen_gate> gates_{};
  std::chrono::nanoseconds latest_{};         // of the loop's clock, as hooks told it
  mutable event_loop const* loop_ = nullptr;  // a page's, while there is one
};

// ---- what the hooks do ----

inline void run_observer::take(std::size_t slot, std::string const& key, lifecycle_view const& of, std::size_t state,
                               std::chrono::nanoseconds now) {
  if (slot >= slots_.size()) slots_.resize(slot + 1);
  auto& use = slots_[slot];
  use.taken = true;
  use.key = key;
  if (use.of == nullptr || use.of->of != &of) use.of = &of_.times_of(of);
  use.state = state;
  use.since = now;
  of_.latest_ = (std::max)(of_.latest_, now);
}
inline void run_observer::leave(std::size_t slot, std::chrono::nanoseconds now) {
  if (slot < slots_.size()) slots_[slot].taken = false;
  of_.latest_ = (std::max)(of_.latest_, now);
}
inline void run_observer::meet(std::size_t, std::string const& key, lifecycle_view const& of, std::size_t state,
                               trouble const& why) {
  auto& times = of_.times_of(of);
  if (state < of.state_count()) ++times.step(state).troubles;
  if (why.kind == trouble_kind::pending) return;  // no error: the remote is at work
  if (of_.errors_.size() == run_monitor::most_errors) of_.errors_.pop_front();
  auto const name = state < of.state_count() ? of.state_names[state] : std::string_view();
  of_.errors_.push_back({of.name, name, run_monitor::beginning(key, run_monitor::longest_key),
                         run_monitor::beginning(why.describe(), run_monitor::longest_error), of_.latest_});
}
inline void run_observer::on_phase(std::size_t slot, phase what, std::chrono::nanoseconds start,
                                   std::chrono::nanoseconds duration) {
  if (what != phase::step || slot >= slots_.size()) return;
  auto const& use = slots_[slot];
  auto const now = start + duration;
  of_.latest_ = (std::max)(of_.latest_, now);
  if (use.of && use.state < use.of->of->state_count()) use.of->step(use.state).note(now, duration);
}
inline void run_observer::on_transition(transition_times const& times) {
  of_.latest_ = (std::max)(of_.latest_, times.committed);
  if (!times.moved) {
    ++of_.conflicts_;
    return;
  }
  ++of_.transitions_;
  of_.moved_.add(times.committed);
  // Transitions from outside a run have slot 0 too, which another item may have.
  if (times.slot >= slots_.size() || !slots_[times.slot].taken || slots_[times.slot].key != times.key) return;
  auto& use = slots_[times.slot];
  if (times.row < use.of->of->rows.size()) use.state = use.of->of->rows[times.row].to;
}
inline void run_observer::on_gate(closed_gate const& gate) {
  auto& gates = of_.gates_;
  std::erase_if(gates, [&](seen_gate const& one) { return one.kind == gate.kind && one.name == gate.name; });
  if (gates.size() == run_monitor::most_gates) gates.erase(gates.begin());
  gates.push_back({gate.kind, gate.name, gate.until, gate.closings});
}
inline void run_observer::on_progress(run_progress const& progress) {
  progress_ = progress;
  progress_->oldest_key = progress_->oldest_state = {};                               // they live as long as the call
  if (of_.loop_ != nullptr) of_.latest_ = (std::max)(of_.latest_, of_.loop_->now());  // on an idle run no hook told it
  progress_at_ = of_.latest_;
}

inline seen_runs run_monitor::look(std::chrono::nanoseconds now) const {
  seen_runs all;
  all.transitions = transitions_;
  all.conflicts = conflicts_;
  all.transitions_per_second = moved_.per_second(now);
  all.transitions_by_time = moved_.by_time(now);
  for (auto const& one : observers_) {
    auto& run = all.runs.emplace_back();
    run.progress = one.progress_;
    run.progress_ago = now - one.progress_at_;
    for (auto const& use : one.slots_) {
      if (!use.taken) continue;
      ++run.in_flight;
      if (now - use.since < run.oldest_age) continue;
      run.oldest_age = now - use.since;
      run.oldest_key = beginning(use.key, longest_key);
      run.oldest_state =
          use.state < use.of->of->state_count() ? use.of->of->state_names[use.state] : std::string_view();
    }
  }
  for (auto const& of : lifecycles_)
    for (std::size_t state = 0; state < of.steps.size(); ++state) {
      if (!of.steps[state]) continue;
      auto const& step = *of.steps[state];
      all.steps.push_back({of.of->name, of.of->state_names[state], step.attempts, step.troubles, step.total,
                           step.counts.per_second(now), step.durations.snapshot(now), step.counts.by_time(now)});
    }
  for (auto entry = errors_.rbegin(); entry != errors_.rend(); ++entry)
    all.errors.push_back({entry->lifecycle, entry->state, entry->key, entry->text, now - entry->at});
  all.gates = gates_;
  return all;
}

}  // namespace pawl::inline PAWL_ABI

#endif
