// Processes by their id.
#ifndef PAWL_SYSTEM_PROCESS_HPP
#define PAWL_SYSTEM_PROCESS_HPP

#include <pawl/system/native.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// `std::int64_t this_process()`: the id of the calling process.
using native::this_process;
// `bool process_is_alive(std::int64_t id)`: false only if there is no such process. Ids are reused: true may mean a later
// process of this id.
using native::process_is_alive;

}  // namespace pawl::inline PAWL_ABI::detail

#endif
