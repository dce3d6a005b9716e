#include <fmt/format.h>

#include <pawl/report/chrome_trace.hpp>
#include <pawl/report/folded_stacks.hpp>
#include <pawl/report/speedscope.hpp>

#include "report.hpp"
#include "utc.hpp"

namespace batch_benchmark {

static pawl::slot_names const lanes{{spans::database_lane, "database"}, {spans::program_lane, "program"}};

// f("grouped (10, zero)", its spans) for each.
template <class F> static void each_configuration(benchmark_result const& result, F f) {
  for (auto const* group : {&result.modes, &result.compared})
    for (auto const& m : *group)
      for (auto const& r : m.configurations)
        f(fmt::format("{} ({}, {})", m.title(), r.what.concurrency, name(r.what.remote)), r.profile);
}

std::string chrome_trace(benchmark_result const& result) {
  pawl::chrome_trace trace;
  each_configuration(result, [&](std::string const& title, auto const& profile) { trace.add(title, profile, lanes); });
  return trace.text();
}

std::string folded_stacks(benchmark_result const& result) {
  std::string text;
  each_configuration(result, [&](auto const& title, auto const& of) { text += pawl::folded_stacks(of, title); });
  return text;
}

std::string speedscope(benchmark_result const& result) {
  pawl::speedscope_file file{fmt::format("pawl batch_benchmark, {:.19} UTC", utc_time(result.began))};
  each_configuration(result, [&](std::string const& title, auto const& profile) { file.add(title, profile, lanes); });
  return file.text();
}

}  // namespace batch_benchmark
