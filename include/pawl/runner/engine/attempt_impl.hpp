// Implements the functions of attempt.hpp that do not depend on a lifecycle.
#ifndef PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP
#define PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP

#include <string>
#include <string_view>

#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/runner/engine/attempt.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

PAWL_INLINE std::string idempotency_key(std::string_view lifecycle, std::string_view state, stored_item const& it) {
  std::string key(lifecycle);
  key.append("/")
      .append(state)
      .append("/")
      .append(std::to_string(/*mutant key_of_a_version: OFF ? 0 :*/ it.version))
      .append("/")
      .append(it.key);
  return key;
}

PAWL_INLINE void fail_unrecorded(job& j, std::string_view event) {
  std::string why("the store has no recorded ");
  why.append(event).append(" for this item, and its step reads it");
  j.fail(trouble::permanent(std::move(why)));
}

PAWL_INLINE void fail_rejected(job& j, store_error const& e) {
  if (e.what_failed() != store_failure::rejected) throw;
  j.fail(trouble::permanent(e.what()));
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
