// The one step: a webhook is sent to its receiver. Limits and pace stand here too.
#ifndef WEBHOOKS_STEPS_HPP
#define WEBHOOKS_STEPS_HPP

#include <chrono>
#include <cstddef>
#include <string>

#include <pawl/http.hpp>
#include <pawl/pawl.hpp>

#include "address.hpp"
#include "lifecycle.hpp"
#include "outbox.hpp"
#include "receivers.hpp"

namespace webhooks {

struct pace {
  std::size_t workers = 50;                                  // requests at once, to all hosts
  std::size_t at_once = 10;                                  // to one host: a slow one must not have all workers
  double per_second = 20;                                    // to one host; more than 0: see options_of()
  std::chrono::nanoseconds wait = std::chrono::seconds(10);  // after a first failure at most, doubled after each other
};

// With the default wait eight attempts take ten minutes on average. A receiver that is down for longer says so by
// Retry-After, or what was meant for it is revived later.
inline pawl::run_options options_of(pace const& at) {
  pawl::run_options options;
  options.concurrency = at.workers;
  options.retry = {.attempts = 8, .wait = {.first = at.wait, .cap = at.wait * 60}};
  // A gate with a rate opens when its pause is over. One without opens up to retry.wait.first later, to a single call.
  options.gates = {.others = {.per_second = at.per_second, .burst = 5}};
  options.attempt_deadline = std::chrono::minutes(1);
  // Throttled attempts are not counted: a receiver that answers 429 for ever is given up by the time that has passed.
  options.item_deadline = std::chrono::days(3);
  return options;
}

class steps {
 public:
  steps(outbox& rows, receivers& to, pace const& at, pawl::event_loop const& clock)
      : rows_(&rows), to_(&to), at_once_(at.at_once), clock_(&clock) {}

  // A gate for each host: its rate, and closed by its Retry-After alone. Asked before a worker is given.
  std::string gate_of(webhook<pending> const& it) const {
    auto const row = rows_->read(it.key);
    auto const to = row ? address_of(row->url) : address();
    return to ? to->gate() : std::string();
  }

  // keyed: a receiver that knows the header performs a repeated request once. The key is the same for all attempts, also
  // after a crash, and another one after a person has revived it; Webhook-Id is the same even then.
  pawl::task<pawl::one_of<deliver>> operator()(webhook<pending> it, pawl::keyed& call) {
    auto const row = rows_->read(it.key);
    if (!row) co_return pawl::trouble::permanent("its row is gone");
    auto const where = address_of(row->url);
    if (!where) co_return where.why();
    receiver& to = to_->of(where->host);
    // Closes the gate of this host alone, and gives the worker back.
    if (to.in_flight >= at_once_) co_return pawl::trouble::throttled(to.next_free());
    seat const taken(to, *clock_);

    pawl::http::request post(pawl::http::post, where->target, row->payload);
    post.idempotency_key(call.key()).deadline(std::chrono::seconds(30));
    try {
      post.header("Webhook-Id", row->event);
    } catch (pawl::http::http_error const& e) {
      co_return pawl::trouble::permanent(e.what());  // no header field can hold it, now or later
    }
    read_answers(post);
    auto const answer = co_await to.http->send(post);
    if (!answer) co_return of_one_host(answer.why());
    co_return deliver{answer->status};
  }

 private:
  // What receivers mean by it. A status of 401 would stop the run as one that refuses our own credentials; here it is
  // one of many receivers that does not want its webhook.
  static void read_answers(pawl::http::request& post) {
    using pawl::trouble_kind;
    post.expect_empty();  // most receivers answer 200 without a body
    post.read({400, 499}, trouble_kind::permanent)
        .read(408, trouble_kind::unknown_outcome)
        .read(409, trouble_kind::unknown_outcome)  // it is still at work on an earlier request with this key
        .read(425, trouble_kind::transient)
        .read(429, trouble_kind::throttled);
  }
  // A host that is unknown or whose certificate does not fit is no reason to stop the others.
  static pawl::trouble of_one_host(pawl::trouble why) {
    if (why.kind == pawl::trouble_kind::auth) why.kind = pawl::trouble_kind::transient;
    return why;
  }

  outbox* rows_;
  receivers* to_;
  std::size_t at_once_;
  pawl::event_loop const* clock_;
};

}  // namespace webhooks

#endif
