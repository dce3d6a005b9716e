// expect: pawl: a run needs now\(\) of its store, which answers stored_time
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void now() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
