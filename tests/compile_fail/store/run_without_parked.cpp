// expect: pawl: a run needs parked\(limit\) from its store, returning std::vector<troubled_item<L>>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void parked() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
