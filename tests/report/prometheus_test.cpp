// Metrics as text, checked against the rules of the exposition format 0.0.4.
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/report/prometheus.hpp>

#include "catch.hpp"

namespace prometheus_test {

using namespace std::chrono_literals;

// The metric that a sample belongs to, by the type of the metric.
static std::string metric_of(std::string const& sample, std::map<std::string, std::string> const& types) {
  if (types.contains(sample)) return sample;
  for (std::string const suffix : {"_sum", "_count", "_bucket"}) {
    if (!sample.ends_with(suffix)) continue;
    auto const metric = sample.substr(0, sample.size() - suffix.size());
    auto const type = types.find(metric);
    if (type == types.end()) continue;
    if (type->second == "histogram" || (type->second == "summary" && suffix != "_bucket")) return metric;
  }
  return {};
}

static std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional{number} : std::nullopt;
}

// The first rule that the page breaks: a HELP and a TYPE before a metric's samples, all of which stand together; names,
// quoted labels and a number in each sample; no sample twice; buckets that never fall, the last of which is the count.
static std::string broken_rule(std::string const& page) {
  static std::regex const sample{
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*\})? (\S+))re"};
  static std::regex const comment{R"(# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*))"};
  if (page.empty()) return {};
  if (page.back() != '\n') return "the last line has no end";
  std::map<std::string, std::string> types;
  std::set<std::string> helped, seen;
  std::string current;
  double bucket = 0;
  std::istringstream lines{page};
  for (std::string line; std::getline(lines, line);) {
    std::smatch part;
    if (std::regex_match(line, part, comment)) {
      if (part[1] == "HELP" && !helped.insert(part[2]).second) return "a second HELP: " + line;
      if (part[1] == "TYPE" && !types.emplace(part[2], part[3]).second) return "a second TYPE: " + line;
      current = part[2];
    } else if (std::regex_match(line, part, sample)) {
      auto const name = part[1].str(), value = part[3].str();
      if (metric_of(name, types) != current) return "stands apart from its TYPE: " + line;
      if (!seen.insert(name + part[2].str()).second) return "twice: " + line;
      auto const number = number_of(value);
      if (!number) return "no number: " + line;
      bool const is_bucket = name.ends_with("_bucket");
      if (is_bucket && *number < bucket) return "a bucket that falls: " + line;
      if (name.ends_with("_count") && bucket != 0 && bucket != *number) return "the last bucket is no count: " + line;
      bucket = is_bucket ? *number : name.ends_with("_sum") ? bucket : 0;
    } else {
      return "no line of the format: " + line;
    }
  }
  return {};
}

template <class Action> static std::string refusal_of(Action action) {
  try {
    action();
  } catch (pawl::error const& e) {
    CHECK(std::string{e.id()} == "report.prometheus");
    return e.what();
  }
  return "nothing was refused";
}

static pawl::exact_collector four_times() {
  pawl::exact_collector times;
  for (auto const time : {1ms, 2ms, 3ms, 500ms}) times.record(time);
  return times;
}

TEST_CASE("counters and gauges of one metric stand together, whatever the order", "[report]") {
  pawl::prometheus_page page;
  page.counter("letters_total", "Letters delivered.", {{"office", "north"}}, 2454)
      .gauge("in_flight", "Letters on their way.", {}, 10.5)
      .counter("letters_total", "Letters delivered.", {{"office", "south"}, {"kind", "air"}}, 7);
  CHECK(broken_rule(page.text()) == "");
  CHECK(page.text() ==
        "# HELP letters_total Letters delivered.\n"
        "# TYPE letters_total counter\n"
        "letters_total{office=\"north\"} 2454\n"
        "letters_total{office=\"south\",kind=\"air\"} 7\n"
        "# HELP in_flight Letters on their way.\n"
        "# TYPE in_flight gauge\n"
        "in_flight 10.5\n");
}

TEST_CASE("a summary has its quantiles, sum and count in seconds", "[report]") {
  pawl::prometheus_page page;
  page.summary("mail_seconds", "Time to mail.", {{"office", "north"}}, four_times().snapshot());
  CHECK(broken_rule(page.text()) == "");
  CHECK(page.text() ==
        "# HELP mail_seconds Time to mail.\n"
        "# TYPE mail_seconds summary\n"
        "mail_seconds{office=\"north\",quantile=\"0.5\"} 0.003\n"
        "mail_seconds{office=\"north\",quantile=\"0.95\"} 0.5\n"
        "mail_seconds{office=\"north\",quantile=\"0.99\"} 0.5\n"
        "mail_seconds_sum{office=\"north\"} 0.506\n"
        "mail_seconds_count{office=\"north\"} 4\n");
}

TEST_CASE("a summary of nothing has quantiles that are no number", "[report]") {
  pawl::prometheus_page page;
  page.summary("mail_seconds", "", {}, pawl::exact_collector{}.snapshot());
  CHECK(broken_rule(page.text()) == "");
  CHECK(page.text().find("mail_seconds{quantile=\"0.5\"} NaN\n") != std::string::npos);
  CHECK(page.text().find("mail_seconds_count 0\n") != std::string::npos);
}

TEST_CASE("a histogram has cumulative buckets that end with the count", "[report]") {
  std::array<std::chrono::nanoseconds, 3> const bounds{1ms, 2500us, 100ms};
  pawl::prometheus_page page;
  page.histogram("mail_seconds", "Time to mail.", {}, four_times(), bounds);
  CHECK(broken_rule(page.text()) == "");
  CHECK(page.text() ==
        "# HELP mail_seconds Time to mail.\n"
        "# TYPE mail_seconds histogram\n"
        "mail_seconds_bucket{le=\"0.001\"} 1\n"
        "mail_seconds_bucket{le=\"0.0025\"} 2\n"
        "mail_seconds_bucket{le=\"0.1\"} 3\n"
        "mail_seconds_bucket{le=\"+Inf\"} 4\n"
        "mail_seconds_sum 0.506\n"
        "mail_seconds_count 4\n");
}

TEST_CASE("a histogram of a log-linear collector counts by its buckets", "[report]") {
  pawl::log_linear_collector<> times;
  for (int i = 1; i <= 1000; ++i) times.record(i * 1us);
  std::array<std::chrono::nanoseconds, 2> const bounds{100us, 1s};
  pawl::prometheus_page page;
  page.histogram("t", "", {}, times, bounds);
  CHECK(broken_rule(page.text()) == "");
  CHECK(page.text().find("t_bucket{le=\"0.0001\"} 100\n") != std::string::npos);
  CHECK(page.text().find("t_bucket{le=\"1\"} 1000\n") != std::string::npos);
}

TEST_CASE("values of labels and help may be anything, and stay what they are", "[report]") {
  pawl::prometheus_page page;
  page.gauge("g", "a \\ b\n\"c\" \xff", {{"name", "a\"b\\c\nd\xff\x1b \xc3\xa4"}}, -INFINITY);
  CHECK(broken_rule(page.text()) == "");
  CHECK(page.text() ==
        "# HELP g a \\\\ b\\n\"c\" \xef\xbf\xbd\n"
        "# TYPE g gauge\n"
        "g{name=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\x1b \xc3\xa4\"} -Inf\n");
}

TEST_CASE("what Prometheus would reject is refused in a sentence", "[report]") {
  pawl::prometheus_page page;
  page.counter("a", "", {{"x", "1"}, {"y", "2"}}, 1);
  CHECK(refusal_of([&] { page.counter("9a", "", {}, 1); }) == "'9a' is no name for a metric of Prometheus");
  CHECK(refusal_of([&] { page.counter("", "", {}, 1); }) == "'' is no name for a metric of Prometheus");
  CHECK(refusal_of([&] { page.gauge("a\n", "", {}, 1); }) == "'a\\n' is no name for a metric of Prometheus");
  CHECK(refusal_of([&] { page.gauge("a", "", {}, 1); }) == "the metric 'a' is a counter already");
  CHECK(refusal_of([&] {
          page.counter("a", "", {{"y", "2"}, {"x", "1"}}, 1);
        }) == "the metric 'a' has the labels '{x=\"1\",y=\"2\"}' already");
  CHECK(refusal_of([&] { page.counter("b", "", {{"a:b", ""}}, 1); }) == "'a:b' is no name for a label of Prometheus");
  CHECK(refusal_of([&] { page.counter("b", "", {{"__x", ""}}, 1); }) == "'__x' is no name for a label of Prometheus");
  CHECK(refusal_of([&] { page.counter("b", "", {{"le", ""}}, 1); }) == "the label 'le' is Prometheus' own");
  CHECK(refusal_of([&] { page.counter("b", "", {{"x", ""}, {"x", ""}}, 1); }) == "the label 'x' is given twice");
  std::array<std::chrono::nanoseconds, 2> const bounds{1s, 1s};
  CHECK(refusal_of([&] { page.histogram("h", "", {}, four_times(), bounds); }) == "the bounds of 'h' do not ascend");
  CHECK(page.text() == "# HELP a \n# TYPE a counter\na{x=\"1\",y=\"2\"} 1\n");
}

TEST_CASE("a label with an empty value is no label", "[report]") {
  pawl::prometheus_page page;
  page.gauge("waiting", "Waiting.", {{"office", ""}, {"kind", "air"}}, 1).gauge("idle", "Idle.", {{"office", ""}}, 2);
  CHECK(broken_rule(page.text()) == "");
  CHECK(page.text() ==
        "# HELP waiting Waiting.\n"
        "# TYPE waiting gauge\n"
        "waiting{kind=\"air\"} 1\n"
        "# HELP idle Idle.\n"
        "# TYPE idle gauge\n"
        "idle 2\n");
}

TEST_CASE("labels that Prometheus cannot tell apart are refused", "[report]") {
  pawl::prometheus_page page;
  page.gauge("waiting", "", {}, 1).gauge("odd", "", {{"k", "\xff"}}, 1).gauge("two", "", {{"a", ""}, {"b", "1"}}, 1);
  CHECK(refusal_of([&] {
          page.gauge("waiting", "", {{"office", ""}}, 2);
        }) == "the metric 'waiting' without labels is there already");
  CHECK(refusal_of([&] {
          page.gauge("odd", "", {{"k", "\xfe"}}, 2);
        }) == "the metric 'odd' has the labels '{k=\"\xef\xbf\xbd\"}' already");
  CHECK(refusal_of([&] {
          page.gauge("odd", "", {{"k", "\xef\xbf\xbd"}}, 2);
        }) == "the metric 'odd' has the labels '{k=\"\xef\xbf\xbd\"}' already");
  CHECK(refusal_of([&] {
          page.gauge("two", "", {{"b", "1"}, {"c", ""}}, 2);
        }) == "the metric 'two' has the labels '{b=\"1\"}' already");
  pawl::exact_collector const times = four_times();
  page.summary("mail_seconds", "", {{"office", ""}}, times.snapshot());
  CHECK(refusal_of([&] { page.summary("mail_seconds", "", {}, times.snapshot()); }) ==
        "the metric 'mail_seconds' without labels is there already");
}

// Each metric of each type beside each metric whose name is one of its samples, in either order.
TEST_CASE("the samples of a summary or a histogram are no other metric's, in either order", "[report]") {
  std::array<std::chrono::nanoseconds, 1> const bounds{1s};
  std::array<std::string_view, 4> const types{"counter", "gauge", "summary", "histogram"};
  auto const times = four_times();
  auto const add = [&](pawl::prometheus_page& page, std::string_view type, std::string const& metric) {
    if (type == "counter") page.counter(metric, "", {}, 1);
    if (type == "gauge") page.gauge(metric, "", {}, 1);
    if (type == "summary") page.summary(metric, "", {}, times.snapshot());
    if (type == "histogram") page.histogram(metric, "", {}, times, bounds);
  };
  for (std::string_view const whole : {"summary", "histogram"}) {
    for (std::string const suffix : {"_sum", "_count", "_bucket"}) {
      for (std::string_view const type : types) {
        CAPTURE(whole, suffix, type);
        auto const taken = "t" + suffix;
        pawl::prometheus_page first, last;
        add(first, whole, "t");
        CHECK(refusal_of([&] { add(first, type, taken); }) ==
              "the name '" + taken + "' belongs to the " + std::string{whole} + " 't'");
        add(last, type, taken);
        auto const before = last.text();
        CHECK(refusal_of([&] { add(last, whole, "t"); }) == "the " + std::string{whole} + " 't' needs the name '" +
                                                                taken + "', which is a " + std::string{type} +
                                                                " already");
        CHECK(last.text() == before);
        CHECK(broken_rule(first.text()) == "");
      }
    }
  }
  pawl::prometheus_page page;
  for (auto const* const metric : {"t", "t_sum", "t_count", "t_bucket", "_sum"}) page.counter(metric, "", {}, 1);
  page.summary("u", "", {}, times.snapshot()).counter("u_total", "", {}, 1).counter("u_sums", "", {}, 1);
  CHECK(broken_rule(page.text()) == "");
}

TEST_CASE("a quantile or a bound that would stand there twice is refused", "[report]") {
  auto const times = four_times();
  pawl::prometheus_page page;
  std::array<double, 3> const twice{0.5, 0.9, 0.5};
  CHECK(refusal_of([&] { page.summary("s", "", {}, times.snapshot(twice)); }) ==
        "the summary 's' has the quantile 0.5 twice");
  // As seconds, which are doubles, these two are equal.
  std::array<std::chrono::nanoseconds, 2> const bounds{std::chrono::nanoseconds{1LL << 60},
                                                       std::chrono::nanoseconds{(1LL << 60) + 1}};
  CHECK(refusal_of([&] { page.histogram("h", "", {}, times, bounds); }) == "the bounds of 'h' do not ascend");
  CHECK(page.text() == "");
}

}  // namespace prometheus_test
