// Answers of a store: given at once, or by a coroutine. Both are read as the value.
#ifndef PAWL_STORE_ANSWER_HPP
#define PAWL_STORE_ANSWER_HPP

#include <concepts>
#include <type_traits>

#include <pawl/adapter/lifting.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// X answers with T: X is T, or a coroutine of T. A store that is here answers at once and pays nothing for the choice; a
// store that is far away answers with a coroutine, which is awaited.
template <class X, class T>
concept answers_with = std::same_as<awaited_t<X>, T>;

}  // namespace pawl::inline PAWL_ABI

#endif
