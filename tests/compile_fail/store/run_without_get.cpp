// expect: pawl: a store needs get\(std::string_view key\), returning stored<L>
#include "whole_store.hpp"

struct store : whole_store {
#ifndef PAWL_FIXED
  void get() = delete;
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
