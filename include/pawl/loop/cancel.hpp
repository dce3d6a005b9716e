// Cancels what was bound to an Asio cancellation_signal.
#ifndef PAWL_LOOP_CANCEL_HPP
#define PAWL_LOOP_CANCEL_HPP

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `emit` is a macro in programs that include Qt first; Asio sets it aside in the same way.
#pragma push_macro("emit")
#undef emit
inline void cancel_through(boost::asio::cancellation_signal& signal,
                           boost::asio::cancellation_type how = boost::asio::cancellation_type::terminal) {
  signal.emit(how);
}
#pragma pop_macro("emit")

}  // namespace pawl::inline PAWL_ABI::detail

#endif
