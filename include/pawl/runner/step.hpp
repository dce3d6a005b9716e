// What a step is given and what it gives back: the words in which a user writes steps.
#ifndef PAWL_RUNNER_STEP_HPP
#define PAWL_RUNNER_STEP_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <pawl/adapter/trouble.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The last parameter of a step says whether its remote call may be repeated when nobody knows whether it was carried
// out (the answer was lost, the step threw, the process died):
//
//   pawl::safe&          repeating it does no harm
//   pawl::keyed&         the remote recognises the repetition by call.key()
//   pawl::probeable&     `probe(item, pawl::probeable&)` of the steps finds out; it is asked before a repetition. What
//                        was made before a reset may still be there: let what the step makes bear item.version
//   pawl::step_context&  or nothing: unsafe. It is marked in the store before it begins, and is not called again while
//                        in doubt: its item is parked until a person releases it
//
// A step that is no coroutine calls nobody, and needs no word. The context lives as long as the step's attempt.
class step_context {
 public:
  step_context(int attempt, bool resumed) : attempt_(attempt), resumed_(resumed) {}
  step_context(step_context const&) = delete;
  step_context& operator=(step_context const&) = delete;

  // 1 for the first attempt; those of earlier runs count.
  int attempt() const { return attempt_; }
  // The item was found in this state, not brought into it by this run: an earlier run may have begun the step.
  bool resumed() const { return resumed_; }

 private:
  int attempt_;
  bool resumed_;
};

class safe : public step_context {
  using step_context::step_context;
};

class probeable : public step_context {
  using step_context::step_context;
};

class keyed : public step_context {
 public:
  keyed(int attempt, bool resumed, std::string key) : step_context(attempt, resumed), key_(std::move(key)) {}

  // A pure function of the lifecycle, the item, its state and its version on entering the state: the same for every
  // repetition, in this process and after a crash, and another one after a reset. Text `lifecycle/state/version/item
  // key`, with the item's key as it is; hash it where the remote limits length or characters.
  std::string const& key() const { return key_; }

 private:
  std::string key_;
};

// What a step returns: one of its events, or the trouble on which the runner retries, fires the failure event or parks
// the item.
template <class... Events> class one_of {
 public:
  using answer = std::variant<Events..., trouble>;

  template <class T>
    requires(std::is_same_v<T, Events> || ...)
  || std::is_same_v<T, trouble> one_of(T value) : answer_(std::in_place_type<T>, std::move(value)) {}

  answer& get() & { return answer_; }
  answer const& get() const& { return answer_; }
  answer&& get() && { return std::move(answer_); }

  // For tests of steps: the event, if it is this one.
  template <class Event> Event const* as() const { return std::get_if<Event>(&answer_); }

 private:
  answer answer_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
