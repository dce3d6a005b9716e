// Span totals as folded stacks, one path per line: the input of flamegraph.pl, inferno and speedscope.
#ifndef PAWL_REPORT_FOLDED_STACKS_HPP
#define PAWL_REPORT_FOLDED_STACKS_HPP

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <pawl/latency/span_recorder.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// From the outermost name to this one.
inline std::vector<span_id> stack_of(span_recorder const& recorder, span_id id) {
  std::vector<span_id> stack;
  for (; id != no_span; id = recorder.parent_of(id)) stack.push_back(id);
  std::reverse(stack.begin(), stack.end());
  return stack;
}

// One line without `;`, which separates frames; never empty.
inline std::string folded_frame(std::string_view name) {
  auto frame = name.empty() ? std::string{"(unnamed)"} : escaped(name);
  for (auto at = frame.find(';'); at != std::string::npos; at = frame.find(';', at)) frame.replace(at, 1, "\\x3b");
  return frame;
}

}  // namespace detail

// `file;db_write;queue 81250` for each path with self time: the self time in whole nanoseconds, exact even if spans
// were dropped. `root` is put before each path, to tell several recorders in one file apart:
// ```
// pawl::write_file("import.folded", pawl::folded_stacks(spans));
// ```
// and then `flamegraph.pl --countname=ns import.folded > import.svg`.
inline std::string folded_stacks(span_recorder const& recorder, std::string_view root = {}) {
  std::string text;
  for (auto const& path : recorder.paths()) {
    if (path.self.count() == 0) continue;
    std::string stack = root.empty() ? "" : detail::folded_frame(root);
    for (auto const id : detail::stack_of(recorder, path.id))
      stack.append(stack.empty() ? "" : ";").append(detail::folded_frame(recorder.name_of(id)));
    text += fmt::format("{} {}\n", stack, path.self.count());
  }
  return text;
}

}  // namespace pawl::inline PAWL_ABI

#endif
