// One item on its way: what the runner remembers of it while it is in hand or waits for another attempt.
#ifndef PAWL_RUNNER_WORK_HPP
#define PAWL_RUNNER_WORK_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include <pawl/adapter/trouble.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class... Events> std::variant<std::monostate, Events...> last_of(type_list<Events...>);

template <class L> struct work {
  any_item<L> item;
  machine<L> fsm{};                          // in the item's state
  machine<L> next{};                         // in the state that is being written
  decltype(last_of(events_of<L>{})) last{};  // the event that brought it here in this run, if a step reads it
  int attempt = 1;
  bool resumed = true;              // found in this state, not brought here by this run
  bool in_doubt = false;            // the last attempt may have been carried out
  trouble why{};                    // of the last attempt
  std::chrono::nanoseconds wait{};  // before the next one

  explicit work(any_item<L> it) : item(std::move(it)) {}

  // The write of `next` is committed.
  void enter(any_item<L> moved) {
    item = std::move(moved);
    fsm = next;
    attempt = 1;
    resumed = in_doubt = false;
  }
};

// What came of an attempt.
enum class progress : std::uint8_t { moved, dropped, troubled };

// Where an item is after it.
enum class fate : std::uint8_t { running, failing, arrived, dropped, parked, delayed, left };

}  // namespace pawl::inline PAWL_ABI::detail

#endif
