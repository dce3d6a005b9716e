// Explains the situation of an item: use it to find out why an item does not move.
#ifndef PAWL_STORE_EXPLANATION_HPP
#define PAWL_STORE_EXPLANATION_HPP

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/event_text.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/standing.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// `text()` is for the operator: "uploading at version 1: parked after 5 attempts: transient: busy".
template <a_lifecycle L> struct explanation {
  standing is = standing::absent;
  stored<L> row{};
  std::optional<trouble_record> record{};
  // Of an item that has arrived: the event that brought it there, with its recorded fields; several are joined by "or" if
  // the store cannot tell which it was. Empty if nothing is recorded: the row was written by other means.
  std::string arrived_by{};
  std::vector<seen_children> children{};  // by table, where the store keeps them

  // One line: what users and remotes wrote is escaped.
  std::string text() const {
    if (!row.item) return row.describe();
    std::string const awaited = is == standing::waiting ? events() : std::string();
    return detail::situation{
        is, state_name_of<L>(row.item->state), row.item->version, &record, arrived_by, awaited, children}
        .text();
  }

 private:
  std::string events() const {
    std::string names;
    auto const fsm = *machine<L>::hydrate(row.item->state);
    fsm.each_accepted([&names](auto event) {
      if (!names.empty()) names += " or ";
      names += name(event);
    });
    return names;
  }
};

namespace detail {
// `events` has recorded<E>(item), as a store does, and the type `lifecycle`.
template <a_lifecycle L, class Events>
explanation<L> explanation_of(stored<L> row, std::optional<trouble_record> record, Events& events) {
  explanation<L> found;
  found.row = std::move(row);
  if (!found.row.item) {
    found.is = found.row.gone() ? standing::absent : standing::unrecognised;
    return found;
  }
  found.record = std::move(record);
  role const its = role_of<L>(found.row.item->state);
  found.is = standing_of(its, found.record);
  if (found.is == standing::arrived) found.arrived_by = arrival<Events>(events, *found.row.item).text();
  return found;
}
}  // namespace detail

// Explains what is known about this key now. Throws what the store throws. A store that answers later has a member of this
// name, to be awaited.
template <run_port Store> explanation<typename Store::lifecycle> explain(Store& store, std::string_view key) {
  using L = typename Store::lifecycle;
  stored<L> row = store.get(key);
  std::optional<trouble_record> record;
  std::vector<seen_children> children;
  if (row.item) record = store.trouble_of(*row.item);
  if constexpr (requires { store.children_of(*row.item); })
    if (row.item) children = store.children_of(*row.item);
  auto found = detail::explanation_of<L>(std::move(row), std::move(record), store);
  found.children = std::move(children);
  return found;
}

}  // namespace pawl::inline PAWL_ABI

#endif
