// expect: pawl: a run needs changed_elsewhere\(\) from its store, returning bool
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void changed_elsewhere() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
