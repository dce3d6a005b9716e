// A lifecycle whose items recur, and its steps, for the tests of this room.
#ifndef PAWL_TESTS_RECURRING_NIGHTS_HPP
#define PAWL_TESTS_RECURRING_NIGHTS_HPP

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/trouble_record.hpp>

#include "calendar/ticks_of.hpp"

namespace recurring_test {

using calendar_test::at;
using calendar_test::sys_seconds;

enum class state { due, done };
struct finish {};
struct night : pawl::lifecycle<pawl::initial<state::due>, pawl::goal<state::done>,
                               pawl::transition<state::due, finish, state::done>> {};
using due_night = pawl::item<night, state::due>;

// Begins on Monday, November 30, 2026, at noon, and is moved by the test.
struct set_clock {
  pawl::stored_time now = at(2026, 11, 30, 12);
  auto reader() {
    return [this] { return std::chrono::time_point_cast<std::chrono::system_clock::duration>(now); };
  }
};

// "nightly 12-01T03:00, nightly 12-02T03:00": the keys of all items, by schedule and time.
template <class Store> std::string keys_in(Store& store) {
  std::vector<std::string> keys;
  pawl::item_query<night> which{};
  which.limit = 1000;
  for (auto const& one : store.items(which).items) keys.push_back(one.item.key);
  std::sort(keys.begin(), keys.end());
  std::string all;
  for (auto& key : keys) {
    if (auto const year = key.find(" 2026-"); year != key.npos) key.erase(year + 1, 5);
    key.resize(key.size() - 4);
    all += (all.empty() ? "" : ", ") + key;
  }
  return all;
}

}  // namespace recurring_test

#endif
