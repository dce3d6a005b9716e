// expect: pawl: this state does not accept this event
#include <pawl/runner/grouped.hpp>
#include <pawl/runner/loop.hpp>
#include <pawl/store/memory_store.hpp>

#include "steps.hpp"

using queue_type = pawl::grouped<pawl::memory_store<parcel>, pawl::loop<>>;

void move(queue_type& queue, sent it) {
#ifdef PAWL_FIXED
  static_cast<void>(queue.fire<deliver>(it));
#else
  static_cast<void>(queue.fire<dispatch>(it));
#endif
}
