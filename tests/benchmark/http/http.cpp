// The client beside what people write by hand: small requests, many at once, a large upload.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <sys/mman.h>
#include <sys/resource.h>

#include <pawl/http/client.hpp>
#include <pawl/http/request.hpp>
#include <pawl/loop/loop.hpp>

#include "benchmark/measuring.hpp"
#include "files.hpp"
#include "peers.hpp"
#include "server.hpp"

namespace http_benchmark {

namespace http = pawl::http;
using measuring::at_least;
using measuring::at_most;
using measuring::figure;

constexpr std::size_t mebibyte = 1024 * 1024;

// ---- ours ----

pawl::task<void> work_off(http::transport& over, load const& work, std::size_t& left) {
  while (left > 0) {
    --left;
    http::request const call(http::post, "/v1/documents", work.body);
    auto sending = over.send(call);
    auto const answer = co_await std::move(sending);
    if (!answer) throw std::runtime_error("pawl is not answered: " + answer.why().detail);
  }
}
// As many at once as `one` is started; throws what one of them has thrown.
void run_at_once(pawl::loop<>& loop, std::size_t many, std::function<pawl::task<void>()> const& one) {
  bool finished = false;
  std::size_t running = many;
  std::exception_ptr failure;
  for (std::size_t i = 0; i < many; ++i)
    boost::asio::co_spawn(loop.get_executor(), one(), [&](std::exception_ptr why) {
      if (why) failure = why;
      finished = --running == 0;
    });
  loop.run_until(finished);
  if (failure) std::rethrow_exception(failure);
}
double by_pawl(load const& work, http::client_counts* counts = nullptr) {
  measuring::stopwatch const watch;
  pawl::loop<> loop;
  http::client client(loop, {.base = "http://127.0.0.1:" + std::to_string(work.port)});
  std::size_t left = work.requests;
  run_at_once(loop, work.in_flight, [&] { return work_off(client, work, left); });
  if (counts != nullptr) *counts = client.counts();
  return watch.seconds();
}

pawl::task<void> send_file(http::transport& over, std::string file, std::size_t size, std::size_t piece) {
  for (std::size_t at = 0; at < size; at += piece) {
    http::request call(http::post, "/upload");
    call.body(file, at, size - at < piece ? size - at : piece);
    auto sending = over.send(call);
    auto const answer = co_await std::move(sending);
    if (!answer) throw std::runtime_error("pawl is not answered: " + answer.why().detail);
  }
}
double upload_by_pawl(std::uint16_t port, std::string const& file, std::size_t size, std::size_t piece) {
  measuring::stopwatch const watch;
  pawl::loop<> loop;
  http::client client(loop, {.base = "http://127.0.0.1:" + std::to_string(port)});
  loop.wait(send_file(client, file, size, piece));
  return watch.seconds();
}

// ---- memory, each in a child of its own, for a peak never sinks ----

double memory(std::string_view line) {  // of /proc/self/status, in MiB
  std::ifstream status("/proc/self/status");
  for (std::string text; std::getline(status, text);)
    if (text.substr(0, line.size()) == line) return std::stod(text.substr(line.size())) / 1024;
  throw std::runtime_error("this system does not say how much memory a process has");
}
double of_child(std::function<double()> const& measure) {
  auto* const result =
      static_cast<double*>(::mmap(nullptr, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  child_process child([&] { return *result = measure(), 0; });
  if (child.wait() != 0) throw std::runtime_error("a child that was to be measured has failed");
  double const measured = *result;
  ::munmap(result, sizeof(double));
  return measured;
}

pawl::task<void> hold(http::transport& over, std::size_t many) {
  http::request const call(http::post, "/hold/" + std::to_string(many), std::string(100, 'x'));
  auto sending = over.send(call);
  auto const answer = co_await std::move(sending);
  if (!answer) throw std::runtime_error("pawl is not answered: " + answer.why().detail);
}
double memory_of_many(std::string const& base, std::size_t many) {
  pawl::loop<> loop;
  http::client client(loop, {.base = base});
  loop.wait(hold(client, 1));
  double const before = memory("VmRSS:");
  run_at_once(loop, many, [&] { return hold(client, many); });
  return memory("VmHWM:") - before;
}

// ---- the figures ----

// What the process has used so far, by itself and the kernel for it: less disturbed by others than the time that passes.
double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto const seconds = [](timeval const& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void measure_small(measuring::effort const& how_much) {
  remote_process const server;
  load const work{server.port(), how_much.small ? std::size_t{500} : 20'000, 50, std::string(document)};
  measuring::contest contest;
  std::map<std::string, std::vector<double>> cpu;
  auto const enter = [&](std::string const& name, std::function<double(load const&)> const& by) {
    contest.enter(name, [&work, &cpu, name, by] {
      double const before = cpu_seconds(), seconds = by(work);
      cpu[name].push_back(cpu_seconds() - before);
      return static_cast<double>(work.requests) / seconds;
    });
  };
  enter("pawl", [](load const& w) { return by_pawl(w); });
  enter("beast", by_beast);
  enter("bare_beast", by_bare_beast);
  if (has_curl()) enter("curl", by_curl);
  contest.run(how_much.rounds);
  figure("http.requests_per_second", contest.median_of("pawl"));
  figure("http.vs_beast", contest.ratio("pawl", "beast"), at_least(0.9));
  figure("http.vs_beast_without_deadlines", contest.ratio("pawl", "bare_beast"));
  figure("http.cpu_vs_beast", measuring::median(cpu["pawl"]) / measuring::median(cpu["beast"]));
  if (has_curl()) figure("http.cpu_vs_curl", measuring::median(cpu["pawl"]) / measuring::median(cpu["curl"]));
  if (has_curl())
    figure("http.vs_curl", contest.ratio("pawl", "curl"), at_least(1.2));
  else
    measuring::remark("libcurl is missing (Debian: libcurl4-openssl-dev), and with it http.vs_curl");

  http::client_counts counts;
  by_pawl({server.port(), how_much.small ? std::size_t{500} : 10'000, 50, std::string(document)}, &counts);
  figure("http.connections_for_10000_requests", static_cast<double>(counts.connections), at_most(50));
}
void measure_many() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);  // 1,000 sockets
  remote_process const server;
  figure("http.memory_of_1000_in_flight_mib", of_child([&] { return memory_of_many(server.base(), 1000); }),
         at_most(32));
}
void measure_upload(measuring::effort const& how_much) {
  std::size_t const size = (how_much.small ? 32 : 1024) * mebibyte, piece = 8 * mebibyte;
  temporary_folder const folder;
  std::string const file = folder / "large";
  std::ofstream(file) << "x";
  std::filesystem::resize_file(file, size);
  remote_process const server;
  measuring::contest contest;
  auto const rate = [size](double seconds) { return static_cast<double>(size / mebibyte) / seconds; };
  contest.enter("pawl", [&] { return rate(upload_by_pawl(server.port(), file, size, piece)); });
  contest.enter("socket", [&] { return rate(by_socket(server.port(), file, size, piece)); });
  contest.run(how_much.rounds);
  figure("http.upload_mib_per_second", contest.median_of("pawl"));
  figure("http.upload_vs_socket", contest.ratio("pawl", "socket"), at_least(0.8));
  figure("http.upload_peak_memory_mib", of_child([&] {
           upload_by_pawl(server.port(), file, size, piece);
           return memory("VmHWM:");
         }),
         at_most(64));
}

}  // namespace http_benchmark

int main(int argc, char** argv) {
  using namespace http_benchmark;
  return measuring::program("HTTP requests of the client beside hand-written ones", argc, argv, {},
                            [](measuring::effort const& how_much) {
                              measure_many();  // in children, before this process has grown
                              measure_upload(how_much);
                              measure_small(how_much);
                            });
}
