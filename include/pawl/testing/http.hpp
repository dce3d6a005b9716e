// Umbrella: remotes for tests of HTTP adapters, in memory and on a real socket.
#ifndef PAWL_TESTING_HTTP_HPP
#define PAWL_TESTING_HTTP_HPP

#include <pawl/testing/http/fault.hpp>
#include <pawl/testing/http/remote.hpp>
#include <pawl/testing/http/script.hpp>
#include <pawl/testing/http/server.hpp>
#include <pawl/version.hpp>

#endif
