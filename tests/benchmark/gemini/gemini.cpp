// The program gemini_ingest against a service that loses a fifth of its answers, killed again and again: is each file
// there once in the end? GEMINI_INGEST is the path of the program.
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/testing/http/server.hpp>

#include "benchmark/measuring.hpp"
#include "examples/program.hpp"
#include "fake_service/fake_service.hpp"
#include "files.hpp"

namespace gemini_benchmark {
using measuring::at_least, measuring::at_most, measuring::figure;
using pawl::testing::http_fault;

// Of 100 requests: 20 are performed and not answered, 10 are answered with 503, every other one of these performed, and
// 5 with 429.
http_fault fault_of(std::size_t number) {
  std::mt19937_64 random(number);
  random.discard(8);
  auto const drawn = random() % 100;
  http_fault fault;
  if (drawn < 20) return fault.drop_after();
  if (drawn < 25) return fault.status(503);
  if (drawn < 30) return fault.status(503).before_effect();
  if (drawn < 35) return fault.status(429, {{"retry-after-ms", "20"}}).before_effect();
  return fault;
}

class world {
 public:
  explicit world(std::size_t files) {
    std::filesystem::create_directory(folder_);
    for (std::size_t i = 0; i < files; ++i) {
      auto const name = "note " + std::to_string(i) + ".txt";
      std::ofstream(folder_ + "/" + name) << "the text of note " << i;
      expected_[name] = "the text of note " + std::to_string(i);
    }
    server_.with([this](pawl::testing::http_remote& remote) {
      service_.serve(remote, server_.base());
      remote.obey(fault_of);
    });
  }

  std::size_t requests() { return server_.requests(); }
  std::size_t documents() {
    return server_.with([this](pawl::testing::http_remote&) { return service_.documents_count(); });
  }
  program started() const {
    return program(GEMINI_INGEST,
                   {"run", folder_, "--db", db_, "--base", server_.base(), "--fast", "--rate", "0", "--wait", "0.01",
                    "--poll", "0.01"},
                   {"GEMINI_API_KEY=any"});
  }
  std::size_t indexed() const {
    auto const e = program(GEMINI_INGEST, {"status", "--json", "--db", db_}).wait();
    return nlohmann::json::parse(e.out)["states"]["indexed"].get<std::size_t>();
  }
  // How often each file is in the store, with its content.
  std::map<std::string, std::size_t> times() {
    std::map<std::string, std::size_t> found;
    for (auto const& [name, content] : expected_) found[name] = 0;
    server_.with([&](pawl::testing::http_remote&) {
      for (auto const& document : service_.documents())
        for (auto const& mark : document["customMetadata"])
          if (mark["key"] == "path") {
            auto const name = mark["stringValue"].get<std::string>();
            if (service_.content_of(document["fileName"]) == expected_[name]) ++found[name];
          }
    });
    return found;
  }

 private:
  temporary_folder const root_{};
  std::string const folder_ = root_ / "folder", db_ = root_ / "files.db";
  std::map<std::string, std::string> expected_{};
  gemini_ingest::fake_service service_{};
  pawl::testing::http_server server_{};
};

void measure(measuring::effort const& how_much) {
  std::size_t const files = how_much.small ? 40 : 2000, kills = 8;
  world w(files);
  measuring::stopwatch const taken;
  std::size_t killed = 0;
  for (std::size_t kill = 1; kill <= kills; ++kill) {
    auto run = w.started();
    while (run.running() && w.documents() < files * kill / (kills + 1))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    run.signal(SIGKILL);
    killed += run.wait().signal == SIGKILL ? 1u : 0u;
    measuring::remark("killed after " + std::to_string(taken.seconds()) + " s, with " + std::to_string(w.documents()) +
                      " documents and " + std::to_string(w.requests()) + " requests");
  }
  auto const last = w.started().wait();
  measuring::remark(last.out.substr(last.out.find('\n') + 1, 100));
  std::size_t lost = 0, duplicates = 0;
  for (auto const& [name, times] : w.times()) {
    lost += times == 0 ? 1u : 0u;
    duplicates += times > 1 ? times - 1 : 0;
  }
  auto const n = [](std::size_t value) { return static_cast<double>(value); };
  figure("gemini.kills", n(killed), at_least(n(kills)));
  figure("gemini.indexed", n(w.indexed()), at_least(n(files)));
  figure("gemini.duplicates", n(duplicates), at_most(0));
  figure("gemini.lost", n(lost), at_most(0));
  figure("gemini.requests_per_file", n(w.requests()) / n(files));
  figure("gemini.seconds", taken.seconds());
}

}  // namespace gemini_benchmark

int main(int argc, char** argv) {
  return measuring::program("A folder into a faulty service by a program that is killed", argc, argv, {},
                            gemini_benchmark::measure);
}
