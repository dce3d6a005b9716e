// Shows a run: one line that is redrawn on a terminal, else a line from time to time, as a journal wants it.
#ifndef WEBHOOKS_DELIVERY_WATCHER_HPP
#define WEBHOOKS_DELIVERY_WATCHER_HPP

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <pawl/pawl.hpp>
#include <pawl/report.hpp>

#include "../progress_line.hpp"

namespace webhooks {

// An observer of the run. All of it goes to stderr.
class delivery_watcher {
 public:
  void on_progress(pawl::run_progress const& p) {
    auto const all = p.arrived + p.remaining;
    auto words = progress_line::text(p.arrived, all, p.per_second, p.eta, "webhooks");
    if (p.retrying > 0) words += fmt::format("  {} to be retried", p.retrying);
    if (p.parked > 0) words += fmt::format("  {} parked", p.parked);
    if (is_terminal_)
      line_.draw(p.arrived, all, words);
    else if (p.elapsed >= next_line_ && p.arrived + p.retrying != told_)
      say(p, words);
  }
  // A host is named when it closes its gate for the first, second, fourth, eighth... time.
  void on_gate(pawl::closed_gate const& gate) {
    if ((gate.closings & (gate.closings - 1)) != 0) return;
    line_.clear();
    fmt::print(stderr, "webhooks: {} is given a pause, {} times so far\n", pawl::escaped(gate.name), gate.closings);
  }
  void on_warning(std::string_view words) {
    line_.clear();
    fmt::print(stderr, "webhooks: {}\n", words);
  }
  void clear() { line_.clear(); }

 private:
  void say(pawl::run_progress const& p, std::string const& words) {
    fmt::print(stderr, "webhooks: {}\n", words);
    next_line_ = p.elapsed + std::chrono::seconds(10);
    told_ = p.arrived + p.retrying;
  }

  bool is_terminal_ = progress_line::fits_stderr();
  progress_line line_{};
  std::chrono::nanoseconds next_line_ = std::chrono::seconds(10);
  std::size_t told_ = 0;
};

}  // namespace webhooks

#endif
