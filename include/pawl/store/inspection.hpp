// An overview of a store's items, during a run or between runs.
#ifndef PAWL_STORE_INSPECTION_HPP
#define PAWL_STORE_INSPECTION_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct inspected_state {
  std::string_view name;  // as it is stored
  pawl::role role;
  std::size_t items = 0;
};
struct inspected_item {
  std::string key;
  std::string_view state;
  std::int64_t version = 0;
  trouble_record record;
};

struct inspection {
  std::string_view lifecycle{};
  std::vector<inspected_state> states{};  // in lifecycle order, including empty ones
  std::size_t items = 0;                  // in these states
  std::size_t unrecognised = 0;           // further rows, in states unknown to the lifecycle
  trouble_counts troubles{};
  std::optional<stored_time> next_due{};  // earliest due time still to come; empty if there is none
  std::vector<inspected_item> parked{};   // at most `most_parked` of them
};

namespace detail {
template <a_lifecycle L, class Counts, class Parked>
inspection inspection_of(Counts const& items, std::size_t unrecognised, trouble_counts const& troubles,
                         std::optional<stored_time> next_due, Parked parked) {
  inspection seen;
  seen.lifecycle = lifecycle_name<L>();
  for (std::size_t i = 0; i < items.size(); ++i) {
    seen.states.push_back({state_name_of<L>(states<L>[i]), role_of<L>(states<L>[i]), items[i]});
    seen.items += items[i];
  }
  seen.unrecognised = unrecognised;
  seen.troubles = troubles;
  seen.next_due = next_due;
  for (auto& one : parked)
    seen.parked.push_back({one.item.key, state_name_of<L>(one.item.state), one.item.version, std::move(one.record)});
  return seen;
}
}  // namespace detail

// Reads all rows. On SQLite, open the database with sqlite::access::read_only to inspect it while another process
// works; the counts are then taken one after another, and may disagree if items move in between. Throws what the store
// throws. A store that answers later has a member of this name, to be awaited.
template <run_port Store> inspection inspect(Store& store, std::size_t most_parked = 20) {
  using L = typename Store::lifecycle;
  auto const items = store.count_items();
  auto const unrecognised = store.unrecognised();
  auto const troubles = store.count_troubles();
  auto const next_due = store.next_due(store.now(), delayed_by::anybody);
  return detail::inspection_of<L>(items, unrecognised, troubles, next_due, store.parked(most_parked));
}

}  // namespace pawl::inline PAWL_ABI

#endif
