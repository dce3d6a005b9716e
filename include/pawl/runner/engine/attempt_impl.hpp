// Implements the functions of attempt.hpp that do not depend on a lifecycle.
#ifndef PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP
#define PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/runner/engine/attempt.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// So that a name with a slash is not taken for two parts. The item's key is the last part and stays as it is.
inline void append_name(std::string& key, std::string_view name) {
  for (char const c : name) {
    if (c == '/' || c == '%')
      key.append(c == '/' ? "%2F" : "%25");
    else
      key += c;
  }
  key += '/';
}

PAWL_INLINE std::string idempotency_key(std::string_view lifecycle, std::string_view state, job const& j) {
  auto const& it = j.item;
  std::string const version = std::to_string(/*mutant key_of_a_version: OFF ? 0 :*/ it.version);
  std::string key;
  if (j.former && j.former->is_plain /*mutant former_keys_stay: && !OFF*/)
    return key.append(lifecycle).append("/").append(state).append("/").append(version).append("/").append(it.key);
  key.append(j.identity /*mutant key_of_a_database: .substr(0, OFF ? 0 : j.identity.size())*/).append("/");
  append_name(key, lifecycle);
  append_name(key, state);
  std::int64_t const life = j.former ? j.former->life : it.life;
  key.append(version).append("/").append(std::to_string(/*mutant key_of_a_life: OFF ? 0 :*/ life));
  return key.append("/").append(it.key);
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
