// Shows the progress of a run on stderr: shared by the examples that run for a while.
#ifndef EXAMPLES_RUN_WATCHER_HPP
#define EXAMPLES_RUN_WATCHER_HPP

#include <fmt/format.h>

#include <pawl/pawl.hpp>

#include "progress_line.hpp"

// An observer of the run. Silent where stderr is no terminal.
class run_watcher {
 public:
  void on_progress(pawl::run_progress const& p) {
    if (!shows_) return;
    auto const all = p.arrived + p.remaining;
    auto words = progress_line::text(p.arrived, all, p.per_second, p.eta);
    if (p.retrying > 0) words += fmt::format("  {} to be retried", p.retrying);
    if (p.parked > 0) words += fmt::format("  {} parked", p.parked);
    line_.draw(p.arrived, all, words);
  }
  void clear() { line_.clear(); }

 private:
  bool shows_ = progress_line::fits_stderr();
  progress_line line_;
};

#endif
