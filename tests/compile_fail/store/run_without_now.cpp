// expect: pawl: a run needs now\(\) from its store, returning stored_time
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void now() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
