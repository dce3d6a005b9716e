#include <vector>

#include <pawl/fsm/machine.hpp>

#include "contestants.hpp"
#include "fsm/file_lifecycle.hpp"

namespace dispatch_benchmark {

class by_pawl final : public contestant {
  using machine = pawl::machine<fsm_test::file_lifecycle>;
  static_assert(pawl::state_count<fsm_test::file_lifecycle> == state_count);
  static_assert(pawl::events_of<fsm_test::file_lifecycle>::size == event_count);

 public:
  void set(std::span<state_number const> states) override {
    machines_.clear();
    for (auto const each : states) machines_.push_back(machine::hydrate_index(each).value());
  }
  std::size_t fire_each(std::span<event_number const> events) override {
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < events.size(); ++i) accepted += std::size_t{machines_[i].fire({events[i]})};
    return accepted;
  }
  std::size_t fire_one_event() override {
    std::size_t accepted = 0;
    for (auto& each : machines_) accepted += std::size_t{each.fire<fsm_test::complete_upload>()};
    return accepted;
  }
  void get(std::span<state_number> states) const override {
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = static_cast<state_number>(machines_[i].index());
  }

 private:
  std::vector<machine> machines_{};
};

std::unique_ptr<contestant> of_pawl() { return std::make_unique<by_pawl>(); }

}  // namespace dispatch_benchmark
