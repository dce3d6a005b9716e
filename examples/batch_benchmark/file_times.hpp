// The time that one file took, divided into segments.
#ifndef BATCH_BENCHMARK_FILE_TIMES_HPP
#define BATCH_BENCHMARK_FILE_TIMES_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace batch_benchmark {

// What is collected: once a file, but for `transition`, which is collected once a transition.
enum class segment : std::uint8_t {
  mock_api,
  db_total,
  lock_wait,
  fsm_dispatch,
  fsm_net,
  total_wall,
  fsm_hydrate,
  transition,
  queue,
  update,
  commit,
  mock_upload,
  mock_import
};
inline constexpr std::array<std::string_view, 13> segment_names{
    "mock_api",   "db_total", "lock_wait", "fsm_dispatch", "fsm_net",     "total_wall", "fsm_hydrate",
    "transition", "queue",    "update",    "commit",       "mock_upload", "mock_import"};
inline constexpr std::size_t segment_count = segment_names.size();

// One file's cycle. lock_wait = queue + update, db_total = lock_wait + commit: to the nanosecond.
struct file_times {
  std::string path;
  std::chrono::nanoseconds began{}, total_wall{}, hydrate{}, dispatch{}, queue{}, update{}, commit{}, upload{},
      import{};
  std::chrono::nanoseconds asked_sleep{};  // what the mock was to take, by its profile

  std::chrono::nanoseconds mock_api() const { return upload + import; }
  std::chrono::nanoseconds lock_wait() const { return queue + update; }
  std::chrono::nanoseconds db_total() const { return queue + update + commit; }
  std::chrono::nanoseconds fsm_net() const { return total_wall - mock_api(); }
};

}  // namespace batch_benchmark

#endif
