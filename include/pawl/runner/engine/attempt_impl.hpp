// Implements the functions of attempt.hpp that do not depend on a lifecycle.
#ifndef PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP
#define PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/runner/engine/attempt.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A number in decimal, without a string of its own.
class decimal {
 public:
  explicit decimal(std::int64_t number)
      : end_(std::to_chars(digits_.data(), digits_.data() + digits_.size(), number).ptr) {}
  operator std::string_view() const noexcept {
    return {digits_.data(), static_cast<std::size_t>(end_ - digits_.data())};
  }

 private:
  std::array<char, 20> digits_{};
  char* end_;
};

// So that a name with a slash is not taken for two parts. The item's key is the last part and stays as it is.
inline void append_name(std::string& key, std::string_view name) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '/' && name[i] != '%') continue;
    key.append(name.substr(done, i - done)).append(name[i] == '/' ? "%2F" : "%25");
    done = i + 1;
  }
  key.append(name.substr(done)).push_back('/');
}

PAWL_INLINE std::string idempotency_key(std::string_view lifecycle, std::string_view state, job const& j) {
  auto const& it = j.item;
  decimal const version(/*mutant key_of_a_version: OFF ? 0 :*/ it.version);
  std::string key;
  key.reserve(j.identity.size() + lifecycle.size() + state.size() + it.key.size() + 45);  // once, if no name is escaped
  if (j.former && j.former->is_plain /*mutant former_keys_stay: && !OFF*/)
    return key.append(lifecycle).append("/").append(state).append("/").append(version).append("/").append(it.key);
  key.append(j.identity /*mutant key_of_a_database: .substr(0, OFF ? 0 : j.identity.size())*/).append("/");
  append_name(key, lifecycle);
  append_name(key, state);
  decimal const life(/*mutant key_of_a_life: OFF ? 0 :*/ j.former ? j.former->life : it.life);
  return key.append(version).append("/").append(life).append("/").append(it.key);
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
