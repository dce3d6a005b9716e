// Implements the functions of attempt.hpp that do not depend on a lifecycle.
#ifndef PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP
#define PAWL_RUNNER_ENGINE_ATTEMPT_IMPL_HPP

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/runner/engine/attempt.hpp>
#include <pawl/runner/engine/gate_names.hpp>
#include <pawl/runner/engine/named_gates.hpp>
#include <pawl/runner/gate_options.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

inline void append_name(std::string& to, std::string_view name) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '/' && name[i] != '%') continue;
    to.append(name.substr(done, i - done)).append(name[i] == '/' ? "%2F" : "%25");
    done = i + 1;
  }
  to.append(name.substr(done)).push_back('/');
}

PAWL_INLINE key_path::key_path(std::string_view lifecycle, std::string_view state) {
  append_name(escaped, lifecycle);
  append_name(escaped, state);
  plain.append(lifecycle).append("/").append(state).append("/");
}

// One number, or two, in decimal, a slash behind each.
class key_numbers {
 public:
  void append(std::int64_t number) {
    end_ = std::to_chars(end_, digits_.data() + digits_.size(), number).ptr;
    *end_++ = '/';
  }
  operator std::string_view() const noexcept {
    return {digits_.data(), static_cast<std::size_t>(end_ - digits_.data())};
  }

 private:
  std::array<char, 42> digits_{};
  char* end_ = digits_.data();
};

// The item's own key comes last and stays as it is.
PAWL_INLINE std::string idempotency_key(key_path const& path, job const& j) {
  auto const& it = j.item;
  bool const is_plain = j.former && j.former->is_plain /*mutant former_keys_stay: && !OFF*/;
  key_numbers numbers;
  numbers.append(/*mutant key_of_a_version: OFF ? 0 :*/ it.version);
  if (!is_plain) numbers.append(/*mutant key_of_a_life: OFF ? 0 :*/ j.former ? j.former->life : it.life);
  std::string_view const root = is_plain /*mutant key_of_a_database: || OFF*/ ? std::string_view() : j.key_root;
  std::string const& names = is_plain ? path.plain : path.escaped;
  std::string key;
  key.reserve(root.size() + names.size() + std::string_view(numbers).size() + it.key.size());
  key.append(root).append(names).append(numbers).append(it.key);
  return key;
}

PAWL_INLINE void fail_unrecorded(job& j, std::string_view event) {
  std::string why("the store has no recorded ");
  why.append(event).append(" for this item, and its step reads it");
  j.set_trouble(trouble::permanent(std::move(why)));
}

PAWL_INLINE void fail_rejected(job& j, store_error const& e) {
  if (e.what_failed() != store_failure::rejected) throw;
  j.set_trouble(trouble::permanent(e.what()));
}

PAWL_INLINE std::unique_ptr<gate_names> make_named_gates(gate_options const& options) {
  return std::unique_ptr<gate_names>(new named_gates(options));
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
