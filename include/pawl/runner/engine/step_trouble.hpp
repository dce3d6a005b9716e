// The trouble of a step that has not answered: it threw, or was cancelled.
#ifndef PAWL_RUNNER_ENGINE_STEP_TROUBLE_HPP
#define PAWL_RUNNER_ENGINE_STEP_TROUBLE_HPP

#include <exception>
#include <utility>

#include <pawl/adapter/trouble.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/runner/thrown.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A step that makes no call leaves nothing in doubt. Within a handler of the exception.
inline trouble trouble_of_thrown_step(step_nature step) {
  auto why = trouble_of_thrown(std::current_exception());
  if ((!step.calls /*mutant thrown_is_in_doubt: || OFF*/) && why.kind == trouble_kind::unknown_outcome)
    why.kind = trouble_kind::transient;
  return why;
}
// The trouble of a cancelled step: its own answer if it returned one all the same.
inline trouble trouble_of_cut(trouble said, cut why) {
  if (said.kind != trouble_kind::unknown_outcome && said.kind != trouble_kind::cancelled) return said;
  return why == cut::deadline ? trouble::unknown_outcome("the attempt's deadline has passed")
                              : trouble::cancelled("the run was stopped and its grace period has expired");
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
