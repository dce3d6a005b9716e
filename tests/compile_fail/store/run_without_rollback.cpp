// expect: pawl: a store needs rollback\(\), which answers nothing and does not throw
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void rollback() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
