// expect: pawl: a store needs apply\(item<L, S>, event\), returning applied_to<L, S, event>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void apply() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
