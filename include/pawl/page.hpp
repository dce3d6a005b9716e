// Umbrella: the live status page, with Boost.Beast and OpenSSL. Include it in one source of the program: it takes some 20
// seconds to compile.
#ifndef PAWL_PAGE_HPP
#define PAWL_PAGE_HPP

#include <pawl/page/page_options.hpp>
#include <pawl/page/page_token.hpp>
#include <pawl/page/run_monitor.hpp>
#include <pawl/page/status_page.hpp>
#include <pawl/version.hpp>

#endif
