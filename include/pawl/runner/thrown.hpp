// What an exception tells of the call that threw it.
#ifndef PAWL_RUNNER_THROWN_HPP
#define PAWL_RUNNER_THROWN_HPP

#include <exception>

#include <pawl/adapter/trouble.hpp>
#include <pawl/loop/pooled_call.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// It may have been carried out, unless it is known not to have begun: that is left to a later run.
inline trouble trouble_of_thrown(std::exception_ptr const& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (call_not_begun const& e) {
    return trouble::cancelled(e.what());
  } catch (std::exception const& e) {
    return /*mutant ask_leaves_doubt: OFF ? trouble::transient(e.what()) :*/ trouble::unknown_outcome(e.what());
  } catch (...) {
    return trouble::unknown_outcome("an exception of an unknown type");
  }
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
