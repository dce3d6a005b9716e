// One line on stderr that is redrawn: shared by the examples that run for a while.
#ifndef EXAMPLES_PROGRESS_LINE_HPP
#define EXAMPLES_PROGRESS_LINE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#ifdef _WIN32
#include <io.h>
#else
#include <unistd.h>
#endif

class progress_line {
 public:
  progress_line() = default;
  progress_line(progress_line const&) = delete;
  progress_line& operator=(progress_line const&) = delete;
  ~progress_line() { clear(); }

  // Whether stderr is a terminal on which a line can be drawn anew.
  static bool fits_stderr() {
    char const* const terminal = std::getenv("TERM");
#ifdef _WIN32
    bool const is_one = ::_isatty(_fileno(stderr)) != 0;
#else
    bool const is_one = ::isatty(STDERR_FILENO) == 1;
#endif
    return is_one && terminal != nullptr && std::string_view(terminal) != "dumb";
  }
  // "3/818 files  12/s  ETA 1:08"
  static std::string text(std::size_t done, std::size_t all, double per_second,
                          std::optional<std::chrono::nanoseconds> left, std::string_view things = "files") {
    auto words = fmt::format("{}/{} {}  {:.0f}/s", done, all, things, per_second);
    if (!left) return words;
    auto const seconds = std::chrono::round<std::chrono::seconds>(*left).count();
    return words + fmt::format("  ETA {}:{:02}", seconds / 60, seconds % 60);
  }

  // A bar, and the words behind it.
  void draw(std::size_t done, std::size_t all, std::string_view words) {
    constexpr std::size_t width = 24;
    auto const filled = all == 0 ? width : (std::min)(width, width * done / all);
    fmt::print(stderr, "\r|{}{}| {}\x1b[K", std::string(filled, '#'), std::string(width - filled, ' '), words);
    std::fflush(stderr);
    drawn_ = true;
  }
  // Gives the line back to others.
  void clear() {
    if (!std::exchange(drawn_, false)) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }

 private:
  bool drawn_ = false;
};

#endif
