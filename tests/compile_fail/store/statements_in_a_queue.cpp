// expect: pawl: this store takes no statements with an event \(pawl::with\)
#include <utility>

#include <pawl/store/with.hpp>

#include "whole_store.hpp"

void use(pawl::commit_queue<whole_store, pawl::loop<>>& queue, pawl::item<parcel, state::ordered> it) {
  deliver event{"the neighbour"};
#ifdef PAWL_FIXED
  static_cast<void>(queue.apply(it, event));
#else
  static_cast<void>(queue.apply(it, pawl::with(event, pawl::sql("DELETE FROM drafts"))));
#endif
}
