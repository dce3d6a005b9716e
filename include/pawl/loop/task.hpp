// Selects the Asio that pawl runs on, and defines the coroutine type for users.
#ifndef PAWL_LOOP_TASK_HPP
#define PAWL_LOOP_TASK_HPP

#include <boost/version.hpp>
#if BOOST_VERSION < 108100
#error "pawl: the runner needs Boost 1.81 or newer (Debian 12: install libboost1.81-dev instead of libboost-dev)"
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace asio = boost::asio;

// A coroutine that returns T. It starts when awaited or spawned, and always resumes on the executor it was spawned on,
// wherever the awaited operation completed.
//
// g++ 12 copies an aggregate or a lambda with captures written inside a co_await expression byte by byte, which
// corrupts its strings. Never write `co_await f(event{a, b})`: name the event first, or use a function that builds it,
// such as commit_queue::fire<Event>(item, a, b). And what a conditional operator makes there is destroyed twice. Never
// write `co_await f(first ? a + b : c)` or `first ? co_await f() : g()` of strings: name the value first, or use `if`.
template <class T> using task = asio::awaitable<T>;

// The completion token that makes an operation awaitable; the default for all operations here.
inline constexpr asio::use_awaitable_t<> await{};

}  // namespace pawl::inline PAWL_ABI

#endif
