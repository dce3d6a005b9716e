// The interface for writing steps: what a step receives and what it returns.
#ifndef PAWL_RUNNER_STEP_HPP
#define PAWL_RUNNER_STEP_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/mistake.hpp>
#include <pawl/store/field.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The last parameter of a step declares whether its remote call may be repeated when it is unknown whether it was
// carried out (the response was lost, the step threw, the process died):
//
//   pawl::safe&          repeating it is harmless
//   pawl::keyed&         the remote recognises a repetition by call.key()
//   pawl::probeable&     `probe(item, pawl::probeable&)` is asked before a repetition. What was created before a reset
//                        may still exist, so include item.version in the name of what the step creates
//   pawl::step_context&  or none: unsafe. It is marked in the store before it starts, and not called again while in
//                        doubt: its item is parked until an operator releases it
//
// A step that is not a coroutine makes no remote call and needs no such parameter. The context lives for one attempt.
class step_context {
 public:
  step_context(int attempt, bool resumed) : step_context(attempt, resumed, resumed || attempt > 1) {}
  step_context(int attempt, bool resumed, bool repeated) : attempt_(attempt), resumed_(resumed), repeated_(repeated) {}
  step_context(step_context const&) = delete;
  step_context& operator=(step_context const&) = delete;

  // 1 for the first attempt; counts across runs those that retry_policy::attempts bounds. An answer of pending begins
  // again at 1.
  int attempt() const { return attempt_; }
  // True if the item was found in this state rather than brought into it by this run: an earlier run may have started
  // the step.
  bool resumed() const { return resumed_; }
  // True if this step may have been called before for the item at this version, in this run or an earlier one, whatever
  // came of it. False only if this run brought the item into its state and has not called the step since. It decides
  // whether a remote's "exists already" may be the echo of our own request, and whether an upload must be asked how far
  // it got. Nothing is written for it, so an item that a run finds in its state counts as called.
  bool repeated() const { return repeated_; }

 private:
  int attempt_;
  bool resumed_;
  bool repeated_;
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
  keyed(int attempt, bool resumed, bool repeated, std::string key)
      : step_context(attempt, resumed, repeated), key_(std::move(key)) {}

  // The same for every repetition of this call, in this process and after a crash; a different one for every other call:
  // after a reset, for a row that was written anew under the key of a deleted one, and in another database. The text is
  // `identity/lifecycle/state/version/life/item key`: the identity of the database (sqlite::database::identity(), which a
  // backup keeps), the version on entering the state, and what tells the row from a later one with its key (item::life).
  // In a mapped table the table's name follows the identity: `identity/table/lifecycle/...`; a table that is renamed has
  // other keys. The item's key stands there unescaped; hash the text if the remote limits length or characters.
  //
  // A mapped table can give a key again, and a run warns of it, unless it has an INTEGER PRIMARY KEY AUTOINCREMENT or a
  // pawl::names::born that is filled at random. An item that was there when its database was upgraded, from a pawl without identities or by naming
  // `.born`, keeps the key that it had until it moves.
  std::string const& key() const { return key_; }

 private:
  std::string key_;
};

// What a step returns: one of its events, or trouble, on which the runner retries, fires the failure event or parks the
// item. An event may come with SQL of the user's own: one_of<with<mail>, lose> (store/with.hpp).
template <class... Events> class one_of {
 public:
  using answer = std::variant<Events..., trouble>;

  template <class T>
    requires(std::is_same_v<T, Events> || ...)
  || std::is_same_v<T, trouble> one_of(T value) : answer_(std::in_place_type<T>, std::move(value)) {}
  // For everything else: a coroutine that returns it would be refused within Asio, far from this sentence. A std::optional
  // converts element by element.
  template <class T>
    requires(!detail::is_optional<T> && !std::is_same_v<T, trouble> && (!std::is_same_v<T, Events> && ...))
  explicit one_of(T const&) {
    static_assert(mistake::never<T>,
                  "pawl: a step returns one of the events that its one_of names, or a pawl::trouble; this is neither");
  }

  answer& get() & { return answer_; }
  answer const& get() const& { return answer_; }
  answer&& get() && { return std::move(answer_); }

  // For tests of steps: the event if it is of this type, else null.
  template <class Event> Event const* as() const { return std::get_if<Event>(&answer_); }

 private:
  answer answer_;
};

}  // namespace pawl::inline PAWL_ABI

#endif
