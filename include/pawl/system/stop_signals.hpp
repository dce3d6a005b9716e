// The signals that ask a program to stop, as something a loop can wait for.
#ifndef PAWL_SYSTEM_STOP_SIGNALS_HPP
#define PAWL_SYSTEM_STOP_SIGNALS_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// While it lives, the first SIGINT or SIGTERM makes its reader readable and restores the default dispositions, so that
// the second signal ends the process. Its destructor restores the dispositions that the constructor found. At most one
// per process: a second one throws error "stop_on_signals.second"; "stop_on_signals.pipe" if the system refuses.
//
//   take_reader()  the native handle to wait on; the caller closes it. Once.
//   signal()       the signal that came, or 0
using native::stop_signals;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
