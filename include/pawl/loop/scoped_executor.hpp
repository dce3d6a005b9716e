// The executors of a loop's coroutines: the loop's own, and the same with the run that a coroutine belongs to.
#ifndef PAWL_LOOP_SCOPED_EXECUTOR_HPP
#define PAWL_LOOP_SCOPED_EXECUTOR_HPP

#include <type_traits>

#include <boost/asio/io_context.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

using loop_executor = asio::io_context::executor_type;

class call_scope;

// For the coroutines of one run and those that they spawn: by it a coroutine finds the scope of its run. The loop owns
// the scope, which lives as long as the loop.
class scoped_executor : public loop_executor {
 public:
  scoped_executor(loop_executor const& home, call_scope& scope) noexcept : loop_executor(home), scope_(&scope) {}
  scoped_executor(scoped_executor const&) noexcept = default;
  scoped_executor& operator=(scoped_executor const&) noexcept = default;
  ~scoped_executor() = default;

  call_scope* scope() const noexcept { return scope_; }

 private:
  call_scope* scope_;
};

// The loop's executor in a type-erased one; null if it holds another.
template <class Any> loop_executor const* loop_executor_in(Any const& any) noexcept {
  if (auto const* const scoped = any.template target<scoped_executor>()) return scoped;
  return any.template target<loop_executor>();
}

// True if a handler of this executor may be called directly where `home` runs its handlers, without a dispatch.
template <class Chosen> bool is_home(Chosen const& chosen, loop_executor const& home) {
  if constexpr (std::is_base_of_v<loop_executor, Chosen>) {
    return chosen == home;
  } else if constexpr (requires { chosen.template target<loop_executor>(); }) {
    auto const* const known = loop_executor_in(chosen);
    return known && *known == home;
  } else {
    return false;
  }
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
