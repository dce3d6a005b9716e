// expect: pawl: a run needs make_owner\(\) from its store, .* and acquire\(run_owner&, ownership\), returning bool
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void acquire() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
