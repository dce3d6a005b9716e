// The gates of a run: how fast a state's calls, or those that share a name, may start.
#ifndef PAWL_RUNNER_GATE_OPTIONS_HPP
#define PAWL_RUNNER_GATE_OPTIONS_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
// At most one entry for each state. Values only, so that options may be written inside a co_await expression.
template <class Entry> class state_entries {
 public:
  static constexpr std::size_t most = 64;

  constexpr Entry const* begin() const { return all_.data(); }
  constexpr Entry const* end() const { return all_.data() + size_; }

 protected:
  // False if its state has one already, or there are too many.
  constexpr bool add(Entry const& one) {
    if (size_ == most) return false;
    if (std::any_of(begin(), end(), [&one](auto const& other) { return other.code == one.code; })) return false;
    all_[size_++] = one;
    return true;
  }

 private:
  std::array<Entry, most> all_{};
  std::size_t size_ = 0;
};
}  // namespace detail

// The gate of a state's step. Without a rate nothing but its remote closes it.
struct state_gate {
  template <class State>
    requires std::is_enum_v<State>
  constexpr state_gate(State state)
      : code(static_cast<std::int64_t>(state)), state_type(&detail::identity_of_type<State>) {}
  template <class State>
    requires std::is_enum_v<State>
  constexpr state_gate(State state, rate at_most) : state_gate(state) {
    allowed = at_most;
    limited = true;
  }
  constexpr state_gate() = default;

  std::int64_t code = 0;
  rate allowed{};
  bool limited = false;
  void const* state_type = nullptr;  // which enum
};

// `.states = {{state::uploading, {.per_second = 5}}, state::processing}`
class state_gates : public detail::state_entries<state_gate> {
 public:
  constexpr state_gates() = default;
  // Throws error "run.options" if a state is named twice.
  constexpr state_gates(std::initializer_list<state_gate> gates) {
    for (auto const& one : gates)
      if (!add(one)) throw error("run.options", "pawl: run_options::gates.states must name each state at most once");
  }
};

// The rate of the gate that gate_of() calls by this name.
struct named_rate {
  std::string name;  // not empty
  rate allowed;      // more than 0
};

// A call may have to pass up to three gates: the one that its steps name, that of its state, and run_options::gate.
//
//   struct webhooks {
//     std::string gate_of(pawl::item<hook, state::due> const& it) { return host_of(it.key); }
//     pawl::task<pawl::one_of<post>> operator()(pawl::item<hook, state::due> it, pawl::keyed& call);
//   };
//   std::vector<pawl::named_rate> const hosts{{"slow.example", {.per_second = 2}}};
//   pawl::run(queue, webhooks{}, {.gates = {.names = hosts, .others = {.per_second = 20, .burst = 5}}});
//
// `gate_of(item)` is a member of the steps, called before each attempt of a step that is a coroutine; states for which
// there is none, and an empty name, have no such gate. It is a question of its own, and not a call in the step, because
// an item that has to wait must hold no slot: the runner has to know the gate before it gives one, takes the tokens of
// the other gates, or marks an unsafe step as begun. It may read the store, and must not wait. What it throws is a
// transient trouble of its item.
//
// A remote that asks for a wait (trouble::throttled; trouble::after of transient and unknown_outcome) closes the gate
// that says most about the call: the named one, else the state's, else the run's. Where a call passes no gate, its item
// waits alone.
//
// What waits before a gate holds no slot; nothing is written for it, and after a crash the next run finds it like any
// other item. A gate lets its items go in the order in which they came, at its rate, except that those of a state which
// is full (run_options::limits) let others pass; one without a rate that was closed lets one go first, and the others
// when that one was called and not asked to wait. Before it goes, and when the store has changed, an item is looked up
// again: one that was moved meanwhile waits no more.
//
// Memory: up to `waiting` items before named gates, and about `concurrency` of each state before each other one. A named
// gate is kept while it is closed, owes its rate a pause, or has items; of the others a thousand, and the one that was
// used longest ago is forgotten first, which changes nothing: such a gate is like new.
struct gate_options {
  state_gates states{};
  std::span<named_rate const> names{};  // read when the run starts
  rate others{};                        // of each name that is not among `names`; 0 per second: no limit
  // Named gates: how many items wait in memory, 1 to a million. Further ones wait in the store until about their turn,
  // which costs a write each.
  std::size_t waiting = 10'000;
};

}  // namespace pawl::inline PAWL_ABI

#endif
