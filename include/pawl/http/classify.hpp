// What an exchange with a remote means: its answer, or which kind of trouble.
#ifndef PAWL_HTTP_CLASSIFY_HPP
#define PAWL_HTTP_CLASSIFY_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/adapter/outcome.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/http/reading.hpp>
#include <pawl/http/request.hpp>
#include <pawl/http/retry_after.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http {

// How far an exchange came before it failed.
enum class failure_stage : std::uint8_t {
  misconfigured,  // it can never succeed as the client is set up: a certificate that does not fit, a host that is unknown
  not_sent,       // refused before a byte of it was written: the remote surely has not performed it
  sent            // cut, reset or timed out after that: nobody knows
};

struct exchange_failure {
  failure_stage stage = failure_stage::sent;
  std::string words{};
};

// What an API says in its own way. A request's own readings come before these.
struct api_rules {
  // As request::read(): the last that fits counts.
  std::vector<reading> readings{};
  // How long the body of an answer that is no success asks to wait, where its fields do not say: 0 or empty if it does
  // not either. Google's APIs write "retryDelay": "51.08s" into theirs.
  std::function<std::optional<std::chrono::nanoseconds>(answer const&)> body_hint{};
};

// The kind of a failure. A request that is no read was perhaps performed as soon as its first byte was written: only
// what is surely not performed is transient (see trouble_kind).
inline trouble classify(request const& call, exchange_failure failure) {
  switch (failure.stage) {
    case failure_stage::misconfigured:
      return trouble(trouble_kind::auth, std::move(failure.words));  // ends the run: all other items would meet it too
    case failure_stage::not_sent:
      return trouble::transient(std::move(failure.words));
    case failure_stage::sent:
      break;
  }
  return trouble(call.is_read() ? trouble_kind::transient : trouble_kind::unknown_outcome, std::move(failure.words));
}

namespace detail {
// 500, 502, 503, 504, 52x, every other 5xx but four, and statuses that no RFC has: each of 500, 502, 503 and 504 was
// seen after a POST that the origin had performed, from nginx 1.22, haproxy 2.6, apache 2.4, varnish 7.1 (which adds
// `Retry-After: 5` of its own), squid 5.7, caddy 2.6 or lighttpd 1.4.
inline trouble_kind kind_of_server_error(request const& call, bool asks_to_wait) {
  if (!call.is_read()) return trouble_kind::unknown_outcome;
  return asks_to_wait ? trouble_kind::throttled : trouble_kind::transient;
}

inline trouble_kind kind_of_status(request const& call, int status, bool all_sent, bool asks_to_wait) {
  switch (status) {
    case 429:
      return trouble_kind::throttled;
    case 425:  // too early: it was not performed (RFC 8470, section 5.2)
      return trouble_kind::transient;
    case 408:  // haproxy answers it for a request that is not complete; an origin may mean that it took too long itself
      return all_sent ? kind_of_server_error(call, asks_to_wait) : trouble_kind::transient;
    case 401:
    case 403:
      return trouble_kind::auth;
    case 404:
    case 410:
      return trouble_kind::not_found;
    case 409:
    case 412:
      return trouble_kind::conflict;
    case 501:
    case 505:
    case 508:
    case 511:
      return trouble_kind::permanent;  // refused as a whole
    default:
      break;
  }
  if (status >= 500) return kind_of_server_error(call, asks_to_wait);
  if (status >= 200 && status < 300 && !call.is_read()) return trouble_kind::unknown_outcome;  // it was performed
  return trouble_kind::permanent;  // any other 4xx, and a redirection, which is not followed: it may lead elsewhere
}

inline std::string words_of(answer const& a) {
  std::string text = describe(a);
  if (a.status >= 300 && a.status < 400)
    if (auto const place = a.headers.find("location"))
      text.append(" (redirected to ").append(place->substr(0, place->find_first_of("?#"))).append(")");
  return text;
}
}  // namespace detail

// What a complete answer means. `all_sent`: the whole request had been written before it came. `now`: for a wait given
// as a date, if the answer has none of its own.
inline outcome<answer> classify(request const& call, answer given, api_rules const& rules, bool all_sent,
                                std::chrono::sys_seconds now) {
  auto const last_that_fits = [&given](std::vector<reading> const& readings) -> reading const* {
    for (auto r = readings.rbegin(); r != readings.rend(); ++r)
      if (r->statuses.contains(given.status)) return &*r;
    return nullptr;
  };
  auto const* own = last_that_fits(call.readings());
  if (own == nullptr) own = last_that_fits(rules.readings);

  if (own == nullptr && call.is_success(given.status)) {
    if (!given.body.empty() || given.status == 204 || call.may_answer_nothing()) return given;
    return classify(call, exchange_failure{failure_stage::sent, describe(given) + ", as a broken answer may look"});
  }
  auto hint = retry_after(given.headers, now);
  if (!hint && rules.body_hint) hint = rules.body_hint(given);
  if (hint && hint->count() <= 0) hint.reset();
  if (own != nullptr && own->reader) {
    trouble why = own->reader(given);
    if (why.after.count() == 0 && hint) why.after = *hint;
    return why;
  }
  auto const kind = own != nullptr ? own->kind : detail::kind_of_status(call, given.status, all_sent, hint.has_value());
  return trouble(kind, detail::words_of(given), hint.value_or(std::chrono::nanoseconds(0)));
}

}  // namespace pawl::inline PAWL_ABI::http

#endif
