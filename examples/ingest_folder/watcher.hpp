// One line on stderr that says how far the run is, and is drawn anew.
#ifndef INGEST_FOLDER_PROGRESS_LINE_HPP
#define INGEST_FOLDER_PROGRESS_LINE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <pawl/pawl.hpp>

namespace ingest_folder {

// An observer of the run. Silent where stderr is no terminal.
class progress_line {
 public:
  ~progress_line() { clear(); }

  void on_progress(pawl::run_progress const& p) {
    if (!shows_) return;
    constexpr std::size_t width = 24;
    auto const all = p.arrived + p.remaining;
    auto const filled = all == 0 ? width : width * p.arrived / all;
    auto line = fmt::format("|{}{}| {}/{} files  {:.0f}/s", std::string(filled, '#'), std::string(width - filled, ' '),
                            p.arrived, all, p.per_second);
    if (p.eta) line += fmt::format("  ETA {:%M:%S}", std::chrono::duration_cast<std::chrono::seconds>(*p.eta));
    if (p.retrying > 0) line += fmt::format("  {} to be retried", p.retrying);
    if (p.parked > 0) line += fmt::format("  {} parked", p.parked);
    fmt::print(stderr, "\r{}\x1b[K", line);
    std::fflush(stderr);
    drawn_ = true;
  }
  void clear() {
    if (std::exchange(drawn_, false)) fmt::print(stderr, "\r\x1b[K");
  }

 private:
  bool shows_ = ::isatty(STDERR_FILENO) == 1;
  bool drawn_ = false;
};

}  // namespace ingest_folder

#endif
