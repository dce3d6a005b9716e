// What a stop is requested with: std::stop_source where the standard library has it, and the same of our own elsewhere.
#ifndef PAWL_LOOP_STOP_HPP
#define PAWL_LOOP_STOP_HPP

#include <version>
#ifdef __cpp_lib_jthread
#include <stop_token>
#endif

#include <pawl/loop/own_stop.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

#ifdef __cpp_lib_jthread
using std::stop_callback;
using std::stop_source;
using std::stop_token;
#else
using detail::own_stop::stop_callback;
using detail::own_stop::stop_source;
using detail::own_stop::stop_token;
#endif

}  // namespace pawl::inline PAWL_ABI

#endif
