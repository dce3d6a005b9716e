// The process to be killed: a real run on a real file that reports its attempts and their results to the board.
#ifndef PAWL_TESTS_CRASH_KILL_WORK_HPP
#define PAWL_TESTS_CRASH_KILL_WORK_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/pawl.hpp>

#include "crash/kill_board.hpp"
#include "crash/workload.hpp"

namespace crash {

inline std::size_t number_of(std::string_view key) { return std::stoul(std::string(key.substr(key.rfind(' ')))); }

// Real files, real waiting for other processes, and small logs, so that checkpoints are killed too.
inline pawl::sqlite::options real_options(durability durable) {
  pawl::sqlite::options o;
  o.durable = durable;
  o.checkpoint_frames = 100;
  o.busy_timeout = std::chrono::seconds(60);
  return o;
}

// The remote is the board: it recognises a file by its key, and counts what it cannot.
class board_steps {
 public:
  board_steps(pawl::loop<>& loop, kill_board& board) : loop_(&loop), board_(&board) {}

  start_upload operator()(file<untracked> f) {
    attempt(f);
    return {};
  }
  pawl::task<pawl::one_of<complete_upload, fail_upload>> operator()(file<uploading> f, pawl::keyed& call) {
    co_await loop_->sleep(remote_takes);
    keep(f.key, call.key());
    attempt(f);
    co_return complete_upload{f.key, uri_of(f.key)};
  }
  pawl::task<pawl::one_of<complete_processing, fail_processing>> operator()(file<processing> f, pawl::safe&) {
    co_await loop_->sleep(remote_takes);
    attempt(f);
    co_return complete_processing{document_of(f.key)};
  }

 private:
  static constexpr auto remote_takes = std::chrono::milliseconds(1);

  template <auto S> void attempt(file<S> const& f) {
    ++(*board_)[number_of(f.key)].attempted.at(static_cast<std::size_t>(f.version));
  }
  void keep(std::string const& file, std::string const& key) {
    auto& tally = (*board_)[number_of(file)];
    std::uint64_t const hash = std::hash<std::string>()(key) | 1;
    std::uint64_t known = 0;
    if (!tally.remote_key.compare_exchange_strong(known, hash) && known != hash) ++tally.other_keys;
  }

  pawl::loop<>* loop_;
  kill_board* board_;
};

// Hears of each transition as soon as its COMMIT has answered.
struct board_observer {
  kill_board& board;

  void on_transition(pawl::transition_times const& t) {
    std::size_t const version = pawl::rows<file_lifecycle>[t.row].from;
    auto& tally = board[number_of(t.key)];
    ++(t.moved ? tally.acknowledged : tally.refused).at(version);
  }
};

// Until nothing is left to do. A process that dies again and again is what this is about, so no file is parked for it.
template <class T>
void work_until_killed(std::string const& path, std::string const& board_path, durability durable,
                       pawl::ownership owner) {
  kill_board board(board_path);
  pawl::sqlite::database db(path, real_options(durable));
  pawl::sqlite::store<T> store(db);
  pawl::loop<> loop;
  board_observer observer{board};
  pawl::commit_queue queue{loop, store, observer};
  pawl::run_options options{.concurrency = 50, .owner = owner};
  options.retry.recoveries = 1'000'000;
  auto const sum = pawl::run(queue, board_steps(loop, board), options);
  if (sum.parked + sum.failures + sum.retries != 0) throw std::runtime_error("a step without troubles was in trouble");
}

}  // namespace crash

#endif
