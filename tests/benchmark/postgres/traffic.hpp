// Files on their way through a queue, so many at a time.
#ifndef PAWL_TESTS_BENCHMARK_POSTGRES_TRAFFIC_HPP
#define PAWL_TESTS_BENCHMARK_POSTGRES_TRAFFIC_HPP

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>

#include <pawl/loop/task.hpp>

#include "tables.hpp"

namespace server_benchmark {

// Takes files in hand, as a run takes them from pages of the store, and moves them by events.
template <class Table> class traffic {
 public:
  explicit traffic(setting<Table>& on) : on_(on) {}

  void prepare() {
    items_.clear();
    typename Table::store::page_mark mark{};
    for (bool last = false; !last;) {
      auto page = on_.loop.wait(on_.store.runnable(untracked, std::move(mark), 10'000));
      for (auto& known : page.items) items_.push_back(std::move(known.item));
      mark = std::move(page.next);
      last = page.is_last;
    }
    sources(items_.size());
  }
  std::size_t files() const { return items_.size(); }

  // From untracked to indexed: three transitions for each file.
  void index(std::size_t in_flight) {
    all_at_once(in_flight, [this] { return index_files(); });
  }
  // Back to untracked: one transition for each.
  void put_back(std::size_t in_flight) {
    all_at_once(in_flight, [this] { return reset_files(); });
  }

 private:
  template <class Work> void all_at_once(std::size_t in_flight, Work work) {
    next_ = 0;
    std::size_t running = in_flight;
    bool finished = false;
    std::exception_ptr failure;
    for (std::size_t i = 0; i < in_flight; ++i)
      boost::asio::co_spawn(on_.loop.get_executor(), work(), [&](std::exception_ptr failed) {
        if (failed && !failure) failure = failed;
        finished = --running == 0;
      });
    on_.loop.run_until(finished);
    if (failure) std::rethrow_exception(failure);
  }

  pawl::task<void> index_files() {
    while (next_ < items_.size()) {
      std::size_t const number = next_++;
      auto const& file = sources(items_.size())[number];
      auto const fresh = *items_[number].template as<untracked>();
      auto const started = co_await on_.queue.template fire<start_upload>(fresh);
      if (!started) throw std::runtime_error(fresh.key + ": a conflict");
      auto const uploaded = co_await on_.queue.template fire<complete_upload>(*started, file.id, file.uri);
      if (!uploaded) throw std::runtime_error(fresh.key + ": a conflict");
      auto const done = co_await on_.queue.template fire<complete_processing>(*uploaded, file.document);
      if (!done) throw std::runtime_error(fresh.key + ": a conflict");
      items_[number] = *done;
    }
  }
  pawl::task<void> reset_files() {
    while (next_ < items_.size()) {
      std::size_t const number = next_++;
      auto const done = *items_[number].template as<indexed>();
      auto const fresh = co_await on_.queue.template fire<batch_benchmark::reset>(done);
      if (!fresh) throw std::runtime_error(done.key + ": a conflict");
      items_[number] = *fresh;
    }
  }

  setting<Table>& on_;
  std::vector<any_file> items_{};
  std::size_t next_ = 0;
};

}  // namespace server_benchmark

#endif
