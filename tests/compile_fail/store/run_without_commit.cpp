// expect: pawl: a store needs commit\(\), returning nothing
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void commit() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
