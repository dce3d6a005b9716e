#include "progress.hpp"

#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace batch_benchmark {

static constexpr std::chrono::milliseconds between_bars{100};
static constexpr std::chrono::seconds between_lines{3};
// What was done before tells nothing of the rest, nor does the first file.
static constexpr std::chrono::milliseconds tells_rate{500};

static progress_kind fit_for_stderr() {
  return progress_line::fits_stderr() ? progress_kind::bar : progress_kind::plain;
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

std::string progress::words(clock::time_point now) const {
  double const real = std::chrono::duration<double>(now - began_).count();
  double const rate = real > 0 ? static_cast<double>(done_) / real : 0;
  std::optional<std::chrono::nanoseconds> left;
  if (now - began_ >= tells_rate && done_ > 1)
    left = std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 * static_cast<double>(files_ - done_) / rate));
  return fmt::format("[{}/{}] {}  {}", at_, configurations_, label_, progress_line::text(done_, files_, rate, left));
}

void progress::show(clock::time_point now) {
  shown_ = now;
  if (kind_ == progress_kind::plain)
    fmt::print(stderr, "batch_benchmark: {}\n", words(now));
  else
    line_.draw(done_, files_, words(now));
}

}  // namespace batch_benchmark
