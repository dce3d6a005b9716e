// The trouble of a step that has not answered: it threw, or was cancelled.
#ifndef PAWL_RUNNER_ENGINE_STEP_TROUBLE_HPP
#define PAWL_RUNNER_ENGINE_STEP_TROUBLE_HPP

#include <exception>
#include <utility>

#include <pawl/adapter/trouble.hpp>
#include <pawl/loop/pooled_call.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// An exception before the answer leaves it unknown whether the call was carried out, unless the step makes no call.
inline trouble trouble_of_thrown(step_nature step) {
  auto const trouble_of = [step](char const* what) {
    return step.calls /*mutant thrown_is_in_doubt: && !OFF*/ ? trouble::unknown_outcome(what)
                                                             : trouble::transient(what);
  };
  try {
    throw;
  } catch (call_not_begun const& e) {  // left to a later run; what the step did before this call is not known
    return trouble::cancelled(e.what());
  } catch (std::exception const& e) {
    return trouble_of(e.what());
  } catch (...) {
    return trouble_of("an exception of an unknown type");
  }
}
// The trouble of a cancelled step: its own answer if it returned one all the same.
inline trouble trouble_of_cut(trouble said, cut why) {
  if (said.kind != trouble_kind::unknown_outcome && said.kind != trouble_kind::cancelled) return said;
  return why == cut::deadline ? trouble::unknown_outcome("the attempt's deadline has passed")
                              : trouble::cancelled("the run was stopped and its grace period has expired");
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
