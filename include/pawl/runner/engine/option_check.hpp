// Checks every option of a run before it starts, so that a wrong one is a sentence and not a busy loop.
#ifndef PAWL_RUNNER_ENGINE_OPTION_CHECK_HPP
#define PAWL_RUNNER_ENGINE_OPTION_CHECK_HPP

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/queue/option_error.hpp>
#include <pawl/runner/gate_options.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

struct duration_option {
  std::string_view name;
  std::chrono::nanoseconds value;
  bool may_be_zero = true;
};
struct count_option {
  std::string_view name;
  std::string value;
  bool is_right;
  std::string_view must_be;
};

inline void check_durations(run_options const& o) {
  duration_option const all[] = {{"run_options::retry.wait.first", o.retry.wait.first},
                                 {"run_options::retry.wait.cap", o.retry.wait.cap},
                                 {"run_options::retry.poll", o.retry.poll, false},
                                 {"run_options::retry.longest", o.retry.longest, false},
                                 {"run_options::attempt_deadline", o.attempt_deadline},
                                 {"run_options::item_deadline", o.item_deadline},
                                 {"run_options::poll", o.poll},
                                 {"run_options::grace", o.grace},
                                 {"run_options::wait_for_owner", o.wait_for_owner},
                                 {"run_options::progress_every", o.progress_every}};
  for (auto const& one : all)
    if (one.value.count() < 0 || (one.value.count() == 0 && !one.may_be_zero))
      throw option_error("run.options", one.name, in_words(one.value),
                         one.may_be_zero ? "0 or longer" : "longer than 0");
}

inline void check_counts(run_options const& o) {
  static_assert(run_options::most == 1'000'000);
  if (o.concurrency == 0 || o.concurrency > run_options::most)
    throw option_error("run.concurrency", "run_options::concurrency", std::to_string(o.concurrency),
                       "at least 1 and at most 1000000");
  count_option const all[] = {
      {"run_options::retry.attempts", std::to_string(o.retry.attempts), o.retry.attempts >= 1, "at least 1"},
      {"run_options::retry.recoveries", std::to_string(o.retry.recoveries), o.retry.recoveries >= 0, "0 or more"},
      {"run_options::page", std::to_string(o.page), o.page >= 1 && o.page <= run_options::most,
       "at least 1 and at most 1000000"}};
  for (auto const& one : all)
    if (!one.is_right) throw option_error("run.options", one.name, one.value, one.must_be);
}

// Each entry names a state whose step a run calls.
template <class Entries>
void check_states(std::string_view id, std::string_view option, Entries const& entries,
                  lifecycle_view const& lifecycle) {
  for (auto const& one : entries) {
    std::string message("pawl: ");
    message.append(option).append(" names ");
    std::size_t const at = lifecycle.index_of_code(one.code);
    if (one.state_type != lifecycle.state_type)
      message.append("a state of another enum than that of ").append(lifecycle.name);
    else if (at == lifecycle.state_count())
      message.append("the value ")
          .append(std::to_string(one.code))
          .append(", which is no state of ")
          .append(lifecycle.name);
    else if (lifecycle.roles[at] != role::step)
      message.append("'").append(lifecycle.state_names[at]).append("', a state that has no step");
    else
      continue;
    throw error(id, message + "; it must name states whose step a run calls");
  }
}

// A rate that is given on purpose limits something.
inline void check_rate(std::string const& option, rate const& of, bool may_be_unlimited = false) {
  bool const is_right = may_be_unlimited ? of.per_second >= 0 : of.per_second > 0;
  if (!is_right || !std::isfinite(of.per_second))
    throw option_error("run.options", option + ".per_second", std::to_string(of.per_second),
                       may_be_unlimited ? "a finite number, 0 or more" : "a finite number, more than 0");
  if (of.burst == 0) throw option_error("run.options", option + ".burst", "0", "at least 1");
}
inline void check_gates(gate_options const& gates, lifecycle_view const& lifecycle) {
  check_states("run.options", "run_options::gates.states", gates.states, lifecycle);
  for (auto const& one : gates.states)
    if (one.limited)
      check_rate("run_options::gates.states of '" +
                     std::string(lifecycle.state_names[lifecycle.index_of_code(one.code)]) + "'",
                 one.allowed);
  std::vector<std::string_view> names;
  for (auto const& one : gates.names) {
    if (one.name.empty()) throw error("run.options", "pawl: run_options::gates.names has an empty name");
    check_rate("run_options::gates.names of '" + one.name + "'", one.allowed);
    names.push_back(one.name);
  }
  std::sort(names.begin(), names.end());
  if (auto const twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    throw error("run.options", "pawl: run_options::gates.names has '" + std::string(*twice) + "' more than once");
  check_rate("run_options::gates.others", gates.others, true);
  if (gates.waiting == 0 || gates.waiting > run_options::most)
    throw option_error("run.options", "run_options::gates.waiting", std::to_string(gates.waiting),
                       "at least 1 and at most 1000000");
}

// Throws error "run.concurrency", "run.limits" or "run.options" with the option's name, its value and its range.
inline void check_options(run_options const& options, lifecycle_view const& lifecycle) {
  check_counts(options);
  check_durations(options);
  check_states("run.limits", "run_options::limits", options.limits, lifecycle);
  check_gates(options.gates, lifecycle);
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
