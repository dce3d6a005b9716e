// The one place that knows which Asio pawl runs on, and the coroutine type of its users.
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

// A coroutine of T. It starts when it is awaited or spawned, and resumes on the executor that it was spawned on,
// wherever what it awaited has completed.
//
// g++ 12 copies the bytes of an aggregate, and of a lambda with captures, that is written inside a co_await expression,
// and corrupts their strings. Never write `co_await f(event{a, b})`: name the event first, or use a function that
// builds it, such as commit_queue::fire<Event>(item, a, b).
template <class T> using task = asio::awaitable<T>;

// The completion token that makes an operation awaitable, and the default of every operation here.
inline constexpr asio::use_awaitable_t<> await{};

}  // namespace pawl::inline PAWL_ABI

#endif
