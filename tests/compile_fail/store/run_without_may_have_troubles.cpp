// expect: pawl: a run needs may_have_troubles\(\) of its store, which answers bool
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void may_have_troubles() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
