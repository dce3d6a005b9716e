// expect: pawl: a run needs unrecognised\(\) from its store, returning std::size_t
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void unrecognised() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
