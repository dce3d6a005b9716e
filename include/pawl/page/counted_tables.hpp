// The console's tables as they were counted last: large ones are not counted for each request.
#ifndef PAWL_PAGE_COUNTED_TABLES_HPP
#define PAWL_PAGE_COUNTED_TABLES_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/page/console_lane.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// A table, and how much of it the page leaves out so that it stays a page.
struct counted_table {
  seen_table seen{};
  std::size_t states_left_out = 0;  // unknown ones, of a table that others fill with anything
  std::size_t items_left_out = 0;   // in these
  std::vector<seen_item> parked{};  // the first of them

  static constexpr std::size_t most_states = 200;
  static constexpr std::size_t most_parked = 10;

  std::size_t items() const {
    std::size_t all = items_left_out;
    for (auto const& state : seen.states) all += state.items;
    return all;
  }
  seen_state const* state_of(std::string_view name) const {
    for (auto const& state : seen.states)
      if (state.name == name) return &state;
    return nullptr;
  }
  std::size_t parked_items() const {
    std::size_t all = 0;
    for (auto const& state : seen.states) all += state.parked;
    return all;
  }
};

struct counted {
  std::string database{};
  bool reads_only = false;
  stored_time at{};  // on the store's clock
  std::vector<counted_table> tables{};

  counted_table const* table_of(std::string_view name) const {
    for (auto const& table : tables)
      if (table.seen.name == name) return &table;
    return nullptr;
  }
};

class counted_tables {
 public:
  using clock = std::chrono::steady_clock;

  counted_tables(console& from, std::shared_ptr<console_lane> lane, std::chrono::nanoseconds every)
      : from_(from), lane_(std::move(lane)), every_(every) {}

  // Those of a moment ago. They are older, and say so, while the console is at work for longer than that. Throws what the
  // console throws, and "page.busy".
  task<std::shared_ptr<counted const>> get() {
    bool const is_fresh = last_ && clock::now() - counted_at_ < every_;
    bool const must_wait = counting_ || !lane_->is_free();
    if (is_fresh || (last_ && must_wait && clock::now() - counted_at_ < oldest)) co_return last_;
    counting_ = true;
    marker const meanwhile{counting_};
    auto asking = lane_->ask(count(from_));
    last_ = co_await std::move(asking);
    counted_at_ = clock::now();
    co_return last_;
  }
  // Something was changed: the next who asks is to see it.
  void forget() { last_.reset(); }

 private:
  static constexpr std::chrono::nanoseconds oldest = std::chrono::seconds(30);
  struct marker {
    bool& flag;
    ~marker() { flag = false; }
  };

  static task<std::shared_ptr<counted const>> count(console& from) {
    auto const all = std::make_shared<counted>();
    all->database = from.name();
    all->reads_only = from.reads_only();
    auto timing = from.now();
    all->at = co_await std::move(timing);
    auto counting = from.tables();
    auto tables = co_await std::move(counting);
    for (auto& table : tables) all->tables.push_back(bounded(std::move(table)));
    for (auto& table : all->tables) {
      if (table.parked_items() == 0) continue;
      seen_query which;
      which.trouble = trouble_is::parked;
      which.limit = counted_table::most_parked;
      auto listing = from.list(table.seen.name, std::move(which));
      auto page = co_await std::move(listing);
      table.parked = std::move(page.items);
      if (table.parked.size() > counted_table::most_parked) table.parked.resize(counted_table::most_parked);
    }
    co_return all;
  }
  static counted_table bounded(seen_table table) {
    counted_table result;
    for (std::size_t i = counted_table::most_states; i < table.states.size(); ++i) {
      ++result.states_left_out;
      result.items_left_out += table.states[i].items;
    }
    if (table.states.size() > counted_table::most_states) table.states.resize(counted_table::most_states);
    result.seen = std::move(table);
    return result;
  }

  console& from_;
  std::shared_ptr<console_lane> lane_;
  std::chrono::nanoseconds every_;
  std::shared_ptr<counted const> last_{};
  clock::time_point counted_at_{};
  bool counting_ = false;
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
