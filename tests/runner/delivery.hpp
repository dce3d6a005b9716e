// A run of parcels on the virtual clock: the carrier, the steps and everything else that the tests of runs need.
#ifndef PAWL_TESTS_RUNNER_DELIVERY_HPP
#define PAWL_TESTS_RUNNER_DELIVERY_HPP

#include <chrono>
#include <string>
#include <vector>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/ask.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/trouble_record.hpp>

#include "runner/parcel.hpp"

namespace run_test {

using namespace std::chrono_literals;
using parcel::deliver;
using parcel::lose;
using parcel::pack;
using parcel::ship;
using parcel::state;

using virtual_loop = pawl::loop<pawl::virtual_clock>;

// A carrier that takes two seconds a call, and notes what it was asked.
struct carrier {
  explicit carrier(virtual_loop& on) : remote(on, pawl::mock_profile::constant(2s)) {}

  pawl::task<pawl::outcome<std::string>> ship(std::string key) {
    keys.push_back(key);
    return remote.call([key] { return "track " + key; });
  }
  pawl::task<pawl::outcome<std::string>> deliver(std::string tracking) {
    trackings.push_back(tracking);
    return remote.call([] { return std::string("signed"); });
  }

  pawl::mock_adapter<virtual_loop> remote;
  std::vector<std::string> keys, trackings;
};

struct steps {
  carrier& api;

  pack operator()(parcel::item<state::ordered>) { return {}; }

  pawl::task<pawl::one_of<ship, lose>> operator()(parcel::item<state::packed>, pawl::keyed& call) {
    auto answer = co_await pawl::ask(api.ship(call.key()));
    if (!answer) co_return answer.why();
    co_return ship{*answer};
  }

  pawl::task<pawl::one_of<deliver, lose>> operator()(parcel::item<state::sent>, ship const& sent, pawl::safe&) {
    auto answer = co_await pawl::ask(api.deliver(sent.tracking));
    if (!answer) co_return answer.why();
    co_return deliver{*answer};
  }
};

// Everything that a run needs, on the virtual clock.
struct world {
  explicit world(int parcels) { parcel::fill(memory, parcels); }

  pawl::summary run(pawl::run_options options = {}) { return pawl::run(queue, steps{api}, options); }

  // The store's time is the loop's: what is to wait until 5 s after the epoch waits until loop.now() == 5s.
  virtual_loop loop;
  parcel::store memory{[this] { return pawl::stored_time(loop.now()); }};
  test_queue<parcel::store, virtual_loop> queue{loop, memory};
  carrier api{loop};
};

}  // namespace run_test

#endif
