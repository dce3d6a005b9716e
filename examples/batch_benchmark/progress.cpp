#include "progress.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace batch_benchmark {

static constexpr std::chrono::milliseconds between_bars{100};
static constexpr std::chrono::seconds between_lines{3};

static progress_kind fit_for_stderr() {
  char const* const terminal = std::getenv("TERM");
  bool const can_redraw = ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
  return can_redraw ? progress_kind::bar : progress_kind::plain;
}

progress::progress(progress_kind kind, std::size_t configurations)
    : kind_(kind == progress_kind::automatic ? fit_for_stderr() : kind),
      configurations_(configurations),
      shown_(clock::now()) {}

void progress::begin(std::string label, std::size_t files) {
  ++at_;
  label_ = std::move(label);
  files_ = files;
  done_ = 0;
  began_ = clock::now();
}

void progress::advance() {
  ++done_;
  if (kind_ == progress_kind::none) return;
  auto const now = clock::now();
  if (now - shown_ < (kind_ == progress_kind::bar ? clock::duration(between_bars) : clock::duration(between_lines)))
    return;
  show(now);
}

std::string progress::line(clock::time_point now) const {
  double const real = std::chrono::duration<double>(now - began_).count();
  double const rate = real > 0 ? static_cast<double>(done_) / real : 0;
  double const left = rate > 0 ? static_cast<double>(files_ - (std::min)(done_, files_)) / rate : 0;
  auto const seconds = static_cast<long>(left + 0.5);
  return fmt::format("[{}/{}] {}  {}/{} files  {:.0f}/s  ETA {}:{:02}", at_, configurations_, label_, done_, files_,
                     rate, seconds / 60, seconds % 60);
}

void progress::show(clock::time_point now) {
  shown_ = now;
  if (kind_ == progress_kind::plain) {
    fmt::print(stderr, "batch_benchmark: {}\n", line(now));
    return;
  }
  constexpr std::size_t width = 24;
  auto const filled = files_ == 0 ? 0 : (std::min)(width, width * done_ / files_);
  fmt::print(stderr, "\r|{}{}| {}\x1b[K", std::string(filled, '#'), std::string(width - filled, ' '), line(now));
  std::fflush(stderr);
  drawn_ = true;
}

void progress::clear() {
  if (!std::exchange(drawn_, false)) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace batch_benchmark
