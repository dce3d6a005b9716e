// The part of the program that needs libpq.
#ifndef PAWL_TOOL_SERVER_HPP
#define PAWL_TOOL_SERVER_HPP

#include <memory>

#include <pawl/console/console.hpp>
#include <pawl/loop/loop.hpp>

#include "request.hpp"
#include "target.hpp"

namespace pawl_tool {

// Throws refusal (unusable) where the program was built without libpq. The loop must outlive the console.
std::unique_ptr<pawl::console> open_server(pawl::event_loop& loop, request const& r, access how);

}  // namespace pawl_tool

#endif
