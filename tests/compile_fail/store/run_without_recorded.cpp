// expect: pawl: a store needs recorded<event>\(any_item<L> const&\), returning std::optional<event>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void recorded() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
