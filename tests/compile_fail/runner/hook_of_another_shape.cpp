// expect: pawl: on_leave takes \(slot, any_item const&, time\)
#include <pawl/runner/grouped.hpp>
#include <pawl/runner/loop.hpp>
#include <pawl/store/memory_store.hpp>

#include "steps.hpp"

struct watcher {
#ifdef PAWL_FIXED
  void on_leave(std::size_t, pawl::any_item<parcel> const&, std::chrono::nanoseconds) {}
#else
  void on_leave(std::string const&) {}
#endif
};

void watch(pawl::loop<>& loop, pawl::memory_store<parcel>& store, watcher& seen) {
  pawl::grouped queue{loop, store, seen};
}
