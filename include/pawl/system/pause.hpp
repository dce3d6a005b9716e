// A short sleep of the calling thread, without what <thread> costs to compile.
#ifndef PAWL_SYSTEM_PAUSE_HPP
#define PAWL_SYSTEM_PAUSE_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `void pause_for(std::int64_t nanoseconds) noexcept`: a signal may end it earlier.
using native::pause_for;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
