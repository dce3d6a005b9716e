// The results of a store's calls: returned at once, or by a coroutine.
#ifndef PAWL_STORE_ANSWER_HPP
#define PAWL_STORE_ANSWER_HPP

#include <concepts>
#include <type_traits>

#include <pawl/adapter/lifting.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// True if X is T, or a coroutine of T. A local store returns the value, at no extra cost; a remote store returns a
// coroutine, which is awaited.
template <class X, class T>
concept answers_with = std::same_as<awaited_t<X>, T>;

}  // namespace pawl::inline PAWL_ABI

#endif
