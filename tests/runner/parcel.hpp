// The lifecycle shared by the runner's tests: a parcel is packed, sent and delivered.
#ifndef PAWL_TESTS_RUNNER_PARCEL_HPP
#define PAWL_TESTS_RUNNER_PARCEL_HPP

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <pawl/adapter/outcome.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/runner/run.hpp>

#include "runner/test_queue.hpp"

namespace parcel {

enum class state { ordered, packed, sent, delivered, lost };

struct pack {};
struct ship {
  std::string tracking;
};
struct deliver {
  std::string signature;
};
struct lose {
  std::string reason;
};

struct life
    : pawl::lifecycle<
          pawl::initial<state::ordered>, pawl::goal<state::delivered>, pawl::terminal<state::lost>,
          pawl::transition<state::ordered, pack, state::packed>, pawl::transition<state::packed, ship, state::sent>,
          pawl::transition<state::packed, lose, state::lost>, pawl::transition<state::sent, deliver, state::delivered>,
          pawl::transition<state::sent, lose, state::lost>, pawl::on_failure<state::packed, lose>> {};
static_assert(pawl::valid<life>);

template <state S> using item = pawl::item<life, S>;
using store = test_store<life>;

inline void fill(store& into, int count) {
  for (int i = 0; i < count; ++i) into.insert_if_absent("parcel " + std::to_string(i));
}

}  // namespace parcel

#endif
