// Times of day for reports, in UTC.
#ifndef BATCH_BENCHMARK_UTC_HPP
#define BATCH_BENCHMARK_UTC_HPP

#include <chrono>
#include <string>

#include <pawl/store/utc_text.hpp>

namespace batch_benchmark {

// "2026-11-23T18:30:00.123456"
inline std::string utc_time(std::chrono::system_clock::time_point at) { return std::string(pawl::utc_text()(at)); }

// "20261123-183000", for names of files.
inline std::string utc_stamp(std::chrono::system_clock::time_point at) {
  auto const text = utc_time(at);
  std::string stamp;
  for (char const c : text.substr(0, text.find('.'))) {
    if (c == 'T') stamp += '-';
    if (c >= '0' && c <= '9') stamp += c;
  }
  return stamp;
}

}  // namespace batch_benchmark

#endif
