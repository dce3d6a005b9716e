// The one place where the operating system is chosen: `native` is the namespace of its implementation.
#ifndef PAWL_SYSTEM_NATIVE_HPP
#define PAWL_SYSTEM_NATIVE_HPP

#include <pawl/version.hpp>

#if defined(__unix__) || defined(__APPLE__)
#include <pawl/system/posix/file.hpp>
#include <pawl/system/posix/file_identity.hpp>
#include <pawl/system/posix/fork_guard.hpp>
#include <pawl/system/posix/memory_map.hpp>
#include <pawl/system/posix/pause.hpp>
#include <pawl/system/posix/process.hpp>
#include <pawl/system/posix/random_number.hpp>
#include <pawl/system/posix/stop_signals.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace native = posix;
}
#else
#error "pawl: this operating system is not supported; include/pawl/system/posix shows what a port must provide"
#endif

#if defined(__linux__)
#include <pawl/system/linux/file_system_number.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace native_file_system = of_linux;
}
#else
#include <pawl/system/posix/file_system_number.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace native_file_system = posix;
}
#endif

#endif
