// Includes Catch2, release 2.13 or 3: the two differ in the name of their header.
#ifndef PAWL_TESTS_CATCH_HPP
#define PAWL_TESTS_CATCH_HPP

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif
