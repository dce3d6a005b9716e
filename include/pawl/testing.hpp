// Tools for testing lifecycles, stores and adapters. Needs only the standard library.
#ifndef PAWL_TESTING_HPP
#define PAWL_TESTING_HPP

#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/testing/contract_verdict.hpp>
#include <pawl/testing/crash_point.hpp>
#include <pawl/testing/crash_verdict.hpp>
#include <pawl/testing/for_each_crash_point.hpp>
#include <pawl/testing/history_checker.hpp>
#include <pawl/testing/mortality.hpp>
#include <pawl/testing/process.hpp>
#include <pawl/testing/random_faults.hpp>
#include <pawl/testing/remote_objects.hpp>
#include <pawl/testing/store_contract.hpp>
#include <pawl/testing/watched_store.hpp>
#include <pawl/version.hpp>

#endif
