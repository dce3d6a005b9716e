// expect: pawl: this store takes no statements with an event \(pawl::with\)
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/store/with.hpp>

#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  deliver operator()(sent) { return {}; }
#else
  pawl::with<deliver> operator()(sent) { return pawl::with(deliver{}, pawl::sql("DELETE FROM drafts")); }
#endif
};

pawl::summary run(pawl::commit_queue<pawl::memory_store<parcel>, pawl::loop<>>& queue) {
  return pawl::run(queue, steps{});
}
