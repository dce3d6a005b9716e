// A page of metrics for the real Prometheus, and whether it has read what was added:
//   prometheus_page print           prints the page
//   prometheus_page serve           prints two free ports, and answers every request on the first with the page
//   prometheus_page check < JSON    compares the answer to a query for its series with what was added
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pawl/latency/exact_collector.hpp>
#include <pawl/latency/log_linear_collector.hpp>
#include <pawl/report/json.hpp>
#include <pawl/report/prometheus.hpp>

using namespace std::chrono_literals;
using labels = std::map<std::string, std::string>;

struct world {
  pawl::prometheus_page page;
  std::map<labels, double> series;  // with the metric's name as the label `__name__`
};

static double number(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) throw std::invalid_argument{std::string{text}};
  return value;
}

// Values of labels, each with what Prometheus is to read.
static std::array<std::pair<std::string, std::string>, 9> const texts{{
    {"north", "north"},
    {"a\"b\\c\nd", "a\"b\\c\nd"},
    {"\\n", "\\n"},
    {"{le=\"1\"} 7 #", "{le=\"1\"} 7 #"},
    {" , ", " , "},
    {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"\t\x1b[31m\r", "\t\x1b[31m\r"},
    {"\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x93\xae", "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x93\xae"},
    {"", ""},
}};
static std::array<double, 9> const values{0,
                                          1,
                                          -1.5,
                                          1e300,
                                          5e-324,
                                          123456789.125,
                                          std::numeric_limits<double>::infinity(),
                                          -std::numeric_limits<double>::infinity(),
                                          std::numeric_limits<double>::quiet_NaN()};

static void note(world& all, std::string const& name, labels of, double value) {
  of["__name__"] = name;
  std::erase_if(of, [](auto const& label) { return label.second.empty(); });
  if (!all.series.emplace(of, value).second) throw std::logic_error{"added twice: " + name};
}

static void add_times(world& all, std::string const& office, std::string const& read, int count) {
  pawl::log_linear_collector<> times;
  pawl::exact_collector exact;
  for (int i = 1; i <= count; ++i) {
    times.record(i * 1ms);
    exact.record(i * 1ms);
  }
  auto const snapshot = exact.snapshot();
  labels const of{{"office", read}};
  all.page.summary("mail_seconds", "Time to mail.", {{"office", office}}, snapshot);
  for (auto const& point : snapshot.quantiles) {
    auto with = of;
    with["quantile"] = fmt::format("{}", point.p);
    double const seconds = std::chrono::duration<double>(point.value).count();
    note(all, "mail_seconds", with, count == 0 ? std::numeric_limits<double>::quiet_NaN() : seconds);
  }
  std::array<std::chrono::nanoseconds, 3> const bounds{1ms, 50ms, 10s};
  all.page.histogram("call_seconds", "Time of a call.", {{"office", office}}, times, bounds);
  for (auto const& [bound, within] :
       {std::pair{"0.001", 1}, std::pair{"0.05", 50}, std::pair{"10", 100}, std::pair{"+Inf", 100}}) {
    auto with = of;
    with["le"] = bound;
    note(all, "call_seconds_bucket", with, (std::min)(within, count));
  }
  for (std::string const metric : {"mail_seconds", "call_seconds"}) {
    note(all, metric + "_sum", of, count * (count + 1) / 2 / 1e3);
    note(all, metric + "_count", of, count);
  }
}

static world made() {
  world all;
  for (auto const& [text, read] : texts) {
    all.page.counter("letters_total", "Letters, \\ and\na second line.", {{"office", text}, {"kind", "air"}}, 7);
    note(all, "letters_total", {{"office", read}, {"kind", "air"}}, 7);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    all.page.gauge("waiting", "Waiting.", {{"number", fmt::format("{}", i)}}, values[i]);
    note(all, "waiting", {{"number", fmt::format("{}", i)}}, values[i]);
  }
  add_times(all, "north", "north", 100);
  add_times(all, "", "", 0);
  return all;
}

static int check(world const& all) {
  auto const answer = nlohmann::json::parse(std::cin);
  std::map<labels, double> read;
  for (auto const& one : answer) {
    auto of = one["metric"].get<labels>();
    of.erase("job");
    of.erase("instance");
    read[of] = number(one["value"][1].get<std::string>());
  }
  std::size_t equal = 0;
  for (auto const& [of, value] : all.series) {
    auto const found = read.find(of);
    bool const same =
        found != read.end() && (found->second == value || (std::isnan(found->second) && std::isnan(value)));
    if (same)
      ++equal;
    else
      fmt::print(stderr, "{} is {}, not {}\n", pawl::dump(of, -1),
                 found == read.end() ? "missing" : fmt::format("{}", found->second), value);
  }
  for (auto const& [of, value] : read)
    if (!all.series.contains(of)) fmt::print(stderr, "nobody added {}\n", pawl::dump(of, -1));
  fmt::print("{} of {} samples read as they were added\n", equal, all.series.size());
  return equal == all.series.size() && read.size() == equal ? 0 : 1;
}

// A socket that listens on a free port of this machine alone, and the port.
static std::pair<int, int> listening() {
  int const to = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(to, any, size) != 0 || ::listen(to, 8) != 0 || ::getsockname(to, any, &size) != 0)
    throw std::runtime_error{"no free port"};
  return {to, ntohs(address.sin_port)};
}

[[noreturn]] static void serve(std::string const& page) {
  auto const [own, port] = listening();
  auto const [other, its_port] = listening();
  ::close(other);
  std::cout << port << ' ' << its_port << std::endl;
  auto const answer = fmt::format(
      "HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
      "Content-Length: {}\r\n\r\n{}",
      page.size(), page);
  for (;;) {
    int const to = ::accept(own, nullptr, nullptr);
    std::array<char, 4096> request;
    if (::read(to, request.data(), request.size()) > 0) {
      for (std::string_view rest = answer; !rest.empty();) {
        auto const written = ::write(to, rest.data(), rest.size());
        if (written <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
      }
    }
    ::close(to);
  }
}

int main(int argc, char** argv) {
  std::string_view const what = argc == 2 ? argv[1] : "";
  auto const all = made();
  if (what == "check") return check(all);
  if (what == "serve") serve(all.page.text());
  if (what == "print") return std::cout << all.page.text(), 0;
  std::cerr << "give print, serve or check\n";
  return 2;
}
