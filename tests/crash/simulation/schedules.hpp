// The schedules of batches, and what must be found of them at any time.
#ifndef PAWL_TESTS_CRASH_SIMULATION_SCHEDULES_HPP
#define PAWL_TESTS_CRASH_SIMULATION_SCHEDULES_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <pawl/recurring/recurring.hpp>
#include <pawl/recurring/tick.hpp>

#include "crash/simulation/world.hpp"

namespace crash::simulation {

struct presence {
  pawl::stored_time begin{}, end{};
};

// One makes up for all that nobody was there to make, in pages; the other has one item for them all.
class schedules {
 public:
  static constexpr std::chrono::seconds a_minute{60}, a_day{86'400};

  template <class Store> static auto often(Store& store) {
    return pawl::every(store, "often", a_minute, options(pawl::missed::once));
  }
  template <class Store> static auto seldom(Store& store) {
    return pawl::every(store, "seldom", a_day, options(pawl::missed::all));
  }

  // The items are the ticks up to the last one: no other, and, where they are made up for, each of them.
  template <class Store> static void judge(world& w, Store& store, std::set<std::string> const& keys) {
    judge(w, "seldom", store.last_tick("seldom"), a_day, true, keys);
    judge(w, "often", store.last_tick("often"), a_minute, false, keys);
  }
  // What came while a run was there is there.
  template <class Store> static void judge(world& w, Store& store, presence const& run) {
    for (auto at = after((std::max)(run.begin, since), a_minute); at + std::chrono::seconds(1) <= run.end;
         at += a_minute)
      if (store.get(key_of("often", at)).gone()) w.violated("there is no '" + key_of("often", at) + "'");
  }

 private:
  static constexpr pawl::stored_time since{world::begins_at};

  static pawl::recurring_options options(enum pawl::missed missed) {
    return {.missed = missed, .since = since, .page = 2};
  }
  static pawl::stored_time after(pawl::stored_time time, std::chrono::seconds period) {
    return time - time.time_since_epoch() % period + period;
  }
  static std::string key_of(std::string_view name, pawl::stored_time at) {
    return pawl::key_of({name, std::chrono::floor<std::chrono::seconds>(at)});
  }

  static void judge(world& w, std::string_view name, std::optional<pawl::stored_time> last, std::chrono::seconds period,
                    bool all, std::set<std::string> const& keys) {
    std::int64_t found = 0;
    for (auto const& key : keys) {
      auto const tick = pawl::tick_of(key);
      if (!tick || tick->schedule != name) continue;
      ++found;
      pawl::stored_time const at = tick->at;
      if (!last || at <= since || at > *last || at != after(at, period) - period)
        w.violated("there is '" + key + "', which has not come");
    }
    if (!last || *last == since) return;
    if (!keys.contains(key_of(name, *last))) w.violated("there is no '" + key_of(name, *last) + "', the last tick");
    if (all && found != (*last - after(since, period)) / period + 1)
      w.violated("there are only " + std::to_string(found) + " ticks of '" + std::string(name) + "' up to '" +
                 key_of(name, *last) + "'");
  }
};

}  // namespace crash::simulation

#endif
