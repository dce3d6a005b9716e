// A transport in memory: the remote of a test without a network, by the loop's own clock.
#ifndef PAWL_TESTING_HTTP_SCRIPT_HPP
#define PAWL_TESTING_HTTP_SCRIPT_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <pawl/adapter/outcome.hpp>
#include <pawl/http/classify.hpp>
#include <pawl/http/read_range.hpp>
#include <pawl/http/request.hpp>
#include <pawl/http/transport.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/testing/http/remote.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// What the client would answer, decided by the same rules (classify.hpp), and after the same deadlines. Waits are the
// loop's, so that a run under a virtual clock is repeatable; a process of for_each_crash_point watches its `remote`. What
// only a network can do wrong (garbage behind an answer, a connection that closes while it is idle) the client mends by
// itself, and does no harm here.
class http_script final : public http::transport {
 public:
  explicit http_script(event_loop& loop, http::api_rules rules = {}) : loop_(loop), rules_(std::move(rules)) {}

  http_remote remote{};
  // Sent with each request, as client_options::headers are.
  http::fields headers{};
  // How long each request takes.
  std::chrono::nanoseconds latency = std::chrono::milliseconds(20);
  // How long a client waits for an answer that does not come, as client_options::first_byte.
  std::chrono::nanoseconds patience = std::chrono::minutes(1);

  using transport::send;
  [[nodiscard("nothing is sent before the task is awaited")]] task<outcome<http::answer>> send(
      http::request const& call) override {
    auto seen = seen_by_remote(call);
    if (!seen) co_return seen.why();  // it is not sent
    auto const fault = remote.begin();
    std::size_t const number = remote.requests();
    auto delivering = deliver(call, *std::move(seen), fault);
    auto given = co_await std::move(delivering);
    remote.answered(number);
    co_return given;
  }

 private:
  using nanoseconds = std::chrono::nanoseconds;

  task<outcome<http::answer>> deliver(http::request const& call, http_call seen, http_fault const& fault) {
    auto const end = pawl::detail::saturated_sum(loop_.now(), call.total_deadline().value_or((nanoseconds::max)()));
    auto const in_time = end - loop_.now() >= latency;
    if (!in_time && fault.has_effect) land(seen, latency);  // it is on its way all the same
    if (fault.lands_late) land(seen, pawl::detail::saturated_sum(latency + fault.wait, *fault.lands_late));
    auto arriving = pass(latency, end);
    co_await std::move(arriving);
    if (!in_time) co_return classify(call, lost("no answer in time (scripted)"));

    http::answer given;
    if (fault.has_effect) given = remote.perform(std::move(seen));
    if (fault.answer) given = *fault.answer;
    auto const silence = fault.stall_after && !fault.drops ? (nanoseconds::max)() : fault.wait;
    if (silence.count() > 0) {
      auto waiting = pass(silence, (std::min)(end, pawl::detail::saturated_sum(loop_.now(), patience)));
      bool const has_come = co_await std::move(waiting);
      if (!has_come) co_return classify(call, lost("no answer in time (scripted)"));
    }
    if (fault.drops) co_return classify(call, lost("the connection ended without an answer (scripted)"));
    bool is_whole = !fault.cut_after;
    if (fault.rate) {
      auto arriving_slowly = pass(time_of(given.body, *fault.rate), end);
      bool const has_come = co_await std::move(arriving_slowly);
      is_whole = is_whole && has_come;
    }
    if (fault.cut_head_after || (!is_whole && call.is_success(given.status)))
      co_return classify(call, lost("the answer was cut (scripted)"));
    auto const now = std::chrono::sys_seconds(std::chrono::floor<std::chrono::seconds>(loop_.now()));
    co_return classify(call, std::move(given), rules_, true, now);
  }
  // Whether so much time passes before the end, at which it is over.
  task<bool> pass(nanoseconds time, nanoseconds end) {
    auto const left = end - loop_.now();
    auto sleeping = loop_.sleep((std::min)(time, left));
    co_await std::move(sleeping);
    co_return time <= left;
  }
  static nanoseconds time_of(std::string const& body, std::size_t bytes_per_second) {
    std::chrono::duration<double> const time(static_cast<double>(body.size()) /
                                             static_cast<double>((std::max)(bytes_per_second, std::size_t{1})));
    return std::chrono::ceil<nanoseconds>(time);
  }
  // Performs it so much later, unless this script is gone by then.
  void land(http_call seen, nanoseconds later) {
    loop_.sleep(later, [seen = std::move(seen), alive = std::weak_ptr<http_remote*>(alive_)](auto const&...) {
      if (auto const at = alive.lock()) (*at)->perform(seen);
    });
  }

  static http::exchange_failure lost(std::string words) { return {http::failure_stage::sent, std::move(words)}; }
  outcome<http_call> seen_by_remote(http::request const& call) const {
    http_call seen;
    seen.method = std::string(http::name(call.method()));
    seen.target = call.target();
    seen.headers = headers;
    for (auto const& line : call.headers()) seen.headers.set(line.name, line.value);
    if (call.key()) seen.headers.take("Idempotency-Key", *call.key());
    seen.body = call.content();
    if (!call.file()) return seen;
    auto bytes = http::detail::read_range(*call.file());
    if (!bytes) return std::move(bytes).why();
    seen.body = bytes->view();
    return seen;
  }

  event_loop& loop_;
  http::api_rules rules_;
  std::shared_ptr<http_remote*> alive_ = std::make_shared<http_remote*>(&remote);
};

}  // namespace pawl::inline PAWL_ABI::testing

#endif
