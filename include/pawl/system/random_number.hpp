// A random number from the system: differs between processes, machines and calls. Thread-safe. Not for secrets.
#ifndef PAWL_SYSTEM_RANDOM_NUMBER_HPP
#define PAWL_SYSTEM_RANDOM_NUMBER_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

using native::random_number;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
