// expect: pawl: a run needs count_items\(\) from its store, returning std::array<std::size_t, state_count<L>>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void count_items() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
