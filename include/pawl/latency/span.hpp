// Spans, named intervals of wall-clock time: their data, the concept of a recorder, and a guard that records a scope.
#ifndef PAWL_LATENCY_SPAN_HPP
#define PAWL_LATENCY_SPAN_HPP

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/latency/snapshot.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A name under its parent, as a recorder gave it. It means nothing to another recorder.
enum class span_id : std::uint32_t {};

// The parent of a top-level span, and the id of a recorder that records nothing.
inline constexpr span_id no_span{(std::numeric_limits<std::uint32_t>::max)()};

// One span as it happened. `start` is relative to the epoch of the program's clock. `slot` is a lane in a trace, one
// for each item in flight: spans in one slot nest or follow each other, spans in two slots may overlap.
struct span_event {
  std::chrono::nanoseconds start{};
  std::chrono::nanoseconds duration{};
  span_id id = no_span;
  std::uint32_t slot = 0;
};

// All spans of one name. `self` is `total` without the time of the spans inside; if they ran concurrently and add up to
// more than the enclosing span, it is 0. A span inside another of the same name counts in calls, self, max and mean,
// but not again in `total`.
struct span_totals {
  std::string name{};
  std::uint64_t calls = 0;
  std::chrono::nanoseconds total{};
  std::chrono::nanoseconds self{};
  std::chrono::nanoseconds max{};
  fractional_nanoseconds mean{};
};

// The spans of one name under one parent: a node in the tree of names, as flame graphs show it. `self` is `total`
// without the time of the spans inside, and 0 if they add up to more.
struct span_path {
  span_id id = no_span;
  span_id parent = no_span;
  std::uint64_t calls = 0;
  std::chrono::nanoseconds total{};
  std::chrono::nanoseconds self{};
};

// What measured code needs of a recorder: name() registers a name, once and early; add() records a span that has ended,
// is cheap and cannot fail. If `enabled` is false the caller need not read a clock.
template <class Recorder>
concept a_span_recorder = requires(Recorder& recorder, std::string_view name, span_id id,
                                   std::chrono::nanoseconds time) {
  { Recorder::enabled } -> std::convertible_to<bool>;
  { recorder.name(name) } -> std::same_as<span_id>;
  { recorder.name(name, id) } -> std::same_as<span_id>;
  { recorder.add(id, time, time) }
  noexcept;
  { recorder.add(id, time, time, std::uint32_t{}) }
  noexcept;
};

// A recorder that discards everything.
class null_recorder {
 public:
  static constexpr bool enabled = false;

  constexpr span_id name(std::string_view, span_id = no_span) noexcept { return no_span; }
  constexpr void add(span_id, std::chrono::nanoseconds, std::chrono::nanoseconds, std::uint32_t = 0) noexcept {}
  constexpr void merge(null_recorder const&) noexcept {}
  std::vector<span_totals> top(std::size_t = 0) const { return {}; }
  std::vector<span_path> paths() const { return {}; }
  std::vector<span_event> events() const { return {}; }
  constexpr std::uint64_t dropped() const noexcept { return 0; }
  constexpr std::string_view name_of(span_id) const noexcept { return {}; }
  constexpr span_id parent_of(span_id) const noexcept { return no_span; }
};
static_assert(a_span_recorder<null_recorder>);

// The time since the epoch of the steady clock.
struct steady_now {
  std::chrono::nanoseconds operator()() const noexcept { return std::chrono::steady_clock::now().time_since_epoch(); }
};

// Records the time from its construction to its destruction; in a coroutine that is wall-clock time, awaiting
// included. `Now` answers nanoseconds and must not throw. With a recorder that is not enabled the clock is never read.
// The recorder has to outlive the span.
template <class Recorder, class Now = steady_now>
class [[nodiscard("a span ends where its variable does: give it a name")]] scoped_span {
  static_assert(a_span_recorder<Recorder>, "pawl: a scoped_span needs a recorder with enabled, name and add");

 public:
  scoped_span(Recorder & recorder, span_id id, std::uint32_t slot = 0, Now now = {})
      : recorder_{recorder}, now_{now}, id_{id}, slot_{slot} {
    if constexpr (Recorder::enabled) start_ = now_();
  }
  ~scoped_span() {
    if constexpr (Recorder::enabled) recorder_.add(id_, start_, now_() - start_, slot_);
  }
  scoped_span(scoped_span const&) = delete;
  scoped_span& operator=(scoped_span const&) = delete;

 private:
  Recorder& recorder_;
  [[no_unique_address]] Now now_;
  span_id id_;
  std::uint32_t slot_;
  std::chrono::nanoseconds start_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
