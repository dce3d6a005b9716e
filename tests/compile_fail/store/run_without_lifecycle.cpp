// expect: pawl: a store must name its lifecycle: using lifecycle = ...
#include "whole_store.hpp"

#ifndef PAWL_FIXED
struct store {};
#else
using store = whole_store;
#endif

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
