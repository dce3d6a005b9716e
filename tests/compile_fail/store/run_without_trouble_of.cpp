// expect: pawl: a run needs trouble_of\(any_item<L>\) from its store, returning std::optional<trouble_record>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void trouble_of() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
