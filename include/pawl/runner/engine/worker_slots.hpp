// The worker slots of a run.
#ifndef PAWL_RUNNER_ENGINE_WORKER_SLOTS_HPP
#define PAWL_RUNNER_ENGINE_WORKER_SLOTS_HPP

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <pawl/loop/loop.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A worker is made when it is first needed, and stays.
class worker_slots {
 public:
  std::vector<std::unique_ptr<worker>> const& all() const { return all_; }
  std::size_t busy() const { return all_.size() - free_.size(); }

  // `make_events`: an event_memory of the run's lifecycle.
  template <class MakeEvents> worker& occupy(event_loop& loop, MakeEvents make_events) {
    if (free_.empty()) {
      std::unique_ptr<worker> made(new worker(loop, all_.size(), make_events()));
      if (all_.size() == all_.capacity()) all_.reserve(2 * all_.size() + 1);
      free_.reserve(all_.capacity());  // so that releasing a slot cannot fail
      all_.push_back(std::move(made));
      return *all_.back();
    }
    auto& taken = *free_.back();
    free_.pop_back();
    return taken;
  }
  void release(worker& of) noexcept {
    of.end_step();
    of.drop_item();
    free_.push_back(&of);
  }

 private:
  std::vector<std::unique_ptr<worker>> all_{};
  std::vector<worker*> free_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
