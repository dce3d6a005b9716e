// expect: pawl: a batch needs apply\(item<L, S> const&, event const&\), returning its ticket
#include "whole_batch_store.hpp"

struct batch : whole_batch {
#ifndef PAWL_FIXED
  void apply() = delete;
#endif
};

void use_it(pawl::loop<>& loop, store_of_batches<batch>& store) { use(loop, store); }
