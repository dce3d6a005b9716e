// The pauses between attempts to take a lock that another process holds.
#ifndef PAWL_SYSTEM_LOCK_WAIT_HPP
#define PAWL_SYSTEM_LOCK_WAIT_HPP

#include <chrono>
#include <cstdint>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The release of such a lock cannot be waited for, only polled. The pauses grow, so that many waiters do not keep the
// machine busy, and are random, so that they do not come in step; they stay short, because a writer holds a database
// for a commit or two. Used by SQLite's busy handler, which sleeps, and by the commit queue, whose loop goes on.
struct lock_wait {
  static constexpr std::chrono::nanoseconds least = std::chrono::microseconds(100);
  static constexpr std::chrono::nanoseconds first = std::chrono::microseconds(200);
  static constexpr int doublings = 6;

  // Upper bound of the pause that follows n others: least + first * 2^min(n, doublings), at most 12.9 ms.
  static constexpr std::chrono::nanoseconds bound(int n) {
    return least + first * (std::int64_t{1} << (n < doublings ? n : doublings));
  }
  // The pause that follows n others, in [least, bound(n)]. `random`: uniform over at least 32 bits.
  static constexpr std::chrono::nanoseconds after(int n, std::uint64_t random) {
    auto const range = static_cast<std::uint64_t>((bound(n) - least).count()) + 1;
    return least + std::chrono::nanoseconds(static_cast<std::int64_t>(random % range));
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
