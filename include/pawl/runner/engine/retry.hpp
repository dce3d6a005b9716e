// What becomes of an item whose attempt brought no event: the rule of each kind of trouble.
#ifndef PAWL_RUNNER_ENGINE_RETRY_HPP
#define PAWL_RUNNER_ENGINE_RETRY_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include <pawl/adapter/trouble.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// What a step is to those who repeat it.
struct step_nature {
  bool calls = false;              // it is a coroutine: it may call a remote
  bool repeatable = true;          // while in doubt
  bool has_failure_event = false;  // the lifecycle names one for its state

  // Nobody could tell whether it was carried out: this must be known before it begins.
  bool needs_mark() const { return calls && !repeatable; }
};

class judge {
 public:
  judge(retry_policy const& retry, std::chrono::nanoseconds item_deadline, std::uint64_t seed)
      : retry_(retry), item_deadline_(item_deadline), random_(seed) {}

  // Notes the trouble in the record, with the time of the next attempt, and decides. An item's deadline is added to the
  // trouble's words when it is what decided. `began`: the attempt.
  fate decide(trouble& why, trouble_record& record, step_nature step, stored_time began, stored_time now) {
    if (!record.since) record.since = began;
    record.in_doubt = is_in_doubt(why.kind, record.in_doubt, step);
    auto const decided = by_kind(why, record, step, now);
    record.last_error = why.describe();
    return decided;
  }

  // What is waited for at most before the next attempt.
  std::chrono::nanoseconds longest_wait() const {
    return (std::max)({retry_.longest, retry_.poll, retry_.wait.cap}) + retry_.wait.first;
  }

  // Those whom a closed gate sends away together come back spread over the backoff's first step.
  std::chrono::nanoseconds spread() { return random_.upto(retry_.wait.first); }

  // As long as the remote asked, within bounds.
  std::chrono::nanoseconds asked_wait(trouble const& why) const {
    return why.after.count() > 0 ? (std::min)(why.after, retry_.longest) : retry_.poll;
  }

 private:
  // What answers, also with a trouble, has not been carried out unseen. A doubt about a call before it remains.
  static bool is_in_doubt(trouble_kind kind, bool before, step_nature step) {
    bool const lost = kind == trouble_kind::unknown_outcome;
    return step.needs_mark() ? lost || kind == trouble_kind::cancelled : before || lost;
  }

  fate by_kind(trouble& why, trouble_record& record, step_nature step, stored_time now) {
    switch (why.kind) {
      case trouble_kind::quota_exhausted:
      case trouble_kind::auth:
      case trouble_kind::cancelled:
        return fate::left;
      case trouble_kind::pending:
        record.attempts = 0;  // the remote is there and at work: what failed before has passed
        return put_off(asked_wait(why), why, record, step, now);
      case trouble_kind::throttled:
        return put_off(asked_wait(why) + spread(), why, record, step, now);
      case trouble_kind::transient:
      case trouble_kind::unknown_outcome:
        if (record.in_doubt && !step.repeatable) return fate::parked;
        if (++record.attempts >= retry_.attempts) break;
        return put_off(retry_.wait.wait(record.attempts, random_), why, record, step, now);
      case trouble_kind::not_found:
      case trouble_kind::conflict:
      case trouble_kind::permanent:
        break;
    }
    return given_up(step);
  }

  fate put_off(std::chrono::nanoseconds wait, trouble& why, trouble_record& record, step_nature step, stored_time now) {
    if (item_deadline_.count() > 0 && now + wait - *record.since >= item_deadline_) {
      why.detail.append(why.detail.empty() ? "" : "; ").append("the item's deadline has passed");
      return given_up(step);
    }
    record.next_at = now + wait;
    return fate::delayed;
  }
  static fate given_up(step_nature step) { return step.has_failure_event ? fate::failing : fate::parked; }

  retry_policy retry_;
  std::chrono::nanoseconds item_deadline_;
  jitter random_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
