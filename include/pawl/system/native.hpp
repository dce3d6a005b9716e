// The one place where the operating system is chosen: `native` is the namespace of its implementation.
#ifndef PAWL_SYSTEM_NATIVE_HPP
#define PAWL_SYSTEM_NATIVE_HPP

#include <pawl/system/failure.hpp>
#include <pawl/version.hpp>

#if defined(_WIN32)
#include <pawl/system/windows/file.hpp>
#include <pawl/system/windows/file_identity.hpp>
#include <pawl/system/windows/file_system_kind.hpp>
#include <pawl/system/windows/fork_guard.hpp>
#include <pawl/system/windows/memory_map.hpp>
#include <pawl/system/windows/of_thread.hpp>
#include <pawl/system/windows/pause.hpp>
#include <pawl/system/windows/process.hpp>
#include <pawl/system/windows/random_number.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace native = windows;
namespace native_file_system = windows;
}
#elif defined(__unix__) || defined(__APPLE__)
#include <pawl/system/posix/file.hpp>
#include <pawl/system/posix/file_identity.hpp>
#include <pawl/system/posix/fork_guard.hpp>
#include <pawl/system/posix/memory_map.hpp>
#include <pawl/system/posix/of_thread.hpp>
#include <pawl/system/posix/pause.hpp>
#include <pawl/system/posix/process.hpp>
#include <pawl/system/posix/random_number.hpp>
#include <pawl/system/posix/variant.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace native = posix;
}
#else
#error "pawl: this operating system is not supported; include/pawl/system/posix shows what a port must provide"
#endif

#endif
