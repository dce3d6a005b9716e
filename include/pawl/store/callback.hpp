// A type-erased function without arguments, for a store to call.
#ifndef PAWL_STORE_CALLBACK_HPP
#define PAWL_STORE_CALLBACK_HPP

#include <concepts>
#include <type_traits>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A small std::function<Result()>: <functional> would be a tenth of the compile time of core.hpp. Owns its target.
template <class Result> class callback {
 public:
  callback() = default;
  // Empty if made from an empty function or a null pointer.
  template <class F>
    requires(std::is_invocable_r_v<Result, F&> && !std::same_as<std::remove_cvref_t<F>, callback>)
  callback(F f) : held_(is_nothing(f) ? nullptr : new held<F>(std::move(f))) {}
  callback(callback&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
  callback(callback const&) = delete;
  callback& operator=(callback const&) = delete;
  ~callback() { delete held_; }

  explicit operator bool() const noexcept { return held_ != nullptr; }
  Result operator()() const { return held_->call(); }

 private:
  template <class F> static bool is_nothing(F const& f) {
    if constexpr (requires { f == nullptr; })
      return f == nullptr;
    else
      return false;
  }
  struct callable {
    callable() = default;
    callable(callable const&) = delete;
    callable& operator=(callable const&) = delete;
    virtual ~callable() = default;
    virtual Result call() = 0;
  };
  template <class F> struct held final : callable {
    explicit held(F f) : function(std::move(f)) {}
    Result call() override { return function(); }
    F function;
  };

  callable* held_ = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
