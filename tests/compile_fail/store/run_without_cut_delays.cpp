// expect: pawl: a run needs cut_delays\(stored_time\) from its store, returning nothing
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void cut_delays() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
