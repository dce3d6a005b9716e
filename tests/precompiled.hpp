// What nearly every test includes and this project does not write: compiled once for the suites of one kind. A test
// still includes what it uses itself; .ci/tidy looks at each file without this one.
#ifndef PAWL_TESTS_PRECOMPILED_HPP
#define PAWL_TESTS_PRECOMPILED_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "catch.hpp"

#ifdef PAWL_COMPILED
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sqlite3.h>
#endif

#endif
