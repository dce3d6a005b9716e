// The simulated remote: it outlives processes, and may lose requests and responses.
#ifndef PAWL_TESTS_CRASH_SIMULATION_REMOTE_HPP
#define PAWL_TESTS_CRASH_SIMULATION_REMOTE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <pawl/adapter/outcome.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>

#include "crash/simulation/world.hpp"

namespace crash::simulation {

using world_loop = pawl::loop<world_clock>;

// How often a call goes wrong in each way, in sixteenths. A seed has its own: what is rare beside everything else is
// frequent where it is alone.
struct weather {
  std::size_t lost_requests = 0, lost_answers = 0, late_landings = 0, slow_answers = 0, throttled = 0, transient = 0,
              pending = 0, permanent = 0, quota = 0;

  static weather of(world& w) {
    weather drawn;
    for (auto* rate : {&drawn.lost_requests, &drawn.lost_answers, &drawn.late_landings, &drawn.slow_answers,
                       &drawn.throttled, &drawn.transient, &drawn.pending})
      *rate = w.one_in(2) ? w.below(4) : 0;
    if (w.one_in(8)) drawn.permanent = 1;
    if (w.one_in(16)) drawn.quota = 1;
    return drawn;
  }
};

class remote {
 public:
  // Without faults each call takes exactly this, and lands at its end.
  static constexpr nanoseconds latency = 1s;
  static constexpr nanoseconds timeout = 5s;  // then the caller hears that the answer is lost
  static constexpr nanoseconds latest = 90s;  // after that, a request may still land

  remote(world& w, idempotency kind, bool marks_are_durable)
      : world_(w), kind_(kind), marks_are_durable_(marks_are_durable) {}
  remote(remote const&) = delete;
  remote& operator=(remote const&) = delete;

  weather now{};      // what goes wrong from here on
  bool exact = true;  // no call takes longer than another
  using answer = pawl::outcome<std::string>;

  // Makes an object for the item in its stay, and answers with its name. Under a key there is one.
  pawl::task<answer> upload(world_loop& loop, stay of, std::string key) {
    std::function<answer()> const effect = [this, of, key] { return answer(make_object(of, key)); };
    bool const only_once = kind_ == idempotency::unsafe || kind_ == idempotency::probeable;
    sent_hook const sent = [this, of, only_once] {
      judge_stay(of);
      if (only_once) judge_repetition(of);
    };
    auto calling = call(loop, "upload " + of.item, effect, sent);
    auto heard = co_await std::move(calling);
    if (only_once && !heard && heard.why().kind != pawl::trouble_kind::unknown_outcome) in_doubt_.erase(of);
    co_return heard;
  }
  // The name of an object that was made in this stay, or not_found. What an earlier one has left does not count.
  pawl::task<answer> find(world_loop& loop, stay of) {
    std::function<answer()> const effect = [this, of] {
      auto const found = objects_of_.find(of);
      if (found != objects_of_.end()) return answer(found->second);
      in_doubt_.erase(of);
      return answer(pawl::trouble::not_found(of.item));
    };
    return call(loop, "find " + of.item, effect);
  }
  // Makes the document of an object, if there is none.
  pawl::task<answer> index(world_loop& loop, std::string object) {
    std::function<answer()> const effect = [this, object] {
      auto const found = objects_.find(object);
      if (found == objects_.end()) {
        world_.violated("the remote was asked for the document of '" + object + "', which it never made");
        return answer(pawl::trouble::not_found(object));
      }
      indexed_.insert(object);
      return answer("document of " + object);
    };
    return call(loop, "index " + object, effect);
  }
  // Makes the page of a batch, if there is none.
  pawl::task<answer> publish(world_loop& loop, std::string batch) {
    std::function<answer()> const effect = [batch] { return answer("page of " + batch); };
    return call(loop, "publish " + batch, effect);
  }

  // Another process begins, which has not been asked to wait.
  void forget_waits() { asked_at_ = closed_until_ = nanoseconds{}; }

  // Whether it made this object in this stay, and has its document.
  bool made(std::string const& object, stay const& of) const {
    auto const found = objects_.find(object);
    return found != objects_.end() && found->second == of;
  }
  bool has_document_of(std::string const& object) const { return indexed_.contains(object); }

 private:
  using sent_hook = std::function<void()>;

  std::string make_object(stay const& of, std::string const& key) {
    if (kind_ == idempotency::keyed)
      if (auto const known = by_key_.find(key); known != by_key_.end()) return known_object(known->second, of);
    std::string name = "object " + std::to_string(objects_.size());
    objects_.emplace(name, of);
    by_key_.emplace(key, name);
    bool const is_first = objects_of_.try_emplace(of, name).second;
    world_.note("there is ", name, " of ", of.item, " at ", of.version);
    if (kind_ == idempotency::keyed) world_.files.told.remote_object(of.item, key);
    if (!is_first && !may_be_another(of.item)) note_duplicate(of.item);
    return name;
  }
  // What is led back to its beginning is to be made anew, not found again.
  std::string known_object(std::string const& name, stay const& of) {
    if (auto const& made_in = objects_.find(name)->second; made_in != of)
      world_.violated("the upload of '" + of.item + "' at version " + std::to_string(of.version) + " has the key of '" +
                      made_in.item + "' at version " + std::to_string(made_in.version));
    return name;
  }
  // Where a power cut has taken a new file back, the next one of its name is another file.
  bool may_be_another(std::string const& item) const {
    return kind_ == idempotency::keyed && !marks_stand() && !world_.first_files.contains(item);
  }
  void note_duplicate(std::string const& item) {
    ++world_.counts[tally::duplicates];
    if (marks_are_durable_) ++world_.counts[tally::duplicates_with_full];
    if (kind_ == idempotency::keyed || (kind_ == idempotency::unsafe && marks_stand()))
      world_.violated("the remote has two objects of '" + item + "', whose step is " + name_of(kind_));
  }

  // Whether a process that is in doubt can know it.
  bool marks_stand() const { return marks_are_durable_ || !world_.had_power_cut; }

  // Whether whoever repeats a probeable step can know that it must ask: not one who was frozen before its first call.
  bool must_probe() const {
    return kind_ == idempotency::probeable && marks_stand() && world_.counts[tally::zombies] == 0;
  }

  // A file is uploaded in the first version after its beginning, and it has another beginning only if it was led back.
  void judge_stay(stay const& of) {
    if (of.version == 1 || world_.beginnings.contains(stay(of.item, of.version - 1))) return;
    world_.violated("'" + of.item + "' was uploaded at version " + std::to_string(of.version) +
                    ", and nobody had led it back");
  }
  // Nobody may call again who has not heard that it was refused, or, where one can ask, that there is nothing.
  void judge_repetition(stay const& of) {
    bool const must_not = kind_ == idempotency::probeable ? must_probe() : marks_stand();
    if (!in_doubt_.insert(of).second && must_not)
      world_.violated("the " + std::string(name_of(kind_)) + " step of '" + of.item + "' was repeated in doubt");
  }

  // Who was asked to wait begins no attempt before that time; a probe and the upload after it are one. What was on its
  // way at that moment was not asked yet, and a process that was frozen may have been.
  void ask_to_wait(nanoseconds after) {
    asked_at_ = world_.now();
    closed_until_ = (std::max)(closed_until_, world_.now() + after);
  }
  void judge_wait(std::string const& what) {
    if (world_.counts[tally::zombies] > 0 || world_.now() <= asked_at_ || world_.now() >= closed_until_) return;
    world_.violated("the remote was asked: " + what + ", before the time for which it had asked to wait");
  }

  // What becomes of one call.
  enum class fate : std::uint8_t { well, lost_request, lost_answer, late_landing, slow_answer, refused };

  pawl::task<answer> call(world_loop& loop, std::string what, std::function<answer()> effect, sent_hook sent = {}) {
    // Answers that come at one time come in an order that is left to chance, and so do those who wait for their turn.
    for (std::size_t turns = exact ? 0 : world_.below(3); turns > 0; --turns) co_await loop.sleep(0ns);
    if (world_.dead) {  // the dead send nothing
      co_await loop.sleep(24h);
      co_return pawl::trouble::cancelled();
    }
    ++world_.counts[tally::calls];
    world_.note("asked: ", what);
    if (sent) sent();
    if (kind_ != idempotency::probeable || !sent) judge_wait(what);
    nanoseconds const spread = exact ? 0ns : nanoseconds(static_cast<std::int64_t>(world_.below(3)));
    std::optional<pawl::trouble> refusal;
    fate const becomes = draw(refusal);
    auto const reply = std::make_shared<std::optional<answer>>();
    if (becomes != fate::lost_request && becomes != fate::refused) {
      auto lands = latency;
      if (becomes == fate::late_landing) lands = timeout + world_.upto(latest);
      world_.at(world_.now() + lands + spread, [effect = std::move(effect), reply] { reply->emplace(effect()); });
    }
    nanoseconds wait = latency + spread;
    if (becomes == fate::slow_answer) wait = 1s * static_cast<std::int64_t>(2 + world_.below(3)) + spread;
    if (becomes == fate::lost_request || becomes == fate::lost_answer || becomes == fate::late_landing)
      wait = timeout + spread;
    co_await loop.sleep(wait);
    if (refusal) {
      if (refusal->kind == pawl::trouble_kind::throttled) ask_to_wait(refusal->after);
      co_return *refusal;
    }
    if (becomes == fate::well || becomes == fate::slow_answer) co_return **reply;
    co_return pawl::trouble::unknown_outcome("no answer to: " + what);
  }

  fate draw(std::optional<pawl::trouble>& refusal) {
    std::size_t at = world_.below(32);
    auto const is = [&at](std::size_t rate) {
      bool const hit = at < rate;
      at -= hit ? 0 : rate;
      return hit;
    };
    auto const counted = [this](tally::count c, fate f) {
      ++world_.counts[c];
      world_.note("  which comes to ", static_cast<int>(f));
      return f;
    };
    if (is(now.lost_requests)) return counted(tally::lost_requests, fate::lost_request);
    if (is(now.lost_answers)) return counted(tally::lost_answers, fate::lost_answer);
    if (is(now.late_landings)) return counted(tally::late_landings, fate::late_landing);
    if (is(now.slow_answers)) return counted(tally::slow_answers, fate::slow_answer);
    if (is(now.throttled))
      refusal = pawl::trouble::throttled(1s * static_cast<std::int64_t>(world_.below(5)));
    else if (is(now.transient))
      refusal = pawl::trouble::transient("try again");
    else if (is(now.pending))
      refusal = pawl::trouble::pending(2s);
    else if (is(now.permanent))
      refusal = pawl::trouble::permanent("never");
    else if (is(now.quota))
      refusal = pawl::trouble::quota_exhausted("come back tomorrow");
    return refusal ? counted(tally::refusals, fate::refused) : fate::well;
  }

  world& world_;
  idempotency kind_;
  bool marks_are_durable_;
  std::map<std::string, stay> objects_{};        // by name: for whom it was made
  std::map<std::string, std::string> by_key_{};  // the name
  std::map<stay, std::string> objects_of_{};     // the name of the first one
  std::set<std::string> indexed_{};              // the objects that have a document
  nanoseconds asked_at_{}, closed_until_{};      // when it asked a process to wait, and until when
  std::set<stay> in_doubt_{};                    // that were called for, and nobody has heard that it was in vain
};

}  // namespace crash::simulation

#endif
