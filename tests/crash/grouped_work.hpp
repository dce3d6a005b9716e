// The same workload through pawl's queue: waiters on a real loop whose transitions share commits.
#ifndef PAWL_TESTS_CRASH_GROUPED_WORK_HPP
#define PAWL_TESTS_CRASH_GROUPED_WORK_HPP

#include <cstddef>
#include <exception>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/sqlite/store.hpp>

#include "crash/workload.hpp"

namespace crash {

// Moves files on, so many at a time; each is told to the history when its own waiter resumes.
template <class T> class grouped_work {
 public:
  grouped_work(workplace<T>& place, history& told) : store_(place.db), told_(told) {}

  // Returns when every file has come to the end, or has met a failure.
  void run(std::vector<any_file> files, std::size_t at_once) {
    files_ = std::move(files);
    for (std::size_t i = 0; i < at_once; ++i) {
      ++busy_;
      boost::asio::co_spawn(loop_.get_executor(), move_files(), boost::asio::detached);
    }
    loop_.wait(wait_for_all());
  }

 private:
  using loop_type = pawl::loop<pawl::virtual_clock>;

  pawl::task<void> move_files() {
    while (next_ < files_.size()) {
      any_file now = files_[next_++];
      bool moved = true;
      while (moved && now.state != indexed) {
        if (now.state == untracked)
          moved = co_await move<untracked>(now);
        else if (now.state == uploading)
          moved = co_await move<uploading>(now);
        else
          moved = co_await move<processing>(now);
      }
    }
    --busy_;
  }
  template <auto S> pawl::task<bool> move(any_file& now) {
    any_file const before = now;
    auto from = *now.as<S>();
    auto event = event_from<S>(now.key);
    told_.attempted(before, next_of<S>);
    try {
      auto moved = co_await queue_.apply(std::move(from), std::move(event));
      moved ? told_.acknowledged(before, next_of<S>) : told_.refused(before, next_of<S>);
      if (moved) now = any_file(*moved);
      co_return static_cast<bool>(moved);
    } catch (pawl::store_error const& e) {
      e.what_failed() == pawl::store_failure::unknown ? told_.unknown(before, next_of<S>)
                                                      : told_.refused(before, next_of<S>);
    }
    co_return false;
  }
  pawl::task<void> wait_for_all() {
    while (busy_ > 0) co_await loop_.sleep(std::chrono::nanoseconds(0));
  }

  loop_type loop_{};
  pawl::sqlite::store<T> store_;
  pawl::commit_queue<pawl::sqlite::store<T>, loop_type> queue_{loop_, store_};
  history& told_;
  std::vector<any_file> files_{};
  std::size_t next_ = 0, busy_ = 0;
};

}  // namespace crash

#endif
