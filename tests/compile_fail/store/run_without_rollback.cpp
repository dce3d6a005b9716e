// expect: pawl: a store needs rollback\(\), returning nothing and not throwing
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void rollback() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
