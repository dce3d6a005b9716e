// What stands behind a client: its connections, and how a request goes over one of them.
#ifndef PAWL_HTTP_BEAST_BODY_HPP
#define PAWL_HTTP_BEAST_BODY_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#ifdef BOOST_ASIO_SEPARATE_COMPILATION
#include <boost/asio/ssl/impl/src.hpp>  // which the compiled form of Asio leaves out, for the one source with a client
#endif

#include <pawl/http/beast/connect.hpp>
#include <pawl/http/beast/connection.hpp>
#include <pawl/http/beast/exchange.hpp>
#include <pawl/http/beast/resolve.hpp>
#include <pawl/http/beast/sha256.hpp>
#include <pawl/http/beast/tls.hpp>
#include <pawl/http/client.hpp>
#include <pawl/http/read_range.hpp>
#include <pawl/http/secret.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// What servers with TLS say to plain HTTP: nginx 1.22, Go 1.19 (and so Caddy and Traefik), Apache 2.4, Tomcat 9.
inline bool wants_tls(answer const& given) {
  if (given.status != 400) return false;
  for (std::string_view words :
       {"The plain HTTP request was sent to HTTPS port", "Client sent an HTTP request to an HTTPS server",
        "speaking plain HTTP to an SSL-enabled server port", "This combination of host and port requires TLS"})
    if (given.body.find(words) != std::string::npos) return true;
  return false;
}

}  // namespace pawl::inline PAWL_ABI::http::detail

namespace pawl::inline PAWL_ABI::http {

class client::body {
  using clock = std::chrono::steady_clock;
  using connection = detail::connection;
  using exchanged = detail::exchanged;
  static constexpr std::chrono::nanoseconds without_end = (std::chrono::nanoseconds::max)();
  static constexpr std::size_t most_spare = 16 * 1024 * 1024;  // bytes

 public:
  body(event_loop& loop, client_options options)
      : loop_(loop),
        options_(std::move(options)),
        origin_(base_url(options_.base)),
        addresses_(loop.get_executor(), origin_.host, origin_.port) {
    refuse_wrong_options();
    if (origin_.tls) tls_.emplace(detail::make_tls_context(options_.ca_file));
  }

  client_counts const& counts() const { return counts_; }

  task<outcome<answer>> send(request const& call) {
    auto const elsewhere = loop_.elsewhere();  // a clock that jumps waits for the real world
    ++counts_.requests;
    detail::file_bytes read;
    if (call.file()) {
      auto bytes = detail::read_range(*call.file(), std::exchange(spare_, {}));
      if (!bytes) co_return std::move(bytes).why();
      read = *std::move(bytes);
    }
    detail::wire_request const message = to_wire(call, call.file() ? read.view() : std::string_view(call.content()));
    auto const end = pawl::detail::saturated_sum(clock::now(), call.total_deadline().value_or(without_end));

    auto going = go(message, call, take_idle(), end);
    auto result = co_await std::move(going);
    if (result.may_be_repeated) {
      ++counts_.repeated;
      auto again = go(message, call, nullptr, end);
      result = co_await std::move(again);
    }
    if (read.capacity() > spare_.capacity() && read.capacity() <= most_spare) spare_ = std::move(read);
    auto judged = judge(call, std::move(result.done));
    if (judged) co_return judged;
    trouble why = std::move(judged).why();
    hide_secrets(why.detail, call);
    co_return why;
  }

 private:
  struct journey {
    exchanged done{};
    bool may_be_repeated = false;
  };
  struct connected {
    std::unique_ptr<connection> to{};
    exchange_failure failure{};
  };

  void refuse_wrong_options() const {
    auto const refuse = [](std::string_view option, std::string_view rule) {
      throw http_error("pawl: client_options::" + std::string(option) + " must be " + std::string(rule));
    };
    if (options_.connect.count() <= 0) refuse("connect", "longer than 0");
    if (options_.first_byte.count() <= 0) refuse("first_byte", "longer than 0");
    if (options_.stall.count() <= 0) refuse("stall", "longer than 0");
    if (options_.idle_time.count() < 0) refuse("idle_time", "0 or longer");
    if (options_.largest_body == 0) refuse("largest_body", "1 or more bytes");
  }

  detail::wire_request to_wire(request const& call, std::string_view content) const {
    detail::wire_request message;
    message.version(11);
    message.method_string(name(call.method()));
    message.target(call.target());
    message.set("Host", origin_.authority());
    message.set("Accept-Encoding", "identity");
    message.set("User-Agent", "pawl/" PAWL_VERSION_STRING);
    for (auto const& line : options_.headers) message.set(line.name, line.value);
    for (auto const& line : call.headers()) message.set(line.name, line.value);
    if (call.key()) message.set("Idempotency-Key", "\"" + detail::sha256(*call.key()) + "\"");
    message.body() = {content.data(), content.size()};
    message.prepare_payload();
    return message;
  }

  outcome<answer> judge(request const& call, exchanged done) {
    if (!done.given) {
      // Most servers with TLS close without a word when plain HTTP comes.
      bool const may_be_tls = !tls_ && !was_answered_ && !done.any_answer && done.failure.stage == failure_stage::sent;
      if (may_be_tls) done.failure.words += "; if that port speaks TLS, write https://";
      return classify(call, std::move(done.failure));
    }
    auto given = *std::move(done.given);
    if (!tls_ && !was_answered_ && !call.is_success(given.status) && detail::wants_tls(given))
      return classify(call,
                      exchange_failure{failure_stage::misconfigured,
                                       "that port speaks TLS; write https:// (it answers HTTP 400 to plain HTTP)"});
    was_answered_ = true;
    if (!call.is_success(given.status)) hide_secrets(given.body, call);  // before a message has only a part of one
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return classify(call, std::move(given), options_.rules, done.all_sent, now);
  }
  // Some services repeat in an error what they were sent. The client's own fields hold credentials, whatever they are
  // called; of a request's own those that are called so.
  void hide_secrets(std::string& words, request const& call) const {
    constexpr std::size_t longest_word = 7;  // so short a value may be any word, unless its name says otherwise
    for (auto const& line : options_.headers)
      if (line.value.size() > longest_word || detail::holds_secret(line.name)) detail::hide(words, line.value);
    for (auto const& line : call.headers())
      if (detail::holds_secret(line.name)) detail::hide(words, line.value);
  }

  // ---- connections ----

  std::unique_ptr<connection> take_idle() {
    auto const now = clock::now();
    while (!idle_.empty()) {
      auto last = std::move(idle_.back());  // the one used last is the least likely to be closed
      idle_.pop_back();
      if (now < last->usable_until && last->is_quiet()) return last;
    }
    return nullptr;
  }
  void put_back(std::unique_ptr<connection> used, std::chrono::nanoseconds keep_alive) {
    auto const most = (std::min)(options_.idle_time, keep_alive);
    if (most.count() <= 0 || idle_.size() >= options_.idle_connections) return;
    used->usable_until = pawl::detail::saturated_sum(clock::now(), most);
    used->carried_another = true;
    idle_.push_back(std::move(used));
  }

  task<connected> connect(clock::time_point end) {
    auto const by = (std::min)(end, pawl::detail::saturated_sum(clock::now(), options_.connect));
    auto finding = addresses_.find(by);
    auto const found = co_await std::move(finding);
    if (found.error) co_return connected{nullptr, lookup_failure(found.error)};
    auto racing = detail::connection_race::run(loop_.get_executor(), found.addresses, by);
    auto raced = co_await std::move(racing);
    if (!raced.socket)
      co_return connected{nullptr,
                          {failure_stage::not_sent, "connecting to " + origin_.text() + ": " + raced.error.message()}};
    ++counts_.connections;
    if (!tls_) co_return connected{std::make_unique<connection>(*std::move(raced.socket)), {}};
    auto made = std::make_unique<connection>(*std::move(raced.socket), *tls_);
    if (!detail::expect_host(*made->tls(), origin_))
      co_return connected{nullptr,
                          {failure_stage::misconfigured, "OpenSSL does not accept the host name of " + origin_.text()}};
    made->watch().set(by);
    auto const [error] = co_await made->tls()->async_handshake(detail::ssl::stream_base::client, detail::as_error);
    made->watch().clear();
    if (error)
      co_return connected{nullptr, detail::handshake_failure(*made->tls(), origin_, error, made->watch().expired())};
    co_return connected{std::move(made), {}};
  }
  exchange_failure lookup_failure(boost::system::error_code error) const {
    bool const for_good = error == boost::asio::error::host_not_found;
    return {for_good ? failure_stage::misconfigured : failure_stage::not_sent,
            "looking up " + origin_.host + ": " + error.message()};
  }

  // ---- a request ----

  task<journey> go(detail::wire_request const& message, request const& call, std::unique_ptr<connection> on,
                   clock::time_point end) {
    if (!on) {
      auto connecting = connect(end);
      auto made = co_await std::move(connecting);
      if (!made.to) {
        journey failed;
        failed.done.failure = std::move(made.failure);
        co_return failed;
      }
      on = std::move(made.to);
    }
    if (on->carried_another) ++counts_.reused;
    journey result;
    auto running = exchange_on(*on, message, call, end);
    result.done = co_await std::move(running);
    bool const nothing_came = !result.done.given && !result.done.any_answer && !on->watch().expired();
    result.may_be_repeated = on->carried_another && nothing_came && (result.done.sent == 0 || call.is_read());
    if (result.done.may_be_kept) put_back(std::move(on), result.done.keep_alive);
    co_return result;
  }
  task<exchanged> exchange_on(connection& on, detail::wire_request const& message, request const& call,
                              clock::time_point end) {
    if (on.tls() != nullptr) {
      detail::exchange<detail::tls_stream> one(*on.tls(), on, options_, end);
      auto running = one.run(message, call);
      co_return co_await std::move(running);
    }
    detail::exchange<detail::tcp::socket> one(on.socket(), on, options_, end);
    auto running = one.run(message, call);
    co_return co_await std::move(running);
  }

  event_loop& loop_;
  client_options options_;
  origin origin_;
  std::optional<detail::ssl::context> tls_{};
  detail::host_addresses addresses_;
  std::vector<std::unique_ptr<connection>> idle_{};
  client_counts counts_{};
  bool was_answered_ = false;
  detail::file_bytes spare_{};  // of the last chunk, for the next one
};

}  // namespace pawl::inline PAWL_ABI::http

#endif
