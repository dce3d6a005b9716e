// expect: pawl: a run needs changes\(\) from its store, returning change_signal&
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void changes() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
