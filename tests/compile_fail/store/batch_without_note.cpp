// expect: pawl: the batch of a store with note\(\) needs note\(any_item<L> const&, trouble_record const&\)
#include "whole_batch_store.hpp"

struct batch : whole_batch {
#ifndef PAWL_FIXED
  void note() = delete;
#endif
};

void use_it(pawl::loop<>& loop, store_of_batches<batch>& store) { use(loop, store); }
