// expect: pawl: a batch needs applied<S, event>\(ticket\), returning applied_to<L, S, event>
#include "whole_batch_store.hpp"

struct batch : whole_batch {
#ifndef PAWL_FIXED
  void applied() = delete;
#endif
};

void use_it(pawl::loop<>& loop, store_of_batches<batch>& store) { use(loop, store); }
