// A transport in memory: the remote of a test without a network, by the loop's own clock.
#ifndef PAWL_TESTING_HTTP_SCRIPT_HPP
#define PAWL_TESTING_HTTP_SCRIPT_HPP

#include <chrono>
#include <cstddef>
#include <fstream>
#include <ios>
#include <string>
#include <utility>

#include <pawl/adapter/outcome.hpp>
#include <pawl/http/classify.hpp>
#include <pawl/http/request.hpp>
#include <pawl/http/transport.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/testing/http/remote.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// What the client would answer, decided by the same rules (classify.hpp). Waits are the loop's, so that a run under a
// virtual clock is repeatable; a process of for_each_crash_point watches its `remote`. What only a network can do wrong
// (garbage behind an answer, a connection that closes while it is idle) the client mends by itself, and does no harm
// here.
class http_script final : public http::transport {
 public:
  explicit http_script(event_loop& loop, http::api_rules rules = {}) : loop_(loop), rules_(std::move(rules)) {}

  http_remote remote{};
  // Sent with each request, as client_options::headers are.
  http::fields headers{};
  // How long each request takes.
  std::chrono::nanoseconds latency = std::chrono::milliseconds(20);
  // How long a client waits for an answer that does not come.
  std::chrono::nanoseconds patience = std::chrono::minutes(1);

  using transport::send;
  [[nodiscard("nothing is sent before the task is awaited")]] task<outcome<http::answer>> send(
      http::request const& call) override {
    auto const fault = remote.begin();
    std::size_t const number = remote.requests();
    auto delivering = deliver(call, fault);
    auto given = co_await std::move(delivering);
    remote.answered(number);
    co_return given;
  }

 private:
  task<outcome<http::answer>> deliver(http::request const& call, http_fault const& fault) {
    auto wait = loop_.sleep(latency);
    co_await std::move(wait);
    auto const as_seen = seen_by_remote(call);
    http::answer given;
    if (fault.has_effect) given = remote.perform(as_seen);
    if (fault.answer) given = *fault.answer;
    if (fault.wait.count() > 0) {
      auto delay = loop_.sleep(fault.wait);
      co_await std::move(delay);
    }
    if (fault.drops) co_return classify(call, lost("the connection ended without an answer (scripted)"));
    if (fault.stall_after) {
      auto stalled = loop_.sleep(call.total_deadline().value_or(patience));
      co_await std::move(stalled);
      co_return classify(call, lost("no answer in time (scripted)"));
    }
    if (fault.cut_head_after || (fault.cut_after && call.is_success(given.status)))
      co_return classify(call, lost("the answer was cut (scripted)"));
    auto const now = std::chrono::sys_seconds(std::chrono::floor<std::chrono::seconds>(loop_.now()));
    co_return classify(call, std::move(given), rules_, true, now);
  }
  static http::exchange_failure lost(std::string words) { return {http::failure_stage::sent, std::move(words)}; }
  http_call seen_by_remote(http::request const& call) const {
    http_call seen;
    seen.method = std::string(http::name(call.method()));
    seen.target = call.target();
    seen.headers = headers;
    for (auto const& line : call.headers()) seen.headers.set(line.name, line.value);
    if (call.key()) seen.headers.take("Idempotency-Key", *call.key());
    seen.body = call.content();
    if (call.file()) {
      std::ifstream file(call.file()->path, std::ios::binary);
      file.seekg(static_cast<std::streamoff>(call.file()->offset));
      seen.body.resize(static_cast<std::size_t>(call.file()->size));
      file.read(seen.body.data(), static_cast<std::streamsize>(seen.body.size()));
    }
    return seen;
  }

  event_loop& loop_;
  http::api_rules rules_;
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
