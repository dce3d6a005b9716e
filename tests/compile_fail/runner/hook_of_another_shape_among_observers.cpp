// expect: pawl: on_transition takes \(transition_times const&\)
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/observers.hpp>
#include <pawl/store/memory_store.hpp>

#include "steps.hpp"

struct silent {};
struct watcher {
#ifdef PAWL_FIXED
  void on_transition(pawl::transition_times const&) {}
#else
  void on_transition(std::string const&) {}
#endif
};

void watch(pawl::loop<>& loop, pawl::memory_store<parcel>& store, silent& first, watcher& second) {
  pawl::observers both{first, second};
  pawl::commit_queue queue{loop, store, both};
}
