// One simulated process: a real database, queue, loop and run that can be stopped at any moment.
#ifndef PAWL_TESTS_CRASH_SIMULATION_PROCESS_HPP
#define PAWL_TESTS_CRASH_SIMULATION_PROCESS_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <pawl/error.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/rate_gate.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>

#include "crash/simulation/human_operator.hpp"
#include "crash/simulation/remote.hpp"
#include "crash/simulation/steps.hpp"
#include "crash/simulation/watched_store.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

// How a program would be set up.
struct setup {
  pawl::sqlite::options database{};
  pawl::commit_queue_options queue{};
  pawl::run_options run{};
  pawl::rate rate{};
};

template <class T, idempotency Kind> class process {
 public:
  enum class standing : std::uint8_t {
    ended,   // its run is over
    frozen,  // resume() lets it go on
    died,    // with the whole world
    hung     // it waits for what never comes
  };

  // Opens the database. Throws store_error.
  process(world& w, std::string const& path, setup const& how, int number)
      : world_(w),
        number_(number),
        how_(how),
        db_(path, how.database),
        store_(db_, w, number),
        loop_(world_clock(w)),
        queue_(loop_, store_, how.queue),
        gate_(how.rate) {
    how_.run.gate = &gate_;
    how_.run.stop = &stop_;
  }
  process(process const&) = delete;
  process& operator=(process const&) = delete;
  // What is dead does not tidy up.
  ~process() {
    if (world_.dead) db_.poison("it is dead");
  }

  int number() const { return number_; }
  std::size_t concurrency() const { return how_.run.concurrency; }
  watched_store<T>& store() { return store_; }
  pawl::sqlite::database& db() { return db_; }

  void begin(remote& api) {
    steps<Kind> how{api, loop_};
    boost::asio::co_spawn(loop_.get_executor(), pawl::async_run(queue_, how, how_.run),
                          [this](std::exception_ptr failure, pawl::summary sum) {
                            failure_ = failure;
                            sum_ = std::move(sum);
                            halt_soon();
                          });
  }
  standing resume() {
    frozen_ = false;
    for (;;) {
      try {
        loop_.wait(wait_for_long());
        return standing::hung;
      } catch (halt const&) {
        if (world_.dead) return standing::died;
        if (sum_) return standing::ended;
        if (frozen_) return standing::frozen;
      }
    }
  }

  // ---- what is done to it meanwhile ----

  // Nothing of it runs after the handler that runs now, and those that are ready already.
  void halt_soon() {
    boost::asio::post(loop_.get_executor(), [] { throw halt(); });
  }
  void freeze_soon() {
    frozen_ = true;
    halt_soon();
  }
  void freeze_in(nanoseconds d) {
    in(d, [this] { freeze_soon(); });
  }
  void stop_in(nanoseconds d) {
    in(d, [this] {
      world_.note("process ", number_, " is asked to stop");
      ++world_.counts[tally::stops];
      stop_.request_stop();
    });
  }
  // Somebody asks its program to move items back.
  void lead_back_in(nanoseconds d, errand what) {
    in(d, [this, what = std::move(what)] {
      world_.note("process ", number_, " is asked to lead items back");
      boost::asio::co_spawn(loop_.get_executor(), queued_errand<queue_type>::run(queue_, what),
                            [this](std::exception_ptr failure) { note_failure(failure); });
    });
  }
  template <class Act> void in(nanoseconds d, Act act) {
    loop_.sleep(d, [act = std::move(act)](boost::system::error_code) mutable { act(); });
  }

  // ---- once it has ended ----

  pawl::summary const& sum() const { return *sum_; }
  std::exception_ptr failure() const { return failure_; }

 private:
  struct halt {};
  using queue_type = pawl::commit_queue<watched_store<T>, world_loop>;

  // Of the errand: what breaks the store breaks the run too.
  void note_failure(std::exception_ptr failure) const {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (pawl::store_error const& e) {
      world_.say("nothing more is led back: ", e.what());
    }
  }
  pawl::task<void> wait_for_long() { co_await loop_.sleep(24h * 365); }

  world& world_;
  int number_;
  setup how_;
  pawl::sqlite::database db_;
  watched_store<T> store_;
  std::stop_source stop_{};
  world_loop loop_;
  queue_type queue_;
  pawl::rate_gate gate_;
  bool frozen_ = false;
  std::optional<pawl::summary> sum_{};
  std::exception_ptr failure_{};
};

}  // namespace crash::simulation

#endif
