// expect: pawl: a run needs runnable\(state, page_mark, limit\) from its store, returning item_page<any_item<L>, page_mark>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void runnable() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
