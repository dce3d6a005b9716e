// expect: pawl: a store must name its lifecycle: using lifecycle = ...
// errors: several
#include "whole_store.hpp"

#ifndef PAWL_FIXED
struct store {};
#else
using store = queued_store;
#endif

void use(pawl::loop<>& loop, store& parcels) { pawl::commit_queue queue(loop, parcels); }
