// expect: pawl: a store that names a batch needs make_batch\(\), returning one
#include "whole_batch_store.hpp"

struct store : store_of_batches<whole_batch> {
#ifndef PAWL_FIXED
  void make_batch() = delete;
#endif
};

void use_it(pawl::loop<>& loop, store& of) { use(loop, of); }
