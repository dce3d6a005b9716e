#include <vector>

#include <boost/msm/back/state_machine.hpp>
#include <boost/msm/front/functor_row.hpp>
#include <boost/msm/front/state_machine_def.hpp>
#include <boost/msm/front/states.hpp>

#include "contestants.hpp"

namespace dispatch_benchmark {

namespace msm_machine {

namespace msm = boost::msm;

struct start_upload {};
struct complete_upload {};
struct fail_upload {};
struct complete_processing {};
struct fail_processing {};
struct reset {};
struct fail_reset {};
struct retry {};

// Nothing is queued and nothing throws, so MSM need not be ready for it: its quickest configuration.
struct definition : msm::front::state_machine_def<definition> {
  using no_exception_thrown = int;
  using no_message_queue = int;

  struct untracked : msm::front::state<> {};
  struct uploading : msm::front::state<> {};
  struct processing : msm::front::state<> {};
  struct indexed : msm::front::state<> {};
  struct failed : msm::front::state<> {};
  using initial_state = untracked;

  // MSM numbers the states in the order in which they first leave or are come to here: as the lifecycle does.
  struct transition_table
      : boost::mpl::vector<
            msm::front::Row<untracked, start_upload, uploading>,
            msm::front::Row<uploading, complete_upload, processing>,
            msm::front::Row<processing, complete_processing, indexed>, msm::front::Row<indexed, fail_reset, failed>,
            msm::front::Row<uploading, fail_upload, failed>, msm::front::Row<processing, fail_processing, failed>,
            msm::front::Row<indexed, reset, untracked>, msm::front::Row<failed, retry, untracked>> {};

  template <class Machine, class Event> void no_transition(Event const&, Machine&, int) {}
};

using machine = msm::back::state_machine<definition>;

}  // namespace msm_machine

class by_msm final : public contestant {
  using machine = msm_machine::machine;

  static bool fire(machine& m, event_number e) {
    namespace msm = boost::msm;
    using namespace msm_machine;
    auto const accepted = [](msm::back::HandledEnum answer) { return answer == msm::back::HANDLED_TRUE; };
    switch (e) {
      case 0:
        return accepted(m.process_event(start_upload{}));
      case 1:
        return accepted(m.process_event(complete_upload{}));
      case 2:
        return accepted(m.process_event(fail_upload{}));
      case 3:
        return accepted(m.process_event(complete_processing{}));
      case 4:
        return accepted(m.process_event(fail_processing{}));
      case 5:
        return accepted(m.process_event(reset{}));
      case 6:
        return accepted(m.process_event(fail_reset{}));
      default:
        return accepted(m.process_event(retry{}));
    }
  }

 public:
  // MSM has no way to begin in a state: each machine is brought there by events.
  void set(std::span<state_number const> states) override {
    machines_.assign(states.size(), machine{});
    for (std::size_t i = 0; i < states.size(); ++i) {
      machines_[i].start();
      for (event_number const on_the_way : {event_number{0}, event_number{1}, event_number{3}, event_number{6}})
        if (machines_[i].current_state()[0] != states[i]) fire(machines_[i], on_the_way);
    }
  }
  std::size_t fire_each(std::span<event_number const> events) override {
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < events.size(); ++i) accepted += std::size_t{fire(machines_[i], events[i])};
    return accepted;
  }
  std::size_t fire_one_event() override {
    std::size_t accepted = 0;
    for (auto& each : machines_) accepted += std::size_t{fire(each, 1)};
    return accepted;
  }
  void get(std::span<state_number> states) const override {
    for (std::size_t i = 0; i < states.size(); ++i)
      states[i] = static_cast<state_number>(machines_[i].current_state()[0]);
  }

 private:
  std::vector<machine> machines_{};
};

std::unique_ptr<contestant> of_msm() { return std::make_unique<by_msm>(); }

}  // namespace dispatch_benchmark
