// expect: pawl: a store needs poisoned\(\) const, returning bool
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void poisoned() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
