// Makes each allocation of two queued transitions fail once, in a process that continues.
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "crash/allocations.hpp"
#include "crash/verdict.hpp"
#include "runner/parcel.hpp"

namespace crash {

// A queue on a loop of its own, which has no memory yet that it has used before.
class cold_queue {
 public:
  cold_queue() { parcel::fill(store_, parcels); }

  // What became of the transition of a parcel, if it has been told.
  enum class told : std::uint8_t { nothing, moved, failed };

  void ask(std::size_t parcel) {
    queue_.apply(item_of(parcel), parcel::pack{},
                 pawl::asio::bind_cancellation_slot(signal_.slot(),
                                                    [this, parcel](std::exception_ptr failure, auto const& moved) {
                                                      told_[parcel] = !failure && moved ? told::moved : told::failed;
                                                    }));
    ++asked_;
  }
  // On the loop, when it turns.
  template <class Handler> void post(Handler handler) { pawl::asio::post(loop_.get_executor(), std::move(handler)); }
  // The transition that was asked for last.
  void cancel() { signal_.emit(pawl::asio::cancellation_type::terminal); }
  // All that is ready, and nothing is waited for: who is never called is seen by that, and hangs nobody.
  void turn() {
    auto& ready = static_cast<pawl::asio::io_context&>(loop_.get_executor().context());
    ready.restart();
    ready.poll();
  }
  // So many have been accepted, the first ones.
  std::size_t asked() const { return asked_; }
  told answer(std::size_t parcel) const { return told_[parcel]; }
  bool has_moved(std::size_t parcel) { return store_.get(key_of(parcel)).item->version == 1; }

  static constexpr int parcels = 3;

 private:
  static std::string key_of(std::size_t parcel) { return "parcel " + std::to_string(parcel); }
  static parcel::item<parcel::state::ordered> item_of(std::size_t parcel) { return {key_of(parcel), 0}; }

  pawl::loop<pawl::virtual_clock> loop_{};
  parcel::store store_{};
  pawl::commit_queue<parcel::store, pawl::loop<pawl::virtual_clock>> queue_{loop_, store_, {.batch = 1}};
  pawl::asio::cancellation_signal signal_{};
  std::array<told, parcels> told_{};
  std::size_t asked_ = 0;
};

class queue_allocations {
 public:
  // Where the transitions are asked for: outside the loop they wait for it in another way.
  enum class asked { outside, outside_and_cancelled, on_the_loop };

  explicit queue_allocations(asked how)
      : verdict_("allocation failures",
                 std::string("queue, two transitions") + (how == asked::on_the_loop             ? ", on the loop"
                                                          : how == asked::outside_and_cancelled ? ", one is cancelled"
                                                                                                : "")),
        how_(how) {}

  bool run() {
    for (std::size_t at = 0; fail(at); ++at) ++failures_;
    verdict_.tried(failures_, "allocations");
    return verdict_.end();
  }

 private:
  // False: it was done with fewer allocations.
  bool fail(std::size_t at) {
    cold_queue q;
    allocations::current = {.at = at};
    try {
      allocations::of_pawl const at_work(true);
      if (how_ == asked::on_the_loop)
        q.post([&q] { ask_both(q); });
      else
        ask_both(q);
      if (how_ == asked::outside_and_cancelled) q.cancel();
      q.turn();
    } catch (std::bad_alloc const&) {}
    bool const struck = allocations::current.struck > 0;
    allocations::current = {};
    judge("allocation " + std::to_string(at), q);
    return struck;
  }
  static void ask_both(cold_queue& q) {
    q.ask(0);
    q.ask(1);
  }
  void judge(std::string const& where, cold_queue& q) {
    using told = cold_queue::told;
    std::size_t const accepted = q.asked();
    q.ask(2);
    q.turn();
    if (q.answer(2) != told::moved) verdict_.wrong(where, "the queue writes nothing any more");
    for (std::size_t parcel = 0; parcel < 2; ++parcel) {
      if (parcel >= accepted && (q.answer(parcel) != told::nothing || q.has_moved(parcel)))
        verdict_.wrong(where, "a transition was not accepted, and was written or answered all the same");
      if (parcel < accepted && q.answer(parcel) == told::nothing)
        verdict_.wrong(where, "nobody was told of a transition");
      if (q.answer(parcel) == told::moved && !q.has_moved(parcel))
        verdict_.wrong(where, "a transition was acknowledged, and is not in the store");
      if (q.answer(parcel) == told::failed && q.has_moved(parcel))
        verdict_.wrong(where, "a transition was said to have failed, and is in the store");
    }
  }

  verdict verdict_;
  asked how_;
  std::size_t failures_ = 0;
};

parts queue_allocations_of() {
  using asked = queue_allocations::asked;
  return {[] { return queue_allocations(asked::outside).run(); },
          [] { return queue_allocations(asked::outside_and_cancelled).run(); },
          [] { return queue_allocations(asked::on_the_loop).run(); }};
}

}  // namespace crash
