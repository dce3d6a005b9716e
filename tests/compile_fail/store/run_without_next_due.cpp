// expect: pawl: a run needs next_due\(stored_time, delayed_by\) from its store, returning std::optional<stored_time>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void next_due() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
