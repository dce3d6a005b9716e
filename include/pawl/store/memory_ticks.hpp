// The last tick of each schedule of a memory_store: see tick_store.hpp.
#ifndef PAWL_STORE_MEMORY_TICKS_HPP
#define PAWL_STORE_MEMORY_TICKS_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Few: a program has some schedules.
using schedule_ticks = std::vector<std::pair<std::string, stored_time>>;

inline std::optional<stored_time> tick_in(schedule_ticks const& all, std::string_view schedule) {
  for (auto const& [name, tick] : all)
    if (name == schedule) return tick;
  return std::nullopt;
}
inline void set_tick(schedule_ticks& all, std::string_view schedule, std::optional<stored_time> to) {
  std::erase_if(all, [schedule](auto const& one) { return one.first == schedule; });
  if (to) all.emplace_back(schedule, *to);
}

// The base of a memory_store that adds these calls.
template <class Store> class memory_ticks {
 public:
  std::optional<stored_time> last_tick(std::string_view schedule) {
    typename Store::use const mine(self());
    self().refuse_if_poisoned();
    return tick_in(ticks_, schedule);
  }
  std::optional<std::size_t> advance_ticks(tick_advance const& step) {
    typename Store::use const mine(self());
    self().fail_if_told();
    if (tick_in(ticks_, step.schedule) != step.from /*mutant memory_tick_is_guarded: && !OFF*/) return std::nullopt;
    std::size_t inserted = 0;
    for (auto const& key : step.keys) inserted += static_cast<std::size_t>(self().place_new(key, std::nullopt));
    set(step.schedule, step.to);
    return inserted;
  }
  bool forget_ticks(std::string_view schedule) {
    typename Store::use const mine(self());
    self().fail_if_told();
    if (!tick_in(ticks_, schedule)) return false;
    set(schedule, std::nullopt);
    return true;
  }

 protected:
  schedule_ticks ticks_{};

 private:
  Store& self() noexcept { return static_cast<Store&>(*this); }
  void set(std::string_view schedule, std::optional<stored_time> to) {
    self().remember_tick(schedule);
    set_tick(ticks_, schedule, to);
    if (!self().open_) self().finish();
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
