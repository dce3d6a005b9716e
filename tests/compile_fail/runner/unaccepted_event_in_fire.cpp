// expect: pawl: this state does not accept this event
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/store/memory_store.hpp>

#include "steps.hpp"

using queue_type = pawl::commit_queue<pawl::memory_store<parcel>, pawl::loop<>>;

void move(queue_type& queue, sent it) {
#ifdef PAWL_FIXED
  static_cast<void>(queue.fire<deliver>(it));
#else
  static_cast<void>(queue.fire<dispatch>(it));
#endif
}
