// expect: pawl: a store needs get\(std::string_view key\), returning stored<L>
#include "whole_store.hpp"

struct store : queued_store {
#ifndef PAWL_FIXED
  void get() = delete;
#endif
};

void use(pawl::loop<>& loop, store& parcels) { pawl::commit_queue queue(loop, parcels); }
