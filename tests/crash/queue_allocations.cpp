// Each allocation of a transition that goes through a queue fails once, in a process that goes on.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

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
    told_ = told::nothing;
    queue_.apply(
        item_of(parcel), parcel::pack{},
        pawl::asio::bind_cancellation_slot(signal_.slot(), [this](std::exception_ptr failure, auto const& moved) {
          told_ = !failure && moved ? told::moved : told::failed;
        }));
  }
  void cancel() { signal_.emit(pawl::asio::cancellation_type::terminal); }
  // All that is ready, and nothing is waited for: who is never called is seen by that, and hangs nobody.
  void turn() {
    auto& ready = static_cast<pawl::asio::io_context&>(loop_.get_executor().context());
    ready.restart();
    ready.poll();
  }
  told answer() const { return told_; }
  bool has_moved(std::size_t parcel) { return store_.get(key_of(parcel)).item->version == 1; }

  static constexpr int parcels = 2;

 private:
  static std::string key_of(std::size_t parcel) { return "parcel " + std::to_string(parcel); }
  static parcel::item<parcel::state::ordered> item_of(std::size_t parcel) { return {key_of(parcel), 0}; }

  pawl::loop<pawl::virtual_clock> loop_{};
  parcel::store store_{};
  pawl::grouped<parcel::store, pawl::loop<pawl::virtual_clock>> queue_{loop_, store_};
  pawl::asio::cancellation_signal signal_{};
  told told_ = told::nothing;
};

class queue_allocations {
 public:
  queue_allocations(bool cancelled, scope const& s)
      : verdict_("allocation failures", cancelled ? "queue, a transition that is cancelled" : "queue, a transition"),
        cancelled_(cancelled),
        stride_(s.stride) {}

  bool run() {
    for (std::size_t at = 0; fail(at); at += stride_) ++failures_;
    verdict_.tried(failures_, "allocations");
    return verdict_.end();
  }

 private:
  // False: it was done with fewer allocations.
  bool fail(std::size_t at) {
    cold_queue q;
    bool thrown = false;
    allocations::current = {.at = at};
    try {
      allocations::of_pawl const at_work(true);
      q.ask(0);
      if (cancelled_) q.cancel();
      q.turn();
    } catch (std::bad_alloc const&) {
      thrown = true;
    }
    bool const struck = allocations::current.struck > 0;
    allocations::current = {};
    judge("allocation " + std::to_string(at), q, thrown);
    return struck;
  }
  void judge(std::string const& where, cold_queue& q, bool thrown) {
    q.turn();
    auto const answer = q.answer();
    if (answer == cold_queue::told::nothing && !thrown) verdict_.wrong(where, "nobody was told of the transition");
    if (answer == cold_queue::told::moved && !q.has_moved(0))
      verdict_.wrong(where, "the transition was acknowledged, and is not in the store");
    q.ask(1);
    q.turn();
    if (q.answer() != cold_queue::told::moved) verdict_.wrong(where, "the queue writes nothing any more");
  }

  verdict verdict_;
  bool cancelled_;
  std::size_t stride_;
  std::size_t failures_ = 0;
};

parts queue_allocations_of(scope const& s) {
  return {[=] { return queue_allocations(false, s).run(); }, [=] { return queue_allocations(true, s).run(); }};
}

}  // namespace crash
