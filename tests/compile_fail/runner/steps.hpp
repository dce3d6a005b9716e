// The lifecycle and the parts of steps that the mistakes of this folder share.
#ifndef PAWL_TESTS_COMPILE_FAIL_RUNNER_STEPS_HPP
#define PAWL_TESTS_COMPILE_FAIL_RUNNER_STEPS_HPP

#include <optional>
#include <string>

#include <pawl/fsm/check.hpp>
#include <pawl/runner/engine/step_lookup.hpp>

enum class state { ordered, sent, delivered };
struct dispatch {
  std::string tracking;
};
struct deliver {};
struct lose {
  int how_often;
  int how_badly;
};

struct parcel : pawl::lifecycle<pawl::initial<state::ordered>, pawl::goal<state::delivered>,
                                pawl::transition<state::ordered, dispatch, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};
static_assert(pawl::valid<parcel>);

using ordered = pawl::item<parcel, state::ordered>;
using sent = pawl::item<parcel, state::sent>;

#endif
