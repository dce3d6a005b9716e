// What tests of lifecycles, stores and adapters are built from. Needs nothing but the standard library.
#ifndef PAWL_TESTING_HPP
#define PAWL_TESTING_HPP

#include <pawl/testing/history_checker.hpp>

#endif
