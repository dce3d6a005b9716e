#include <vector>

#include "contestants.hpp"

namespace dispatch_benchmark {

// Written by hand: a switch over the state, and within it a switch over the events it accepts.
class by_switch final : public contestant {
  enum class at : std::uint8_t { untracked, uploading, processing, indexed, failed };
  enum class on : std::uint8_t {
    start_upload,
    complete_upload,
    fail_upload,
    complete_processing,
    fail_processing,
    reset,
    fail_reset,
    retry
  };

  static bool fire(at& state, on event) {
    switch (state) {
      case at::untracked:
        switch (event) {
          case on::start_upload:
            state = at::uploading;
            return true;
          default:
            return false;
        }
      case at::uploading:
        switch (event) {
          case on::complete_upload:
            state = at::processing;
            return true;
          case on::fail_upload:
            state = at::failed;
            return true;
          default:
            return false;
        }
      case at::processing:
        switch (event) {
          case on::complete_processing:
            state = at::indexed;
            return true;
          case on::fail_processing:
            state = at::failed;
            return true;
          default:
            return false;
        }
      case at::indexed:
        switch (event) {
          case on::reset:
            state = at::untracked;
            return true;
          case on::fail_reset:
            state = at::failed;
            return true;
          default:
            return false;
        }
      case at::failed:
        switch (event) {
          case on::retry:
            state = at::untracked;
            return true;
          default:
            return false;
        }
    }
    return false;
  }

 public:
  void set(std::span<state_number const> states) override {
    states_.clear();
    for (auto const each : states) states_.push_back(static_cast<at>(each));
  }
  std::size_t fire_each(std::span<event_number const> events) override {
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < events.size(); ++i)
      accepted += std::size_t{fire(states_[i], static_cast<on>(events[i]))};
    return accepted;
  }
  std::size_t fire_one_event() override {
    std::size_t accepted = 0;
    for (auto& each : states_) accepted += std::size_t{fire(each, on::complete_upload)};
    return accepted;
  }
  void get(std::span<state_number> states) const override {
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = static_cast<state_number>(states_[i]);
  }

 private:
  std::vector<at> states_{};
};

std::unique_ptr<contestant> of_switch() { return std::make_unique<by_switch>(); }

}  // namespace dispatch_benchmark
