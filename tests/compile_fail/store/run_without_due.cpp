// expect: pawl: a run needs due\(stored_time, delayed_by, limit\) from its store, returning items
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void due() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
