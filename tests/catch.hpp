// Includes Catch2, release 2.13 or 3. The two differ in the names of their headers and of some matchers: the tests use those
// of release 3, without their namespace.
#ifndef PAWL_TESTS_CATCH_HPP
#define PAWL_TESTS_CATCH_HPP

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_all.hpp>

using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;

#else

#include <string>

#include <catch2/catch.hpp>

inline auto ContainsSubstring(std::string const& text) { return Catch::Contains(text); }
using Catch::EndsWith;

#endif

#endif
