// How many items a run claims at a time, of a store that leases them to many.
#ifndef PAWL_RUNNER_ENGINE_CLAIM_SIZE_HPP
#define PAWL_RUNNER_ENGINE_CLAIM_SIZE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// What one run has claimed no other one does: where steps take long, it claims what it has free slots for. Where items are
// done as fast as they are claimed, a claim for each slot would be the slowest part: then it claims ever more, up to twice
// its concurrency. Real time, whatever the loop's clock: the server and the other runs know no other.
class claim_size {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit claim_size(std::size_t concurrency) : concurrency_((std::max)(concurrency, std::size_t{1})) {}

  void set_concurrency(std::size_t concurrency) { concurrency_ = concurrency; }

  // `in_hand`: items that occupy a slot.
  std::size_t next(std::size_t in_hand, time_point now) {
    std::size_t const free = in_hand < concurrency_ ? concurrency_ - in_hand : 1;
    bool const soon = last_brought_some_ && now - claimed_at_ < at_once;
    size_ = soon ? (std::min)(2 * concurrency_, (std::max)(2 * size_, free)) : free;
    return size_;
  }
  void hear(std::size_t items, time_point now) {
    last_brought_some_ = items > 0;
    if (last_brought_some_) claimed_at_ = now;
  }

 private:
  static constexpr std::chrono::milliseconds at_once{50};

  std::size_t concurrency_;
  std::size_t size_ = 1;
  bool last_brought_some_ = false;
  time_point claimed_at_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
