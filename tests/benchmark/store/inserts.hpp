// Inserts into pawl's own table: a commit each, grouped by coroutines of the loop, and asked for by other threads.
#ifndef PAWL_TESTS_BENCHMARK_STORE_INSERTS_HPP
#define PAWL_TESTS_BENCHMARK_STORE_INSERTS_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "benchmark/measuring.hpp"
#include "benchmark/v11.hpp"

namespace v11 {

// All files' paths are inserted into an empty table, again and again.
class inserting {
 public:
  inserting(std::string const& path, pawl::sqlite::durability durable) : database_(path, {.durable = durable}) {}

  void one_by_one() {
    for (auto const& file : sources()) store_.insert_if_absent(file.path);
  }
  void grouped(std::size_t in_flight) {
    std::size_t next = 0, ended = 0;
    auto const inserter = [&]() -> pawl::task<void> {
      while (next < sources().size()) {
        auto const& path = sources()[next++].path;
        co_await queue_.insert_if_absent(path);
      }
      is_done_ = ++ended == in_flight;
    };
    is_done_ = false;
    for (std::size_t i = 0; i < in_flight; ++i)
      boost::asio::co_spawn(loop_.get_executor(), inserter(), boost::asio::detached);
    loop_.run_until(is_done_);
  }
  void from_threads(std::size_t count) {
    std::atomic<std::size_t> next{0}, ended{0};
    is_done_ = false;
    auto const elsewhere = loop_.elsewhere();
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i)
      threads.emplace_back([&] {
        for (std::size_t mine = next++; mine < sources().size(); mine = next++)
          queue_.insert_if_absent(sources()[mine].path, pawl::blocking);
        if (++ended == count) boost::asio::post(loop_.get_executor(), [this] { is_done_ = true; });
      });
    loop_.run_until(is_done_);
  }

  // Inserts a second.
  template <class Pass> double rate(measuring::effort how_much, Pass pass) {
    double spent = 0, passes = 0;
    do {
      execute(database_.handle(), "DELETE FROM file_lifecycle");
      measuring::stopwatch const watch;
      pass();
      spent += watch.seconds();
      ++passes;
      if (count(database_.handle(), "SELECT count(*) FROM file_lifecycle") !=
          static_cast<std::int64_t>(sources().size()))
        throw std::runtime_error("not every file was inserted: this contestant did not do the work");
    } while (spent < (how_much.small ? 0 : 0.15));
    return static_cast<double>(sources().size()) * passes / spent;
  }

 private:
  pawl::sqlite::database database_;
  own::store store_{database_};
  pawl::loop<> loop_{};
  pawl::commit_queue<own::store, pawl::loop<>> queue_{loop_, store_};
  bool is_done_ = false;  // of the loop's thread
};

}  // namespace v11

#endif
