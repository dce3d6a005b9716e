// Runs the driver as a child process. BATCH_BENCHMARK is the path of the program.
#ifndef PAWL_TESTS_EXAMPLES_DRIVER_HPP
#define PAWL_TESTS_EXAMPLES_DRIVER_HPP

#include <cstddef>
#include <string>

#include <pawl/report/json.hpp>

#include "catch.hpp"
#include "program.hpp"

using pawl::report_json;

inline ending run(program::arguments const& args, program::arguments const& environment = {}) {
  return program(BATCH_BENCHMARK, args, environment).wait();
}
inline report_json json_of(program::arguments args) {
  args.emplace_back("--json");
  auto const e = run(args);
  INFO(e.err);
  REQUIRE(e.code == 0);
  return report_json::parse(e.out);
}
inline std::size_t count_of(std::string const& text, std::string const& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

#endif
