// The one place where systems that follow POSIX are told apart.
#ifndef PAWL_SYSTEM_POSIX_VARIANT_HPP
#define PAWL_SYSTEM_POSIX_VARIANT_HPP

#include <pawl/version.hpp>

#if defined(__APPLE__)
#include <pawl/system/apple/calls.hpp>
#include <pawl/system/apple/file_system_kind.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace posix_variant = of_apple;
namespace native_file_system = of_apple;
}
#else
#include <pawl/system/posix/calls.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace posix_variant = posix_calls;
}
#if defined(__linux__)
#include <pawl/system/linux/file_system_kind.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace native_file_system = of_linux;
}
#else
#include <pawl/system/posix/file_system_kind.hpp>
namespace pawl::inline PAWL_ABI::detail {
namespace native_file_system = posix;
}
#endif
#endif

#endif
