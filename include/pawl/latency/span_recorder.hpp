// Adds up spans by name, and keeps the latest of them one by one: a profile by wall-clock time.
#ifndef PAWL_LATENCY_SPAN_RECORDER_HPP
#define PAWL_LATENCY_SPAN_RECORDER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/latency/order.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/latency/span.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct span_options {
  // How many events are kept one by one, at 24 bytes each. 0 keeps the totals alone.
  std::size_t capacity = 65536;
};

// Keeps exact totals of every span, and the latest `capacity` of them one by one: like a flight recorder it overwrites
// the oldest, because a failed run is explained by its end.
//
// Names form a tree: a span's parent is the span around it, given when the name is registered. A call stack could not
// tell with coroutines, where spans of many items are open at the same time.
// ```
// pawl::span_recorder spans;
// auto const write = spans.name("db_write");
// auto const commit = spans.name("commit", write);
// spans.add(commit, started, ended - started, slot);
// ```
// One thread at a time; with more, give each its own recorder and merge them. Sums are exact up to 292 years.
class span_recorder {
 public:
  static constexpr bool enabled = true;

  explicit span_recorder(span_options options = {}) : ring_(options.capacity) {}

  // The id of this name inside `parent`, always the same for the same pair. The name is copied. A parent id that this
  // recorder never returned counts as no parent. Linear in the number of names.
  span_id name(std::string_view text, span_id parent = no_span) {
    if (to_index(parent) >= names_.size()) parent = no_span;
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (names_[i].parent == parent && names_[i].text == text) return to_id(i);
    sums_.reserve(names_.size() + 1);
    names_.push_back({std::string{text}, parent});
    sums_.emplace_back();
    return to_id(names_.size() - 1);
  }

  // Records a span that has ended. A negative duration counts as 0. An id that this recorder never returned is ignored.
  void add(span_id id, std::chrono::nanoseconds start, std::chrono::nanoseconds duration,
           std::uint32_t slot = 0) noexcept {
    if (to_index(id) >= sums_.size()) [[unlikely]]
      return;
    if (duration.count() < 0) [[unlikely]]
      return add(id, start, {}, slot);
    auto& sum = sums_[to_index(id)];
    auto const time = static_cast<std::uint64_t>(duration.count());
    ++sum.calls;
    sum.time += time;
    if (time > sum.max) [[unlikely]]
      sum.max = time;
    keep({start, id, slot, duration});
  }

  // Takes over the names, totals and events of another recorder, as if they had been recorded here after what is
  // already here.
  void merge(span_recorder const& other);

  // The `limit` names with the largest total, the largest first; names of one total in alphabetical order. A name with
  // several parents is one row; a name without calls has no row.
  std::vector<span_totals> top(std::size_t limit = (std::numeric_limits<std::size_t>::max)()) const;

  // Every name in its place, in the order of registration: a parent comes before its children.
  std::vector<span_path> paths() const;

  // The events kept, in the order in which they were added.
  std::vector<span_event> events() const;

  // How many events were overwritten, or never kept because the capacity is 0. The totals hold them all the same.
  std::uint64_t dropped() const noexcept { return added_ - kept() + dropped_elsewhere_; }

  // The name behind an id of this recorder, valid until the next name is registered, and the span around it, or
  // no_span. Throw std::out_of_range for an id that this recorder never returned.
  std::string_view name_of(span_id id) const { return names_.at(to_index(id)).text; }
  span_id parent_of(span_id id) const { return names_.at(to_index(id)).parent; }

 private:
  struct node {
    std::string text;
    span_id parent;
  };
  struct sums {
    std::uint64_t calls = 0;
    std::uint64_t time = 0;
    std::uint64_t max = 0;
  };

  // A span_event in another order: where start and duration are neighbours, g++ joins them in a vector register, which
  // the next reading of the clock then waits for (1.4 ns).
  struct kept_event {
    std::chrono::nanoseconds start{};
    span_id id = no_span;
    std::uint32_t slot = 0;
    std::chrono::nanoseconds duration{};

    operator span_event() const noexcept { return {start, duration, id, slot}; }
  };

  static constexpr std::size_t to_index(span_id id) noexcept { return static_cast<std::size_t>(id); }
  static constexpr span_id to_id(std::size_t index) noexcept { return static_cast<span_id>(index); }

  void keep(kept_event const& event) noexcept {
    ++added_;
    if (ring_.empty()) return;
    ring_[next_] = event;
    if (++next_ == ring_.size()) next_ = 0;
  }

  std::uint64_t kept() const noexcept { return detail::lesser(added_, std::uint64_t{ring_.size()}); }

  bool inside_its_own_name(std::size_t index) const {
    for (auto id = names_[index].parent; id != no_span; id = names_[to_index(id)].parent)
      if (names_[to_index(id)].text == names_[index].text) return true;
    return false;
  }

  static constexpr std::uint64_t self_time(std::uint64_t time, std::uint64_t inside) noexcept {
    return time - detail::lesser(time, inside);
  }
  std::vector<std::uint64_t> time_inside() const;

  std::vector<node> names_{};
  std::vector<sums> sums_{};  // beside names_, so that recording touches 24 bytes a name
  std::vector<kept_event> ring_;
  std::size_t next_ = 0;     // where in the ring the next event goes
  std::uint64_t added_ = 0;  // events offered to the ring
  std::uint64_t dropped_elsewhere_ = 0;
};
static_assert(a_span_recorder<span_recorder>);

}  // namespace pawl::inline PAWL_ABI

#ifndef PAWL_COMPILED
#include <pawl/latency/span_recorder_impl.hpp>
#endif

#endif
