// expect: pawl: the batch of a store that inserts needs insert\(std::string_view key, std::optional<stored_time>\)
#include "whole_batch_store.hpp"

struct batch : whole_batch {
#ifndef PAWL_FIXED
  void insert() = delete;
#endif
};

void use_it(pawl::loop<>& loop, store_of_batches<batch>& store) { use(loop, store); }
