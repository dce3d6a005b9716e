// A filled table, and items that go through their transitions in it.
#ifndef PAWL_TESTS_BENCHMARK_SCALE_TRAFFIC_HPP
#define PAWL_TESTS_BENCHMARK_SCALE_TRAFFIC_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>

#include "benchmark/measuring.hpp"
#include "tables.hpp"

namespace scale {

constexpr std::size_t in_flight = 50;
constexpr std::size_t transitions = 3;        // of an item in a run
constexpr std::size_t cycle_transitions = 4;  // and with the reset that takes it back to where it began

// What a document search would answer.
inline std::string id_of(std::string const& path) { return "files/mock_" + path; }
inline std::string uri_of(std::string const& path) { return "uri://mock_" + path; }
inline std::string document_of(std::string const& path) { return "doc_" + path; }

// Steps without a remote.
struct steps {
  start_upload operator()(file<untracked>) { return {}; }
  pawl::task<pawl::one_of<complete_upload>> operator()(file<uploading> f, pawl::keyed&) {
    co_return complete_upload{id_of(f.key), uri_of(f.key)};
  }
  pawl::task<pawl::one_of<complete_processing>> operator()(file<processing> f, pawl::safe&) {
    co_return complete_processing{document_of(f.key)};
  }
};

// Where an item is found: its row, and the version that it has by now.
struct place {
  std::size_t number;
  std::int64_t version;
};

template <class Table> class traffic {
  using store_type = typename Table::store;

 public:
  // `file` is this one's own: it is made anew.
  traffic(std::string file, std::size_t rows) : file_(std::move(file)), rows_(rows) {}
  ~traffic() { remove(); }
  traffic(traffic const&) = delete;
  traffic& operator=(traffic const&) = delete;

  // A fresh database with fresh rows. The seconds that the rows took.
  double fill() {
    remove();
    open(pawl::sqlite::options{}.checkpoint_frames);
    Table::make(*db_);
    measuring::stopwatch const watch;
    Table::fill(*db_, rows_);
    auto const took = watch.seconds();
    settle();
    return took;
  }

  // Opens it anew, with a write-ahead log of so many pages.
  void open(int log_pages) {
    db_.reset();
    db_.emplace(file_, pawl::sqlite::options{.durable = pawl::sqlite::durability::process_crash,
                                             .checkpoint_frames = log_pages});
  }

  // Takes so many items from untracked to indexed and back, each where `next()` says, and the clock runs on over all of
  // it. Transitions a second.
  template <class Next> double cycle(std::size_t items, Next next) {
    store_type store{*db_};
    pawl::loop<> loop;
    pawl::commit_queue queue{loop, store};
    movement<Next> m{items, std::move(next)};
    settle();
    measuring::stopwatch const watch;
    loop.wait(move_all(loop, queue, m));
    return static_cast<double>(cycle_transitions * items) / watch.seconds();
  }
  // A run over all rows. Transitions a second.
  double run() {
    store_type store{*db_};
    pawl::loop<> loop;
    pawl::commit_queue queue{loop, store};
    settle();
    measuring::stopwatch const watch;
    auto const sum = pawl::run(queue, steps{}, {.concurrency = in_flight});
    auto const took = watch.seconds();
    if (sum.finished != rows_) throw std::runtime_error("scale: an item of a run has not arrived");
    return static_cast<double>(transitions * rows_) / took;
  }

  // Closes it. Megabytes of the file.
  double close() {
    db_.reset();
    return static_cast<double>(std::filesystem::file_size(file_)) / 1e6;
  }

 private:
  template <class Next> struct movement {
    std::size_t left;
    Next next;
    std::size_t busy = 0;
    std::exception_ptr failure{};
  };

  template <class Loop, class Queue, class Movement>
  static pawl::task<void> move_all(Loop& loop, Queue& queue, Movement& m) {
    for (m.busy = 0; m.busy < in_flight; ++m.busy)
      boost::asio::co_spawn(loop.get_executor(), move_some(queue, m), [&m](std::exception_ptr failure) {
        --m.busy;
        if (failure) m.failure = failure;
      });
    while (m.busy > 0) co_await loop.sleep({});
    if (m.failure) std::rethrow_exception(m.failure);
  }
  template <class Queue, class Movement> static pawl::task<void> move_some(Queue& queue, Movement& m) {
    for (; m.left > 0 && !m.failure;) {
      --m.left;
      place const at = m.next();
      file<untracked> const it{path_of(at.number), at.version, static_cast<std::int64_t>(at.number) + 1};
      auto uploading_it = co_await queue.template fire<start_upload>(it);
      insist(uploading_it);
      auto processing_it = co_await queue.template fire<complete_upload>(*uploading_it, id_of(it.key), uri_of(it.key));
      insist(processing_it);
      auto indexed_it = co_await queue.template fire<complete_processing>(*processing_it, document_of(it.key));
      insist(indexed_it);
      auto untracked_it = co_await queue.template fire<reset>(*indexed_it);
      insist(untracked_it);
    }
  }
  template <class Answer> static void insist(Answer const& moved) {
    if (!moved) throw std::runtime_error("scale: a transition met a conflict");
  }

  // What was written before is on the disk before the clock starts.
  void settle() const {
    int const folder = ::open(std::filesystem::path(file_).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || ::syncfs(folder) != 0) throw std::runtime_error("scale: cannot sync the folder of " + file_);
    ::close(folder);
  }
  void remove() {
    db_.reset();
    for (auto const* part : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + part);
  }

  std::string file_;
  std::size_t rows_;
  std::optional<pawl::sqlite::database> db_{};
};

}  // namespace scale

#endif
