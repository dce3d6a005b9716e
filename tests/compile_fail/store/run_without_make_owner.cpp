// expect: pawl: a run needs make_owner\(\) from its store, returning std::unique_ptr<run_owner> or owner_handle, and acquire
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void make_owner() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
