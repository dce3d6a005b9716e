// What a run guarantees for each step's remote call when it is unknown whether the call was carried out.
#ifndef PAWL_RUNNER_PROMISES_HPP
#define PAWL_RUNNER_PROMISES_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pawl/adapter/lifting.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/runner/engine/step_lookup.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// How an in-doubt call is handled; derived from the step's last parameter (step.hpp).
enum class repetition : std::uint8_t {
  no_call,      // not a coroutine: the step makes no remote call
  harmless,     // safe: called again, and may be carried out twice
  recognised,   // keyed: called again with the same key; no duplicates if the remote recognises its keys
  asked_first,  // probeable: the probe is asked before the call is repeated. A duplicate is possible only if the first
                // request is carried out after the probe was answered, or if a power cut lost the transition into the
                // state and with it every trace of the call (durability::process_crash)
  parked  // unsafe: not called again until an operator releases the item; no duplicates, unless a power cut lost the
          // mark (durability::process_crash)
};

// In words, for the operator who starts the run: "parked when in doubt".
constexpr std::string_view words_of(repetition r) noexcept {
  switch (r) {
    case repetition::no_call:
      return "makes no remote call";
    case repetition::harmless:
      return "may be carried out twice, which is harmless";
    case repetition::recognised:
      return "no duplicates if the remote recognises repeated keys";
    case repetition::asked_first:
      return "small window for a duplicate: the probe is asked first";
    case repetition::parked:
      break;
  }
  return "parked when in doubt";
}

// A state with a step, and what is guaranteed for it.
struct step_promise {
  std::string_view state;  // its stored name
  repetition how;
};

namespace detail {
template <class Steps, class L, auto S> constexpr repetition repetition_of() {
  using context = typename step_of<Steps, L, S>::context;
  if (!coroutine_type<std::remove_cvref_t<step_result<Steps, L, S>>>) return repetition::no_call;
  if (std::is_same_v<context, safe>) return repetition::harmless;
  if (std::is_same_v<context, keyed>) return repetition::recognised;
  if (std::is_same_v<context, probeable>) return repetition::asked_first;
  return repetition::parked;
}

template <class Steps, class L> constexpr auto promises_of() {
  return []<std::size_t... Index>(std::index_sequence<Index...>) {
    std::array<step_promise, (std::size_t{0} + ... + (needs_step<L, states<L>[Index]> ? 1 : 0))> all{};
    std::size_t next = 0;
    auto const add = [&]<std::size_t At>() {
      if constexpr (needs_step<L, states<L>[At]>)
        all[next++] = {state_name_of<L>(states<L>[At]), repetition_of<Steps, L, states<L>[At]>()};
    };
    (add.template operator()<Index>(), ...);
    return all;
  }
  (std::make_index_sequence<state_count<L>>{});
}
}  // namespace detail

// For each state with a step, in state order. An observer's on_promise receives the same when a run starts.
//
//   for (auto const& [state, how] : pawl::promises<postman<courier>, letter>)
//     std::cerr << state << ": " << pawl::words_of(how) << '\n';
template <class Steps, class Lifecycle>
  requires total<Steps, Lifecycle>
inline constexpr auto promises = detail::promises_of<Steps, Lifecycle>();

}  // namespace pawl::inline PAWL_ABI

#endif
