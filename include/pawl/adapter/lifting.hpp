// Lets an adapter's function return T, outcome<T>, a coroutine of T or a coroutine of outcome<T>: all are read as
// outcome<T>.
#ifndef PAWL_ADAPTER_LIFTING_HPP
#define PAWL_ADAPTER_LIFTING_HPP

#include <pawl/version.hpp>
// After it, because <coroutine> has an #error of its own for a language older than C++20.
#include <concepts>
#include <coroutine>
#include <type_traits>

#include <pawl/adapter/outcome.hpp>

namespace pawl::inline PAWL_ABI {

// Promises that `co_await` on an X inside a coroutine of the same kind yields an X::value_type.
template <class X>
concept coroutine_type = requires {
  typename std::coroutine_traits<X>::promise_type;
  typename X::value_type;
};

namespace detail {
template <class X> struct awaited { using type = X; };
template <coroutine_type X> struct awaited<X> { using type = typename X::value_type; };
template <class X> struct lifted { using type = outcome<X>; };
template <class T> struct lifted<outcome<T>> { using type = outcome<T>; };
}  // namespace detail

// T of a coroutine of T; any other X itself.
template <class X> using awaited_t = typename detail::awaited<std::remove_cvref_t<X>>::type;

// outcome<T> of T, outcome<T>, a coroutine of T and a coroutine of outcome<T>.
template <class X> using outcome_of = typename detail::lifted<awaited_t<X>>::type;

// For the concepts of an adapter: `{ api.upload(path) } -> pawl::answers<uploaded>;`
template <class X, class T>
concept answers = std::same_as<outcome_of<X>, outcome<T>>;

}  // namespace pawl::inline PAWL_ABI

#endif
