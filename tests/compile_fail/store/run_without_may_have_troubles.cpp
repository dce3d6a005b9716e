// expect: pawl: a run needs may_have_troubles\(\) from its store, returning bool
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void may_have_troubles() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
