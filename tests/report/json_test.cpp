// Results as JSON.
#include <chrono>
#include <string>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/report/json.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace json_test {

using namespace std::chrono_literals;

TEST_CASE("a snapshot is its quantiles, mean, min and max in unrounded milliseconds", "[report]") {
  pawl::exact_collector collector;
  for (int i = 0; i < 818; ++i) collector.record(i * 1'001ns);
  auto const json = pawl::to_json(collector.snapshot());
  CHECK(pawl::dump(json, -1) ==
        R"({"p50":0.409409,"p95":0.777777,"p99":0.809809,"mean":0.4089085,"min":0.0,"max":0.817817,"count":818})");
}

TEST_CASE("the smallest duration survives as a number", "[report]") {
  pawl::exact_collector collector;
  collector.record(1ns);
  CHECK(pawl::to_json(collector.snapshot())["p50"] == 1e-6);
}

TEST_CASE("a snapshot of nothing has all its keys, with null", "[report]") {
  CHECK(pawl::dump(pawl::to_json(pawl::exact_collector{}.snapshot()), -1) ==
        R"({"p50":null,"p95":null,"p99":null,"mean":null,"min":null,"max":null,"count":0})");
}

TEST_CASE("overflow stands in the JSON where there is some", "[report]") {
  pawl::log_linear_collector<7, 20> collector;
  collector.record(1ns);
  CHECK_FALSE(pawl::to_json(collector.snapshot()).contains("overflow"));
  collector.record(1h);
  CHECK(pawl::to_json(collector.snapshot())["overflow"] == 1);
}

TEST_CASE("the key of a quantile has its digits without the point", "[report]") {
  CHECK(pawl::quantile_key(0.5) == "p50");
  CHECK(pawl::quantile_key(0.29) == "p29");
  CHECK(pawl::quantile_key(0.95) == "p95");
  CHECK(pawl::quantile_key(0.999) == "p999");
  CHECK(pawl::quantile_key(0.9999) == "p9999");
  CHECK(pawl::quantile_key(1) == "p100");
}

TEST_CASE("names that are no UTF-8 can be dumped", "[report]") {
  pawl::report_json json;
  json["name"] = "\xff\xc3(\x1b";
  CHECK(pawl::dump(json, -1) == "{\"name\":\"\xef\xbf\xbd\xef\xbf\xbd(\\u001b\"}");
}

TEST_CASE("JSON is written with a newline at its end, and nothing is left beside it", "[report]") {
  temporary_folder const folder;
  auto const path = folder / "result.json";
  pawl::write_json(path, {{"a", 1}});
  CHECK(text_of(path) == "{\n  \"a\": 1\n}\n");
  pawl::write_json(path, {{"b", 2}});
  CHECK(text_of(path) == "{\n  \"b\": 2\n}\n");
  CHECK(folder.entries() == 1);
}

}  // namespace json_test
