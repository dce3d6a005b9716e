// expect: pawl: no step takes this state; add operator\(\)\(item\), .* or declare the state goal, terminal or waiting
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/memory_store.hpp>

#include "steps.hpp"

struct steps {
  dispatch operator()(ordered) { return {}; }
#ifdef PAWL_FIXED
  deliver operator()(sent) { return {}; }
#endif
};

pawl::summary run(pawl::commit_queue<pawl::memory_store<parcel>, pawl::loop<>>& queue) {
  return pawl::run(queue, steps{});
}
