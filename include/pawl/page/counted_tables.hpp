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

#include <boost/asio/steady_timer.hpp>

#include <pawl/console/console.hpp>
#include <pawl/http/beast/resolve.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/loop/spawn.hpp>
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
  static constexpr std::size_t most_schedules = 50;  // that are shown

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

// One counting at a time, for all who wait for it. It keeps its result though nobody waits any more, so that tables
// which take longer to count than people wait are shown after all.
class counted_tables : public std::enable_shared_from_this<counted_tables> {
 public:
  using clock = std::chrono::steady_clock;
  using result = std::shared_ptr<counted const>;

  counted_tables(event_loop& loop, console& from, std::shared_ptr<console_lane> lane, std::chrono::nanoseconds every)
      : executor_(loop.get_executor()), from_(from), lane_(std::move(lane)), every_(every) {}

  // Those of a moment ago. They are older, however old, and say so, while the console is at work or has a pause. Throws
  // what the console threw at the last counting, and "page.busy" where they have not been counted yet.
  task<result> get() {
    if (!must_count()) {
      if (failed_) std::rethrow_exception(failed_);
      co_return last_;
    }
    auto const self = shared_from_this();
    auto const mine = in_hand_ ? in_hand_ : begin();
    auto const until = saturated_sum(clock::now(), lane_->patience());
    while (!mine->ended && clock::now() < until) {
      auto const bell = std::make_shared<boost::asio::steady_timer>(executor_, until);
      mine->bells.push_back(bell);
      auto waiting = bell->async_wait(http::detail::as_error);
      co_await std::move(waiting);
    }
    if (failed_) std::rethrow_exception(failed_);
    if (!last_) throw console_lane::too_slow();
    co_return last_;
  }
  // Something was changed: the next who asks is to see it. To be called before another question may begin.
  void forget() { is_stale_ = true; }

 private:
  struct counting {
    bool ended = false;
    std::vector<std::shared_ptr<boost::asio::steady_timer>> bells{};
  };

  bool must_count() const {
    if (!last_ && !failed_) return true;
    if (is_stale_ || failed_) return lane_->is_free_soon();
    return clock::now() - counted_at_ >= every_ && !in_hand_ && lane_->is_free();
  }
  std::shared_ptr<counting> begin() {
    auto const one = in_hand_ = std::make_shared<counting>();
    spawn(executor_, carry_out(shared_from_this(), one), {&ignore, one});
    return one;
  }
  static void ignore(std::shared_ptr<void>&, std::exception_ptr) {}
  static task<void> carry_out(std::shared_ptr<counted_tables> self, std::shared_ptr<counting> into) {
    try {
      auto asking = self->lane_->ask(count(self), turn::counting);
      self->last_ = co_await std::move(asking);
      self->counted_at_ = clock::now();
      self->failed_ = nullptr;
    } catch (...) {
      self->failed_ = std::current_exception();
    }
    self->in_hand_.reset();
    into->ended = true;
    for (auto const& bell : into->bells) bell->cancel();
  }

  static task<result> count(std::shared_ptr<counted_tables> self) {
    self->is_stale_ = false;  // what is changed from now on is not counted
    auto& from = self->from_;
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

  event_loop::executor_type executor_;
  console& from_;
  std::shared_ptr<console_lane> lane_;
  std::chrono::nanoseconds every_;
  result last_{};
  clock::time_point counted_at_{};
  bool is_stale_ = false;
  std::exception_ptr failed_{};  // the last counting; last_ is one before
  std::shared_ptr<counting> in_hand_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
