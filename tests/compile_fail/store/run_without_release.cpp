// expect: pawl: a run needs release\(std::string_view key\) from its store, returning bool
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void release() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
