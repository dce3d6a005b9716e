// expect: pawl: a run needs changes\(\) of its store, which answers change_signal&
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void changes() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
