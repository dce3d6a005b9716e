// The world of one seed: its time, its randomness, its events regardless of live processes, and everything known about
// it.
#ifndef PAWL_TESTS_CRASH_SIMULATION_WORLD_HPP
#define PAWL_TESTS_CRASH_SIMULATION_WORLD_HPP

#include <chrono>
#include <cinttypes>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "crash/memory_files.hpp"
#include "crash/simulation/ledger.hpp"
#include "crash/simulation/tally.hpp"
#include "crash/workload.hpp"

namespace crash::simulation {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// Whose call may be repeated when nobody knows what became of it, and on what grounds (pawl/runner/step.hpp).
enum class idempotency : std::uint8_t { keyed, safe, probeable, unsafe };
inline constexpr std::size_t idempotencies = 4;
constexpr char const* name_of(idempotency i) {
  constexpr char const* names[] = {"keyed", "safe", "probeable", "unsafe"};
  return names[static_cast<std::size_t>(i)];
}
constexpr idempotency idempotency_of(std::uint64_t seed) { return static_cast<idempotency>(seed % idempotencies); }
// Whether its files have parents, which costs three times as much. The others have files alone.
constexpr bool has_batches(std::uint64_t seed) { return seed / (2 * idempotencies) % 3 == 0; }
constexpr bool is_mapped(std::uint64_t seed) { return seed / idempotencies % 2 == 0; }

// An item's stay in a state, from the version with which it came there: back in the same state it has another one.
struct stay {
  stay(std::string of, std::int64_t at) : item(std::move(of)), version(at) {}

  std::string item;
  std::int64_t version;

  friend auto operator<=>(stay const&, stay const&) = default;
};

// The number of no process: that of somebody who moves items with a connection of their own.
inline constexpr int nobodys_process = 0;

// One thread, one seed. What is noted makes its hash, in order: two worlds of one hash have had one history.
class world {
 public:
  world(std::uint64_t seed, bool aloud) : random_(seed), family_random_(~seed), aloud_(aloud) {}
  world(world const&) = delete;
  world& operator=(world const&) = delete;

  // ---- chance ----

  random_bits& random() { return random_; }
  // What concerns batches alone: whatever they add, the rest of a seed is drawn as it would be without them.
  random_bits& family_random() { return family_random_; }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  nanoseconds upto(nanoseconds most) {
    return nanoseconds(static_cast<std::int64_t>(below(std::size_t(most.count()) + 1)));
  }

  // ---- time ----

  static constexpr std::chrono::seconds begins_at{1'800'000'000};  // since 1970, on a clock that is right

  nanoseconds now() const { return now_; }
  // Happens then, whichever processes live: what has been sent is on its way.
  void at(nanoseconds time, std::function<void()> what) { to_come_.emplace(time, std::move(what)); }
  void advance_to(nanoseconds time) {
    while (!to_come_.empty() && to_come_.begin()->first <= time) {
      auto next = to_come_.extract(to_come_.begin());
      now_ = (std::max)(now_, next.key());
      next.mapped()();
    }
    now_ = (std::max)(now_, time);
  }

  // ---- what is known ----

  // All processes have died at this moment; what they go on to do, until they are buried, has not happened.
  bool dead = false;
  bool had_power_cut = false;
  bool has_batches = false;
  ledger<file_lifecycle> files{};
  std::set<std::string> first_files{};                      // that were there from the start
  std::set<stay> beginnings{};                              // in the initial state, to which an item was to be led back
  std::set<stay> begun{};                                   // whose step was marked, and may be in doubt from then on
  std::unordered_map<std::string, nanoseconds> led_back{};  // until then no run need have noticed it
  tally counts{};

  template <class... Parts> void note(Parts const&... parts) {
    mix(static_cast<std::uint64_t>(now_.count()));
    (mix(parts), ...);
    say(parts...);
  }
  // What is no part of the history: another machine says it in other words.
  template <class... Parts> void say(Parts const&... parts) const {
    if (!aloud_) return;
    std::printf("%14.9f ", std::chrono::duration<double>(now_).count());
    (print(parts), ...);
    std::printf("\n");
  }
  void violated(std::string sentence) {
    say("WRONG: ", sentence);
    wrong_.push_back(std::move(sentence));
  }
  sentences const& wrong() const { return wrong_; }
  std::uint64_t hash() const { return hash_; }

 private:
  void mix(std::integral auto number) {
    hash_ = (hash_ ^ static_cast<std::uint64_t>(number)) * 0x9E3779B97F4A7C15u;
    hash_ ^= hash_ >> 29;
  }
  void mix(std::string_view text) {
    for (char const c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  }
  static void print(std::integral auto number) { std::printf("%" PRId64, static_cast<std::int64_t>(number)); }
  static void print(std::string_view text) { std::printf("%.*s", static_cast<int>(text.size()), text.data()); }

  random_bits random_, family_random_;
  bool aloud_;
  nanoseconds now_{};
  std::multimap<nanoseconds, std::function<void()>> to_come_{};
  sentences wrong_{};
  std::uint64_t hash_ = 0xCBF29CE484222325u;
};

// The clock of a process's loop: all of them live in the same time, and who jumps takes the world along.
class world_clock {
 public:
  static constexpr bool real = false;
  explicit world_clock(world& w) : world_(&w) {}
  nanoseconds now() const { return world_->now(); }
  void jump_to(nanoseconds t) { world_->advance_to(t); }
  nanoseconds jumped() const { return world_->now(); }

 private:
  world* world_;
};

}  // namespace crash::simulation

#endif
