// Asks whether the coroutine was cancelled, for what is woken in the same way by a cancellation and by others.
#ifndef PAWL_POSTGRES_THROW_IF_CANCELLED_HPP
#define PAWL_POSTGRES_THROW_IF_CANCELLED_HPP

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Throws boost::system::system_error (operation_aborted), also in a coroutine for which Asio would not.
inline task<void> throw_if_cancelled() {
  auto const state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
