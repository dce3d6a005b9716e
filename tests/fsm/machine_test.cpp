#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <pawl/fsm/machine.hpp>

#include "catch.hpp"
#include "fsm/big_lifecycle.hpp"
#include "fsm/file_lifecycle.hpp"

namespace fsm_test {

using file_machine = pawl::machine<file_lifecycle>;
using file_event = pawl::event_id<file_lifecycle>;

TEST_CASE("a machine is one byte that can be copied as bytes", "[fsm]") {
  STATIC_REQUIRE(sizeof(file_machine) == 1);
  STATIC_REQUIRE(sizeof(pawl::machine<big_lifecycle>) == 1);
  STATIC_REQUIRE(std::is_trivially_copyable_v<file_machine>);
  STATIC_REQUIRE(std::is_nothrow_default_constructible_v<file_machine>);
}

TEST_CASE("a new machine is in the initial state", "[fsm]") {
  REQUIRE(file_machine{}.state() == untracked);
  REQUIRE(file_machine{}.index() == 0);
  REQUIRE(file_machine{}.name() == "untracked");
}

// The table once more, as a person would write it by hand.
std::optional<file_state> after(file_state state, std::size_t event) {
  enum { start_upload, complete_upload, fail_upload, complete_processing, fail_processing, reset, fail_reset, retry };
  switch (state) {
    case untracked:
      if (event == start_upload) return uploading;
      break;
    case uploading:
      if (event == complete_upload) return processing;
      if (event == fail_upload) return failed;
      break;
    case processing:
      if (event == complete_processing) return indexed;
      if (event == fail_processing) return failed;
      break;
    case indexed:
      if (event == reset) return untracked;
      if (event == fail_reset) return failed;
      break;
    case failed:
      if (event == retry) return untracked;
      break;
  }
  return std::nullopt;
}

TEST_CASE("in every state every event does what a hand-written switch does", "[fsm]") {
  for (file_state const state : pawl::states<file_lifecycle>) {
    for (std::uint8_t event = 0; event < 8; ++event) {
      file_machine machine = *file_machine::hydrate(state);
      std::optional<file_state> const expected = after(state, event);
      REQUIRE(machine.can(file_event{event}) == expected.has_value());
      REQUIRE(machine.fire(file_event{event}) == expected.has_value());
      REQUIRE(machine.state() == expected.value_or(state));
    }
  }
}

TEST_CASE("64 states and 256 rows go where their formulas say", "[fsm]") {
  using machine_type = pawl::machine<big_lifecycle>;
  for (std::size_t state = 0; state < 64; ++state) {
    auto const fired = [state](auto event) {
      machine_type machine = *machine_type::hydrate_index(static_cast<std::int64_t>(state));
      return machine.fire(event) ? machine.index() : std::size_t{999};
    };
    REQUIRE(fired(forward{}) == after_forward(state));
    REQUIRE(fired(backward{}) == after_backward(state));
    REQUIRE(fired(leap{}) == after_leap(state));
    REQUIRE(fired(stay{}) == state);
  }
}

TEST_CASE("an event is fired as a value, as a type or as an id", "[fsm]") {
  auto by_value = file_machine::at<uploading>(), by_type = by_value, by_id = by_value;
  REQUIRE(by_value.fire(complete_upload{"files/1"}));
  REQUIRE(by_type.fire<complete_upload>());
  REQUIRE(by_id.fire(pawl::id_of<file_lifecycle, complete_upload>));
  REQUIRE(by_value.state() == processing);
  REQUIRE(by_value == by_type);
  REQUIRE(by_value == by_id);
}

TEST_CASE("a rejected event leaves the machine where it was", "[fsm]") {
  auto machine = file_machine::at<indexed>();
  REQUIRE_FALSE(machine.fire(retry{}));
  REQUIRE(machine == file_machine::at<indexed>());
  REQUIRE(machine != file_machine::at<failed>());
}

TEST_CASE("a machine lives at compile time", "[fsm]") {
  constexpr auto life = [] {
    file_machine machine;
    bool const legal = machine.fire(start_upload{}) && machine.can<complete_upload>() &&
                       machine.fire(complete_upload{"files/1"}) && machine.fire(complete_processing{"documents/1"});
    return legal && machine.state() == indexed && machine.name() == "indexed" && !machine.fire(retry{}) &&
           machine.fire(reset{}) && machine == file_machine{};
  };
  STATIC_REQUIRE(life());
  STATIC_REQUIRE(file_machine::hydrate("processing")->state() == processing);
  STATIC_REQUIRE(!file_machine::hydrate("vanished"));
}

TEST_CASE("a machine is made from what was stored: a state, a name, an index or a code", "[fsm]") {
  for (file_state const state : pawl::states<file_lifecycle>) {
    auto const index = static_cast<std::int64_t>(pawl::state_index<file_lifecycle>(state));
    REQUIRE(file_machine::hydrate(state)->state() == state);
    REQUIRE(file_machine::hydrate(pawl::state_name_of<file_lifecycle>(state))->state() == state);
    REQUIRE(file_machine::hydrate_index(index)->state() == state);
    REQUIRE(file_machine::hydrate_code(pawl::state_code<file_lifecycle>(state))->state() == state);
  }
}

TEST_CASE("what is stored and unknown makes no machine", "[fsm]") {
  REQUIRE_FALSE(file_machine::hydrate(file_state{5}));
  REQUIRE_FALSE(file_machine::hydrate(file_state{-1}));
  REQUIRE_FALSE(file_machine::hydrate(""));
  REQUIRE_FALSE(file_machine::hydrate("UPLOADING"));
  REQUIRE_FALSE(file_machine::hydrate(std::string_view{"uploading\0", 10}));
  for (std::int64_t const number :
       {std::int64_t{-1}, std::int64_t{5}, std::int64_t{256}, std::int64_t{1} << 32,
        (std::numeric_limits<std::int64_t>::min)(), (std::numeric_limits<std::int64_t>::max)()}) {
    REQUIRE_FALSE(file_machine::hydrate_index(number));
    REQUIRE_FALSE(file_machine::hydrate_code(number));
  }
}

enum class tens : std::int16_t { ten = 10, twenty = 20, minus_ten = -10 };
struct advance {};
struct tens_lifecycle : pawl::lifecycle<pawl::initial<tens::ten>, pawl::goal<tens::minus_ten>,
                                        pawl::transition<tens::ten, advance, tens::twenty>,
                                        pawl::transition<tens::twenty, advance, tens::minus_ten>> {};

TEST_CASE("with holes in the enum an index and a code are different numbers", "[fsm]") {
  using machine_type = pawl::machine<tens_lifecycle>;
  REQUIRE(machine_type{}.state() == tens::ten);
  REQUIRE(machine_type{}.index() == 1);
  REQUIRE(machine_type::hydrate_index(0)->state() == tens::minus_ten);
  REQUIRE_FALSE(machine_type::hydrate_index(10));
  REQUIRE(machine_type::hydrate_code(20)->state() == tens::twenty);
  REQUIRE_FALSE(machine_type::hydrate_code(0));
  machine_type machine;
  REQUIRE((machine.fire(advance{}) && machine.fire(advance{})));
  REQUIRE(machine.state() == tens::minus_ten);
  REQUIRE_FALSE(machine.fire(advance{}));
}

TEST_CASE("the events that a state accepts are listed in the table's order", "[fsm]") {
  auto const accepted = [](file_machine machine) {
    std::vector<std::string> names;
    machine.each_accepted([&](file_event event) { names.emplace_back(name(event)); });
    return names;
  };
  REQUIRE(accepted(file_machine::at<uploading>()) == std::vector<std::string>{"complete_upload", "fail_upload"});
  REQUIRE(accepted(file_machine::at<indexed>()) == std::vector<std::string>{"reset", "fail_reset"});
  REQUIRE(accepted(file_machine::at<failed>()) == std::vector<std::string>{"retry"});
}

TEST_CASE("a state that nothing leaves accepts nothing", "[fsm]") {
  int visited = 0;
  pawl::machine<tens_lifecycle>::at<tens::minus_ten>().each_accepted([&](auto) { ++visited; });
  REQUIRE(visited == 0);
}

TEST_CASE("an event is found by its name", "[fsm]") {
  REQUIRE(pawl::find_event<file_lifecycle>("retry") == pawl::id_of<file_lifecycle, retry>);
  REQUIRE(name(*pawl::find_event<file_lifecycle>("fail_reset")) == "fail_reset");
  REQUIRE_FALSE(pawl::find_event<file_lifecycle>("re-try"));
}

}  // namespace fsm_test
