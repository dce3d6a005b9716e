// One simulated process: a real database, queue, loop and run that can be stopped at any moment.
#ifndef PAWL_TESTS_CRASH_SIMULATION_PROCESS_HPP
#define PAWL_TESTS_CRASH_SIMULATION_PROCESS_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
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
#include <pawl/store/trouble_record.hpp>

#include "crash/simulation/batch_crew.hpp"
#include "crash/simulation/batch_errand.hpp"
#include "crash/simulation/family_watch.hpp"
#include "crash/simulation/human_operator.hpp"
#include "crash/simulation/onlooker.hpp"
#include "crash/simulation/remote.hpp"
#include "crash/simulation/setup.hpp"
#include "crash/simulation/steps.hpp"
#include "crash/simulation/watched_store.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

template <class T, idempotency Kind> class process {
 public:
  using batches_type = batches_of<T, Kind>;
  using crew_type = batch_crew<T, batches_type>;
  enum class standing : std::uint8_t {
    ended,   // its run is over
    frozen,  // resume() lets it go on
    died,    // with the whole world
    hung     // it waits for what never comes
  };

  // Opens the database. `families`: null where there are none. Throws store_error.
  process(world& w, std::string const& path, setup const& how, int number, family_records<batches_type>* families)
      : world_(w),
        number_(number),
        how_(how),
        db_(path, how.database),
        watch_(families ? std::make_unique<watch_type>(*families, db_, how.has_batches) : nullptr),
        store_(db_, w, {number, w.files, watch_.get()}),
        loop_(world_clock(w)),
        queue_(loop_, store_, how.queue),
        gate_(how.rate) {
    how_.run.gate = &gate_;
    how_.run.stop = &stop_;
    if (families && how.has_batches)
      crew_ = std::make_unique<crew_type>(db_, *families, number, *watch_, loop_, how.queue);
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
  crew_type* crew() { return crew_.get(); }
  family_watch<T, batches_type>* watch() { return watch_.get(); }

  // Runs until nothing is left to do in either table: what one run brings about may be the other's.
  void begin(remote& api) {
    if (crew_ && !world_.dead) crew_->insert_first(how_.batches);
    if (!world_.dead) begin_runs(api, true, crew_ != nullptr);
  }
  // Another process takes its place, and it does not know.
  void supersede() { superseded_ = true; }
  bool superseded() const { return superseded_; }
  standing resume() {
    frozen_ = false;
    for (;;) {
      try {
        loop_.wait(wait_for_long());
        return standing::hung;
      } catch (halt const&) {
        if (world_.dead) return standing::died;
        if (ended_) return standing::ended;
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
      if (crew_)
        boost::asio::co_spawn(loop_.get_executor(),
                              queued_batch_errand<T, batches_type>::run(crew_->queue(), crew_->records(), what),
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
  using watch_type = family_watch<T, batches_type>;

  void begin_runs(remote& api, bool files, bool batches) {
    under_way_ = (files ? 1 : 0) + (batches ? 1 : 0);
    moved_ = false;
    sum_.reset();
    steps<Kind> how{api, loop_};
    if (files) begin_run(api, pawl::async_run(queue_, how, how_.run), false);
    if (!batches) return;
    if (pawl::a_lifecycle<batches_type>) crew_->begin_presence();
    begin_run(api, crew_->work(api, how_.run), true);
  }
  void begin_run(remote& api, pawl::task<pawl::summary> run, bool of_batches) {
    boost::asio::co_spawn(loop_.get_executor(), std::move(run),
                          [this, &api, of_batches](std::exception_ptr failure, pawl::summary sum) {
                            if (of_batches && pawl::a_lifecycle<batches_type>) crew_->end_presence();
                            end_run(api, failure, std::move(sum));
                          });
  }
  void end_run(remote& api, std::exception_ptr failure, pawl::summary sum) {
    if (failure && !failure_) failure_ = failure;
    moved_ = moved_ || sum.transitions > 0;
    if (sum_) {
      sum.stopped = sum.stopped || sum_->stopped;
      if (!sum.halted) sum.halted = sum_->halted;
    }
    sum_ = std::move(sum);
    if (--under_way_ > 0) return;
    if (crew_ && moved_ && !failure_ && !sum_->stopped && !sum_->halted && !superseded_ && !world_.dead) {
      onlooker const nobody(crew_->records().vfs);
      bool const files = has_work(store_), batches = has_work(crew_->store());
      if (files || batches) return begin_runs(api, files, batches);
    }
    ended_ = true;
    halt_soon();
  }
  // Whether there is an item that nothing holds back.
  template <class Store> static bool has_work(Store& store) {
    for (auto const& [it, record] : store.items({.limit = 1000}))
      if (pawl::role_of<typename Store::lifecycle>(it.state) == pawl::role::step &&
          (!record || (!record->parked && record->next_at.value_or(pawl::stored_time()) <= store.now())))
        return true;
    return false;
  }

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
  std::unique_ptr<watch_type> watch_;
  watched_store<T> store_;
  std::stop_source stop_{};
  world_loop loop_;
  queue_type queue_;
  pawl::rate_gate gate_;
  std::unique_ptr<crew_type> crew_{};
  int under_way_ = 0;  // runs
  bool moved_ = false, ended_ = false, superseded_ = false;
  bool frozen_ = false;
  std::optional<pawl::summary> sum_{};
  std::exception_ptr failure_{};
};

}  // namespace crash::simulation

#endif
