// Steps and helpers that the runner's tests share, over the parcels of delivery.hpp.
#ifndef PAWL_TESTS_RUNNER_SHIPPING_HPP
#define PAWL_TESTS_RUNNER_SHIPPING_HPP

#include <chrono>
#include <functional>
#include <stop_token>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/store/explanation.hpp>

#include "runner/delivery.hpp"

namespace run_test {

using pawl::standing;
using pawl::stored_time;
using std::chrono::nanoseconds;

inline pawl::any_item<parcel::life> row(world& w, char const* key) { return *w.memory.get(key).item; }

// Asks for a stop at a time of the loop.
inline void stop_at(virtual_loop& loop, nanoseconds time, std::stop_source& source) {
  loop.sleep(time - loop.now(), [&source](boost::system::error_code) { source.request_stop(); });
}

// Steps whose shipping is what the test says, and as repeatable as it says. One type each: every type of steps is a run
// of its own to the compiler.
using shipping_step = std::function<pawl::task<pawl::one_of<ship>>(parcel::item<state::packed>)>;
template <class Context> struct steps_of {
  shipping_step ship_it;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<pawl::one_of<ship>> operator()(parcel::item<state::packed> it, Context&) {
    auto shipping = ship_it(it);
    co_return co_await std::move(shipping);
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};
using unsafe_steps = steps_of<pawl::step_context>;
using safe_steps = steps_of<pawl::safe>;

// Delivers at once what the test does not look at.
struct plain_steps {
  pack operator()(parcel::item<state::ordered>) { return {}; }
  ship operator()(parcel::item<state::packed>) { return {"t"}; }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

struct busy_store : parcel::store {
  using parcel::store::store;
  int refusals = 100;
  bool try_begin() { return refusals-- <= 0 && parcel::store::try_begin(); }
};

}  // namespace run_test

#endif
