// Decides what becomes of an item whose attempt ended in trouble: a rule per trouble_kind, and the wait before a retry.
#ifndef PAWL_RUNNER_ENGINE_RETRY_HPP
#define PAWL_RUNNER_ENGINE_RETRY_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <pawl/adapter/trouble.hpp>
#include <pawl/loop/backoff.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/runner/run_options.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// The properties of a step that decide whether it may be repeated.
struct step_nature {
  bool calls = false;              // a coroutine: it may call a remote
  bool repeatable = true;          // even while in doubt
  bool has_failure_event = false;  // the lifecycle has one for its state

  // If the process dies, nothing else would tell whether the call was carried out: the store must know before it
  // starts.
  bool needs_mark() const { return calls && !repeatable; }
};

enum class verdict : std::uint8_t {
  delayed,   // retried at record.next_at
  failing,   // fires the lifecycle's failure event
  parked,    // given up
  run_ended  // left as it is: the remote refuses all calls, or the attempt was cancelled
};

// The trouble in words, as a store keeps it.
inline std::string kept_error(trouble const& why) {
  return shortened(why.describe(), /*mutant errors_are_cut: OFF ? std::size_t(-1) :*/ trouble_record::longest_error);
}

// For on_failure's event. A final trouble ends the count without adding to it.
inline int failed_attempts(trouble const& last, trouble_record const& record) {
  bool const is_final = last.kind == trouble_kind::not_found || last.kind == trouble_kind::conflict ||
                        last.kind == trouble_kind::permanent;
  return record.attempts + (is_final ? 1 : 0);
}

class retry_rules {
 public:
  retry_rules(retry_policy const& policy, std::chrono::nanoseconds item_deadline, std::uint64_t seed)
      : policy_(policy), item_deadline_(item_deadline), random_(seed) {}

  // Decides, and writes the trouble and the time of the next attempt into the record. If the item is given up because
  // its deadline has passed, `why` says so. `began`: start of the attempt.
  verdict decide(trouble& why, trouble_record& record, step_nature step, stored_time began, stored_time now) {
    if (!record.since) record.since = began;
    record.in_doubt = is_in_doubt(why.kind, record.in_doubt, step);
    auto const decided = by_kind(why, record, step, now);
    record.last_error = kept_error(why);
    return decided;
  }

  // The longest possible wait before an attempt.
  std::chrono::nanoseconds longest_wait() const {
    return saturated_sum((std::max)({policy_.longest, policy_.poll, policy_.wait.cap}), policy_.wait.first);
  }
  // Jitter for items that a closed gate delays all at once: spreads them over the backoff's first step.
  std::chrono::nanoseconds spread() { return random_.upto(policy_.wait.first); }
  // The wait that the remote asked for, at most retry_policy::longest; retry_policy::poll if it named none.
  std::chrono::nanoseconds asked_wait(trouble const& why) const {
    return why.after.count() > 0 ? named_wait(why) : policy_.poll;
  }
  // How long the remote wants no further call through the same gate; 0: it does not say.
  std::chrono::nanoseconds closing_wait(trouble const& why) const {
    if (why.kind == trouble_kind::throttled) return asked_wait(why);
    bool const may_pass = why.kind == trouble_kind::transient || why.kind == trouble_kind::unknown_outcome;
    return may_pass ? named_wait(why) : std::chrono::nanoseconds();
  }

 private:
  std::chrono::nanoseconds named_wait(trouble const& why) const {
    return (std::max)(std::chrono::nanoseconds(), (std::min)(why.after, policy_.longest));
  }

  // For an unsafe step any answer, even one of trouble, settles whether the call was carried out. For others, doubt
  // about an earlier call remains.
  static bool is_in_doubt(trouble_kind kind, bool before, step_nature step) {
    bool const lost = kind == trouble_kind::unknown_outcome;
    return step.needs_mark() ? lost || kind == trouble_kind::cancelled : before || lost;
  }

  verdict by_kind(trouble& why, trouble_record& record, step_nature step, stored_time now) {
    switch (why.kind) {
      case trouble_kind::quota_exhausted:
      case trouble_kind::auth:
      case trouble_kind::cancelled:
        return verdict::run_ended;
      case trouble_kind::pending:
        record.attempts = 0;  // the remote is up and working, so earlier failures are over
        return delay(asked_wait(why), why, record, step, now);
      case trouble_kind::throttled:
        return delay(saturated_sum(asked_wait(why), spread()), why, record, step, now);
      case trouble_kind::transient:
      case trouble_kind::unknown_outcome:
        if (record.in_doubt && !step.repeatable /*mutant lost_answer_parks: && !OFF*/) return verdict::parked;
        if (++record.attempts >= policy_.attempts /*mutant attempts_are_bounded: && !OFF*/) break;
        return delay((std::max)(policy_.wait.wait(record.attempts, random_),
                                /*mutant named_wait_counts: OFF ? std::chrono::nanoseconds() :*/ named_wait(why)),
                     why, record, step, now);
      case trouble_kind::not_found:
      case trouble_kind::conflict:
      case trouble_kind::permanent:
        break;
    }
    return given_up(step);
  }

  verdict delay(std::chrono::nanoseconds wait, trouble& why, trouble_record& record, step_nature step,
                stored_time now) {
    auto const next = saturated_sum(now, wait);
    if (item_deadline_.count() > 0 && saturated_difference(next, *record.since) >= item_deadline_) {
      why.detail.append(why.detail.empty() ? "" : "; ").append("the item's deadline has passed");
      return given_up(step);
    }
    record.next_at = next;
    return verdict::delayed;
  }
  static verdict given_up(step_nature step) { return step.has_failure_event ? verdict::failing : verdict::parked; }

  retry_policy policy_;
  std::chrono::nanoseconds item_deadline_;
  jitter random_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
