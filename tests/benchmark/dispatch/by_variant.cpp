#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "contestants.hpp"

namespace dispatch_benchmark {

class by_variant final : public contestant {
  struct untracked {};
  struct uploading {};
  struct processing {};
  struct indexed {};
  struct failed {};
  using any_state = std::variant<untracked, uploading, processing, indexed, failed>;

  struct start_upload {};
  struct complete_upload {};
  struct fail_upload {};
  struct complete_processing {};
  struct fail_processing {};
  struct reset {};
  struct fail_reset {};
  struct retry {};
  using any_event = std::variant<start_upload, complete_upload, fail_upload, complete_processing, fail_processing,
                                 reset, fail_reset, retry>;

  struct transition {
    any_state& state;

    bool operator()(untracked, start_upload) const { return go(uploading{}); }
    bool operator()(uploading, complete_upload) const { return go(processing{}); }
    bool operator()(uploading, fail_upload) const { return go(failed{}); }
    bool operator()(processing, complete_processing) const { return go(indexed{}); }
    bool operator()(processing, fail_processing) const { return go(failed{}); }
    bool operator()(indexed, reset) const { return go(untracked{}); }
    bool operator()(indexed, fail_reset) const { return go(failed{}); }
    bool operator()(failed, retry) const { return go(untracked{}); }
    template <class State, class Event> bool operator()(State, Event) const { return false; }

   private:
    template <class State> bool go(State next) const {
      state = next;
      return true;
    }
  };

  // The alternative with this index, as the program that has one in hand would make it.
  template <class Variant> static Variant make(std::size_t index) {
    return [index]<std::size_t... I>(std::index_sequence<I...>) {
      static constexpr std::array<Variant, sizeof...(I)> all{Variant{std::in_place_index<I>}...};
      return all[index];
    }
    (std::make_index_sequence<std::variant_size_v<Variant>>{});
  }

 public:
  void set(std::span<state_number const> states) override {
    states_.clear();
    for (auto const each : states) states_.push_back(make<any_state>(each));
  }
  std::size_t fire_each(std::span<event_number const> events) override {
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < events.size(); ++i)
      accepted += std::size_t{std::visit(transition{states_[i]}, states_[i], make<any_event>(events[i]))};
    return accepted;
  }
  std::size_t fire_one_event() override {
    std::size_t accepted = 0;
    for (auto& each : states_)
      accepted += std::size_t{std::visit([&each](auto now) { return transition{each}(now, complete_upload{}); }, each)};
    return accepted;
  }
  void get(std::span<state_number> states) const override {
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = static_cast<state_number>(states_[i].index());
  }

 private:
  std::vector<any_state> states_{};
};

std::unique_ptr<contestant> of_variant() { return std::make_unique<by_variant>(); }

}  // namespace dispatch_benchmark
