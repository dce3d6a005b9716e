// expect: pawl: a store needs try_begin\(\), returning bool \(false: another process holds the lock\)
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void try_begin() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
