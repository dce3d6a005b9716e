// A minimal std::function for options: <functional> alone takes longer to compile than all of options.hpp.
#ifndef PAWL_SQLITE_ANY_FUNCTION_HPP
#define PAWL_SQLITE_ANY_FUNCTION_HPP

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

template <class Signature> class any_function;

// Copying it copies the callable. An empty one converts to false; calling it is undefined behaviour.
template <class Result, class... Argument> class any_function<Result(Argument...)> {
 public:
  any_function() = default;
  any_function(std::nullptr_t) noexcept {}
  // Constructed from an empty function object or a null function pointer, it is empty too.
  template <class F>
    requires(std::is_invocable_r_v<Result, F&, Argument...> && !std::same_as<std::remove_cvref_t<F>, any_function>)
  any_function(F f) {
    if constexpr (requires { f == nullptr; })
      if (f == nullptr) return;
    function_ = new F(std::move(f));
    does_ = &do_with<F>;
    call_ = [](void* function, Argument... argument) -> Result {
      return (*static_cast<F*>(function))(std::forward<Argument>(argument)...);
    };
  }
  any_function(any_function const& other) : does_(other.does_), call_(other.call_) {
    if (does_) function_ = does_(other.function_, action::copy);
  }
  any_function(any_function&& other) noexcept { swap(other); }
  any_function& operator=(any_function other) noexcept {
    swap(other);
    return *this;
  }
  ~any_function() {
    if (does_) does_(function_, action::destroy);
  }

  explicit operator bool() const noexcept { return call_ != nullptr; }
  Result operator()(Argument... argument) const { return call_(function_, std::forward<Argument>(argument)...); }

 private:
  enum class action : bool { copy, destroy };
  template <class F> static void* do_with(void* function, action what) {
    if (what == action::copy) return new F(*static_cast<F const*>(function));
    delete static_cast<F*>(function);
    return nullptr;
  }
  void swap(any_function& other) noexcept {
    std::swap(function_, other.function_);
    std::swap(does_, other.does_);
    std::swap(call_, other.call_);
  }

  void* function_ = nullptr;
  void* (*does_)(void* function, action what) = nullptr;
  Result (*call_)(void* function, Argument... argument) = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
