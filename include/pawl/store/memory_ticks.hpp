// The last tick of each schedule of a memory_store: see tick_store.hpp.
#ifndef PAWL_STORE_MEMORY_TICKS_HPP
#define PAWL_STORE_MEMORY_TICKS_HPP

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/store/tick_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// std::less<> would need <functional>.
struct by_text {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const noexcept { return a < b; }
};
using tick_map = std::map<std::string, stored_time, by_text>;

inline std::optional<stored_time> tick_in(tick_map const& all, std::string_view schedule) {
  auto const at = all.find(schedule);
  return at == all.end() ? std::nullopt : std::optional(at->second);
}
inline void set_tick(tick_map& all, std::string_view schedule, std::optional<stored_time> to) {
  if (to)
    all.insert_or_assign(std::string(schedule), *to);
  else if (auto const at = all.find(schedule); at != all.end())
    all.erase(at);
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
  tick_map ticks_{};

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
