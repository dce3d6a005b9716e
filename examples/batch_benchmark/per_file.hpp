// The original's design, for comparison: one connection per file, blocking calls on threads, one commit per transition.
#ifndef BATCH_BENCHMARK_PER_FILE_HPP
#define BATCH_BENCHMARK_PER_FILE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include <pawl/pawl.hpp>
#include <pawl/report/escape.hpp>

#include "engine.hpp"
#include "failure.hpp"
#include "lifecycle.hpp"
#include "measurements.hpp"
#include "search_api.hpp"

namespace batch_benchmark {

// At most `concurrency` files at once, each with its thread for what blocks. It ends when all files are done, when a
// stop is requested (then what is in flight ends after its step), or at the first error, which run() throws.
//
// A Connection is made of (place, loop, on_span) and writes: `write(item, event, transition_times&, batch_times&)` fills
// in all but `asked`. Each call may be on another thread, one at a time.
template <class Loop, class Api, class Connection, class Place> class per_file_run {
 public:
  per_file_run(Loop& loop, Api& api, Place const& at, run_request const& request, measurements& to,
               pawl::stop_token stop)
      : loop_(loop),
        api_(api),
        at_(at),
        request_(request),
        to_(to),
        stop_(std::move(stop)),
        running_((std::min)(request.files.size(), request.what.concurrency)),
        threads_(running_) {}
  per_file_run(per_file_run const&) = delete;
  per_file_run& operator=(per_file_run const&) = delete;

  pawl::task<void> run() {
    auto const slots = running_;
    for (std::size_t slot = 0; slot < slots; ++slot)
      boost::asio::co_spawn(loop_.get_executor(), work_off(slot), [this](std::exception_ptr failed) {
        if (failed && !failure_) failure_ = failed;
        if (--running_ == 0 && on_end_) std::exchange(on_end_, nullptr)();
      });
    if (running_ > 0)
      co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const&, void()>(
          [this](auto handler) {
            auto held = std::make_shared<decltype(handler)>(std::move(handler));
            on_end_ = [this, held] { boost::asio::post(loop_.get_executor(), std::move(*held)); };
          },
          pawl::await);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  using machine = pawl::machine<file_lifecycle>;

  bool closed() const { return failure_ || stop_.stop_requested(); }

  pawl::task<void> work_off(std::size_t slot) {
    while (!closed() && next_ < request_.files.size()) {
      auto cycle = one_file(slot, next_++);
      co_await std::move(cycle);
    }
  }

  pawl::task<void> one_file(std::size_t slot, std::size_t number) {
    std::vector<std::pair<char const*, std::chrono::nanoseconds>> database_spans;
    std::unique_ptr<Connection> db;
    auto const on_span = [&database_spans](char const* what, std::chrono::nanoseconds duration) {
      database_spans.emplace_back(what, duration);
    };
    auto const open = [&] { db = std::make_unique<Connection>(at_, loop_, on_span); };
    co_await blocking(open);
    std::exception_ptr failed;
    try {
      co_await cycle(slot, *db, request_.files[number].path);
    } catch (...) {
      failed = std::current_exception();
    }
    auto const close = [&] { db.reset(); };
    co_await blocking(close);
    for (auto const& [what, duration] : database_spans) to_.spans().add_of_database(what, loop_.now(), duration);
    if (failed) std::rethrow_exception(failed);
  }

  pawl::task<void> cycle(std::size_t slot, Connection& db, std::string path) {
    any_file at(path, 0, untracked);
    to_.on_take(slot, at, loop_.now());
    auto const start = loop_.now();
    auto fsm = *machine::hydrate(at.state);
    to_.on_phase(slot, pawl::phase::hydrate, start, loop_.now() - start);

    file<untracked> fresh(path, 0);
    start_upload begun;
    auto const uploading_file = co_await persist(slot, db, fsm, std::move(fresh), std::move(begun));
    at = uploading_file;
    if (!closed()) {
      auto upload = co_await pawl::ask(api_.upload_file(path, path));
      if (!upload && closed()) co_return to_.on_leave(slot, at, loop_.now());
      complete_upload there{value_of(upload, path).name, value_of(upload, path).uri};
      auto const id = there.file_id;
      auto const processing_file = co_await persist(slot, db, fsm, uploading_file, std::move(there));
      at = processing_file;
      if (!closed()) {
        auto imported = co_await pawl::ask(api_.import_to_store(id, "{}"));
        if (!imported && closed()) co_return to_.on_leave(slot, at, loop_.now());
        complete_processing done{value_of(imported, path).document_name};
        at = co_await persist(slot, db, fsm, processing_file, std::move(done));
      }
    }
    to_.on_leave(slot, at, loop_.now());
  }

  template <class T> static T const& value_of(pawl::outcome<T> const& answer, std::string const& path) {
    if (!answer)
      throw failure(exit_code::fatal,
                    fmt::format("{}: {}", pawl::escaped(path), pawl::escaped(answer.why().describe())));
    return *answer;
  }

  // Fires the event in the machine, then writes it.
  template <auto S, class Event>
  pawl::task<file<pawl::next_state<file_lifecycle, S, Event>>> persist(std::size_t slot, Connection& db, machine& fsm,
                                                                       file<S> from, Event event) {
    auto const start = loop_.now();
    if (!fsm.fire(event))
      throw failure(exit_code::fatal,
                    fmt::format("{}: the machine refused {}", pawl::escaped(from.key), pawl::event_name<Event>()));
    pawl::transition_times times;
    times.key = from.key;
    times.slot = slot;
    times.row = pawl::row_index<file_lifecycle, S, Event>;
    times.asked = loop_.now();
    to_.on_phase(slot, pawl::phase::dispatch, start, times.asked - start);
    pawl::batch_times batch;
    auto const write = [&] { db.write(from, event, times, batch); };
    co_await blocking(write);
    to_.on_transition(times);
    to_.on_batch(batch);
    if (!times.moved)
      throw failure(exit_code::fatal,
                    fmt::format("{}: a conflict at {}", pawl::escaped(from.key), pawl::event_name<Event>()));
    co_return file<pawl::next_state<file_lifecycle, S, Event>>(from.key, from.version + 1);
  }

  // Runs f on a thread, while the loop goes on, but does not jump. What f throws is thrown here.
  template <class F> pawl::task<void> blocking(F const& f) {
    auto const not_idle = loop_.elsewhere();
    std::exception_ptr failed;
    co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<> const&, void()>(
        [&](auto handler) {
          boost::asio::post(threads_, [&f, &failed, h = std::move(handler)]() mutable {
            try {
              f();
            } catch (...) {
              failed = std::current_exception();
            }
            auto const home = boost::asio::get_associated_executor(h);
            boost::asio::post(home, std::move(h));
          });
        },
        pawl::await);
    if (failed) std::rethrow_exception(failed);
  }

  Loop& loop_;
  Api& api_;
  Place const& at_;
  run_request const& request_;
  measurements& to_;
  pawl::stop_token stop_;
  std::size_t next_ = 0;
  std::size_t running_;
  std::exception_ptr failure_;
  std::function<void()> on_end_;
  boost::asio::thread_pool threads_;
};

}  // namespace batch_benchmark

#endif
