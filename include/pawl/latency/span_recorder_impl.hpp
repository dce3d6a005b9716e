// Implements span_recorder.hpp.
#ifndef PAWL_LATENCY_SPAN_RECORDER_IMPL_HPP
#define PAWL_LATENCY_SPAN_RECORDER_IMPL_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <pawl/latency/order.hpp>
#include <pawl/latency/snapshot.hpp>
#include <pawl/latency/span.hpp>
#include <pawl/latency/span_recorder.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

PAWL_INLINE void span_recorder::merge(span_recorder const& other) {
  auto const sums_there = other.sums_;  // copies: other may be this one
  auto const events_there = other.events();
  auto const dropped_there = other.dropped();
  std::vector<span_id> here;  // a parent always comes before its children
  here.reserve(sums_there.size());
  for (std::size_t i = 0; i < sums_there.size(); ++i) {
    auto const [text, parent] = other.names_[i];
    here.push_back(name(text, parent == no_span ? no_span : here[to_index(parent)]));
  }
  for (std::size_t i = 0; i < sums_there.size(); ++i) {
    auto& sum = sums_[to_index(here[i])];
    sum.calls += sums_there[i].calls;
    sum.time += sums_there[i].time;
    sum.max = detail::greater(sum.max, sums_there[i].max);
  }
  for (auto event : events_there) {
    event.id = here[to_index(event.id)];
    keep({event.start, event.id, event.slot, event.duration});
  }
  dropped_elsewhere_ += dropped_there;
}

PAWL_INLINE std::vector<span_totals> span_recorder::top(std::size_t limit) const {
  std::vector<span_totals> result;
  auto const row_of = [&result](std::string_view text) -> span_totals& {
    for (auto& row : result)
      if (row.name == text) return row;
    result.emplace_back().name = text;
    return result.back();
  };
  auto const inside = time_inside();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (sums_[i].calls == 0) continue;
    auto const time = detail::as_nanoseconds(sums_[i].time);
    auto& row = row_of(names_[i].text);
    row.calls += sums_[i].calls;
    row.mean += time;
    row.max = detail::greater(row.max, detail::as_nanoseconds(sums_[i].max));
    row.self += detail::as_nanoseconds(self_time(sums_[i].time, inside[i]));
    if (!inside_its_own_name(i)) row.total += time;
  }
  for (auto& row : result) row.mean /= static_cast<double>(row.calls);
  detail::sort(result.data(), result.size(), [](span_totals const& a, span_totals const& b) {
    return a.total != b.total ? a.total > b.total : a.name < b.name;
  });
  result.resize(detail::lesser(limit, result.size()));
  return result;
}

PAWL_INLINE std::vector<span_path> span_recorder::paths() const {
  std::vector<span_path> result;
  result.reserve(names_.size());
  auto const inside = time_inside();
  for (std::size_t i = 0; i < names_.size(); ++i)
    result.push_back({to_id(i), names_[i].parent, sums_[i].calls, detail::as_nanoseconds(sums_[i].time),
                      detail::as_nanoseconds(self_time(sums_[i].time, inside[i]))});
  return result;
}

PAWL_INLINE std::vector<std::uint64_t> span_recorder::time_inside() const {
  std::vector<std::uint64_t> inside(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (names_[i].parent != no_span) inside[to_index(names_[i].parent)] += sums_[i].time;
  return inside;
}

PAWL_INLINE std::vector<span_event> span_recorder::events() const {
  std::vector<span_event> result;
  result.reserve(kept());
  std::size_t const oldest = added_ > ring_.size() ? next_ : 0;
  for (std::size_t i = 0; i < kept(); ++i) result.push_back(ring_[(oldest + i) % ring_.size()]);
  return result;
}

}  // namespace pawl::inline PAWL_ABI

#endif
