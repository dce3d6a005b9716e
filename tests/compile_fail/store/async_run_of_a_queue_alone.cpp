// expect: pawl: a run needs runnable\(state, page_mark, limit\) from its store, returning item_page<any_item<L>, page_mark>
#include "whole_store.hpp"

#ifndef PAWL_FIXED
using store = queued_store;
#else
using store = whole_store;
#endif

pawl::task<pawl::summary> use(pawl::commit_queue<store, pawl::loop<>>& queue) {
  return pawl::async_run(queue, steps{});
}
