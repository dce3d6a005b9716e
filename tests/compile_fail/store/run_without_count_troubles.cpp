// expect: pawl: a run needs count_troubles\(\) from its store, returning trouble_counts
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void count_troubles() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
