// expect: pawl: the batch of a store with note\(\) needs .* and noted\(ticket\), returning bool
#include "whole_batch_store.hpp"

struct batch : whole_batch {
#ifndef PAWL_FIXED
  void noted() = delete;
#endif
};

void use_it(pawl::loop<>& loop, store_of_batches<batch>& store) { use(loop, store); }
