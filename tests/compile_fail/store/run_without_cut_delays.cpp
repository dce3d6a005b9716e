// expect: pawl: a run needs cut_delays\(stored_time\) of its store, which answers nothing
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void cut_delays() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
