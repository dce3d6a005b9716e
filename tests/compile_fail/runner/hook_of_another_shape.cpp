// expect: pawl: on_leave takes \(slot, any_item const&, time\)
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/memory_store.hpp>

#include "steps.hpp"

struct watcher {
#ifdef PAWL_FIXED
  void on_leave(std::size_t, pawl::any_item<parcel> const&, std::chrono::nanoseconds) {}
#else
  void on_leave(std::string const&) {}
#endif
};

struct steps {
  dispatch operator()(ordered) { return {}; }
  deliver operator()(sent) { return {}; }
};

pawl::summary watch(pawl::loop<>& loop, pawl::memory_store<parcel>& store, watcher& seen) {
  pawl::commit_queue queue{loop, store, seen};
  return pawl::run(queue, steps{});
}
