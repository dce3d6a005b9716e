// One proxy between the client and a remote that misbehaves: whatever the proxy makes of it, a request that was performed
// must not be said to have failed. Run by tests/http_proxies:
//   http_proxies NAME VERSION CONFIG ROOT WORK COMMAND...
// CONFIG and COMMAND are texts with @PORT@, @ORIGIN@, @ROOT@, @WORK@ and, in the command, @CONFIG@. Prints a line for each
// fault and that of a proof (tests/proof.hpp). Exit codes: 0 it holds, 1 it does not, 2 wrong command line.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <pawl/http/beast_client.hpp>
#include <pawl/http/client.hpp>
#include <pawl/http/json_field.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/testing/http/server.hpp>

#include "child_process.hpp"
#include "proof.hpp"

using namespace std::chrono_literals;
namespace http = pawl::http;
using kind = pawl::trouble_kind;
using pawl::testing::http_fault;
using pawl::testing::http_server;

namespace proxies {

struct place {
  std::string name, version, config, root, work;
  std::vector<std::string> command;
};

// A port that was free a moment ago. Another process may take it: whoever starts the proxy tries several.
std::uint16_t free_port() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor const listening(io, {boost::asio::ip::address_v4::loopback(), 0});
  return listening.local_endpoint().port();
}

std::string replaced(std::string text, std::string const& what, std::string const& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// The proxy as a process; ended with this object, and with this process however that ends.
class running_proxy {
 public:
  running_proxy(place const& of, std::uint16_t port, std::uint16_t origin)
      : port_(port), config_(of.work + "/config"), process_(begin(of, port, origin)) {}
  ~running_proxy() { process_.end(SIGTERM); }
  running_proxy(running_proxy const&) = delete;
  running_proxy& operator=(running_proxy const&) = delete;

  std::string base() const { return "http://127.0.0.1:" + std::to_string(port_); }
  bool has_ended() { return process_.has_ended(); }

 private:
  std::function<int()> begin(place const& of, std::uint16_t port, std::uint16_t origin) const {
    auto const filled = [&](std::string text) {
      text = replaced(replaced(std::move(text), "@PORT@", std::to_string(port)), "@ORIGIN@", std::to_string(origin));
      return replaced(replaced(replaced(std::move(text), "@ROOT@", of.root), "@WORK@", of.work), "@CONFIG@", config_);
    };
    std::ifstream given(of.config);
    std::string const text{std::istreambuf_iterator<char>(given), {}};
    std::ofstream(config_) << filled(text);
    std::vector<std::string> words;
    for (auto const& word : of.command) words.push_back(filled(word));
    return [words, log = of.work + "/log"]() mutable {
#ifdef __linux__
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
      int const file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
      int const nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      ::dup2(nothing, 0);
      ::dup2(file, 1);
      ::dup2(file, 2);
      // Without the remote's sockets, which this process closes when it is to be down.
      for (int other = 3; other < 1024; ++other) ::close(other);
      std::vector<char*> arguments;
      for (auto& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execv(arguments.front(), arguments.data());
      return 127;
    };
  }

  std::uint16_t port_;
  std::string config_;
  child_process process_;
};

// ---- the remote and the requests ----

std::string const name_of_document = "documents/7";

http::answer document(pawl::testing::http_call const&) {
  http::answer a;
  a.status = 200;
  a.headers = {{"Content-Type", "application/json"}};
  a.body = R"({"padding":")" + std::string(300, 'x') + R"(","name":")" + name_of_document + "\"}";
  return a;
}

struct question {
  http::verb method;
  char const* text;
};
constexpr question questions[] = {{http::post, "POST"}, {http::put, "PUT with a key"}, {http::get, "GET"}};

// What an adapter would answer.
pawl::task<pawl::outcome<std::string>> ask(http::transport& over, http::verb method, int number) {
  http::request call(method, "/v1/documents", method == http::get ? "" : R"({"size":7})");
  if (method == http::put) call.idempotency_key("step " + std::to_string(number));
  auto sending = over.send(call);
  auto answer = co_await std::move(sending);
  if (!answer) co_return answer.why();
  co_return http::field(*answer, "name");
}

http_fault const no_fault{};
struct case_of_fault {
  char const* name;
  std::function<void(http_fault&)> set;
};
std::vector<case_of_fault> faults() {
  return {
      {"nothing", [](http_fault&) {}},
      {"closes after the effect", [](http_fault& f) { f.drop_after(); }},
      {"resets after the effect", [](http_fault& f) { f.reset_after(); }},
      {"closes before the effect", [](http_fault& f) { f.drop_before(); }},
      {"never answers", [](http_fault& f) { f.stall(); }},
      {"half a header", [](http_fault& f) { f.cut_head(25); }},
      {"half a body, with its length", [](http_fault& f) { f.cut_body(50); }},
      {"half a body, in chunks", [](http_fault& f) { f.chunked().cut_body(70); }},
      {"a body without its last chunk", [](http_fault& f) { f.chunked().cut_body(370); }},
      {"half a body, without a length", [](http_fault& f) { f.no_length().cut_body(50); }},
      {"no body at all", [](http_fault& f) { f.status(200); }},
      {"503 that asks to wait",
       [](http_fault& f) {
         f.status(503, {{"Retry-After", "5"}});
       }},
      {"500", [](http_fault& f) { f.status(500); }},
      {"closes when idle", [](http_fault& f) { f.close_idle(); }},
      {"early hints", [](http_fault& f) { f.early_hints(); }},
      {"bytes behind the answer", [](http_fault& f) { f.garbage_after(); }},
  };
}

// ---- judging ----

class trial {
 public:
  trial(place const& of, std::unique_ptr<http_server>& origin, running_proxy& proxy)
      : of_(of), origin_(origin), client_(loop_, {.base = proxy.base(), .first_byte = 20s, .stall = 20s}) {}

  // Empty where the answers are as they must be.
  void run(case_of_fault const& fault) {
    for (auto const& asked : questions) {
      one(fault.name, asked, [&] {
        origin_->with([&](auto& remote) {
          // A proxy may repeat a GET, and must find the same.
          for (std::size_t n = 1; n <= 4; ++n) set(remote.fault(remote.requests() + n), fault);
        });
      });
      origin_->with([&](auto& remote) {
        for (std::size_t n = 1; n <= 4; ++n) remote.fault(remote.requests() + n) = no_fault;
      });
      must_answer(fault.name);
    }
  }
  void run_without_origin() {
    origin_.reset();
    for (auto const& asked : questions) one("is down", asked, [] {});
  }

  std::size_t asked() const { return asked_; }
  std::size_t unknown() const { return unknown_; }
  std::size_t violations() const { return violations_; }

 private:
  std::size_t effects_so_far() const { return origin_ ? origin_->effects() : 0; }
  static void set(http_fault& on, case_of_fault const& fault) {
    on = no_fault;
    fault.set(on);
  }

  void one(char const* fault, question const& asked, std::function<void()> const& prepare) {
    prepare();
    std::size_t const before = effects_so_far();
    auto const given = loop_.wait(ask(client_, asked.method, static_cast<int>(++asked_)));
    std::size_t const effects = effects_so_far() - before;
    char const* const wrong = what_is_wrong(given, asked.method, effects, std::string(fault) == "nothing");
    if (wrong != nullptr) ++violations_;
    if (!given && given.why().kind == kind::unknown_outcome) ++unknown_;
    std::string said = given ? "its value" : std::string(pawl::name(given.why().kind));
    if (!given && given.why().after.count() > 0)
      said += " after " + std::to_string(std::chrono::ceil<std::chrono::seconds>(given.why().after).count()) + " s";
    std::printf("%-8s  %-8s  %-30s  %-14s  %zu  %-23s  %s%s\n", of_.name.c_str(), of_.version.c_str(), fault,
                asked.text, effects, said.c_str(), given ? "" : given.why().detail.substr(0, 60).c_str(),
                wrong != nullptr ? (std::string("  WRONG: ") + wrong).c_str() : "");
  }
  static char const* what_is_wrong(pawl::outcome<std::string> const& given, http::verb method, std::size_t effects,
                                   bool must_be_value) {
    if (must_be_value && !given) return "nothing has failed";
    if (given) {
      if (*given != name_of_document) return "it is another value";
      return effects == 0 ? "nobody performed it" : nullptr;
    }
    auto const is = given.why().kind;
    bool const repeatable = is == kind::transient || is == kind::throttled || is == kind::unknown_outcome;
    if (method == http::get) return repeatable ? nullptr : "a read may be repeated";
    // A proxy may repeat a PUT, as nginx 1.22 does; the key is there for that.
    if (effects > 1 && method == http::post) return "it was performed twice";
    if (effects > 0 && is != kind::unknown_outcome) return "it was performed";
    return repeatable ? nullptr : "the next attempt may succeed";
  }
  // A GET goes through as if nothing had been; a proxy may need a moment after a failure.
  void must_answer(char const* after) {
    for (int tries = 0; tries < 20; ++tries) {
      if (loop_.wait(ask(client_, http::get, 0))) return;
      std::this_thread::sleep_for(250ms);
    }
    ++violations_;
    std::printf("%-8s  %-8s  %-30s  WRONG: no GET is answered afterwards\n", of_.name.c_str(), of_.version.c_str(),
                after);
  }

  place const& of_;
  std::unique_ptr<http_server>& origin_;  // null when it is down
  pawl::loop<> loop_{};
  http::client client_;
  std::size_t asked_ = 0, unknown_ = 0, violations_ = 0;
};

// Started until it answers for this origin.
std::unique_ptr<running_proxy> start(place const& of, http_server& origin) {
  for (int ports = 0; ports < 3; ++ports) {
    auto proxy = std::make_unique<running_proxy>(of, free_port(), origin.port());
    pawl::loop<> loop;
    http::client client(loop, {.base = proxy->base()});
    for (int tries = 0; tries < 150 && !proxy->has_ended(); ++tries) {
      if (loop.wait(ask(client, http::get, 0)) && origin.effects() > 0) return proxy;
      std::this_thread::sleep_for(100ms);
    }
  }
  throw std::runtime_error("it does not answer; see " + of.work + "/log");
}

int prove(place const& of) {
  auto const begin = std::chrono::steady_clock::now();
  auto origin = std::make_unique<http_server>();
  for (auto method : {http::get, http::post, http::put}) origin->on(method, "/v1/documents", document);
  auto const proxy = start(of, *origin);
  trial going(of, origin, *proxy);
  auto const all = faults();
  for (auto const& fault : all) going.run(fault);
  going.run_without_origin();
  bool const holds = going.violations() == 0;
  std::string const figure = std::to_string(going.asked()) + " requests, " + std::to_string(going.unknown()) +
                             " unknown outcomes, " + std::to_string(going.violations()) + " violations";
  double const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::string const scope = of.name + " " + of.version + ", " + std::to_string(all.size() + 1) + " faults";
  proof::report("proxies", scope, figure, holds, seconds);
  return holds ? 0 : 1;
}

}  // namespace proxies

int main(int argc, char** argv) {
  if (argc < 7) {
    std::fprintf(stderr, "%s takes NAME VERSION CONFIG ROOT WORK COMMAND..., as tests/http_proxies gives it\n",
                 argv[0]);
    return 2;
  }
  proxies::place const of{argv[1], argv[2], argv[3], argv[4], argv[5], {argv + 6, argv + argc}};
  try {
    return proxies::prove(of);
  } catch (std::exception const& e) {
    proof::report("proxies", of.name + " " + of.version, e.what(), false);
    return 1;
  }
}
