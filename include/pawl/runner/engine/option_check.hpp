// Checks every option of a run before it starts, so that a wrong one is a sentence and not a busy loop.
#ifndef PAWL_RUNNER_ENGINE_OPTION_CHECK_HPP
#define PAWL_RUNNER_ENGINE_OPTION_CHECK_HPP

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/queue/option_error.hpp>
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

inline void check_limits(state_limits const& limits, lifecycle_view const& lifecycle) {
  for (auto const& limit : limits) {
    std::string message("pawl: run_options::limits names ");
    std::size_t const at = lifecycle.index_of_code(limit.code);
    if (limit.state_type != lifecycle.state_type)
      message.append("a state of another enum than that of ").append(lifecycle.name);
    else if (at == lifecycle.state_count())
      message.append("the value ")
          .append(std::to_string(limit.code))
          .append(", which is no state of ")
          .append(lifecycle.name);
    else if (lifecycle.roles[at] != role::step)
      message.append("'").append(lifecycle.state_names[at]).append("', a state that has no step");
    else
      continue;
    throw error("run.limits", message + "; it must name states whose step a run calls");
  }
}

// Throws error "run.concurrency", "run.limits" or "run.options" with the option's name, its value and its range.
inline void check_options(run_options const& options, lifecycle_view const& lifecycle) {
  check_counts(options);
  check_durations(options);
  check_limits(options.limits, lifecycle);
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
