// expect: pawl: the batch of a store that inserts needs .* and inserted\(ticket\), returning bool
#include "whole_batch_store.hpp"

struct batch : whole_batch {
#ifndef PAWL_FIXED
  void inserted() = delete;
#endif
};

void use_it(pawl::loop<>& loop, store_of_batches<batch>& store) { use(loop, store); }
