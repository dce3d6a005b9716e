// A console over items in memory, which can be slow, broken or large.
#ifndef PAWL_TESTS_PAGE_FAKE_CONSOLE_HPP
#define PAWL_TESTS_PAGE_FAKE_CONSOLE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/on_behalf.hpp>
#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>

namespace page_test {

using pawl::stored_time;
using pawl::task;
using namespace std::chrono_literals;

// 2026-11-30 15:00:00 UTC
inline constexpr stored_time noon{std::chrono::seconds(1796050800)};

inline pawl::trouble_record parked_for(std::string why) {
  pawl::trouble_record record;
  record.parked = true;
  record.attempts = 5;
  record.since = noon - 90s;
  record.last_error = std::move(why);
  return record;
}

// One table, `letters`: written -> sent -> delivered (goal), with lost (waiting) and burnt (terminal).
class fake_console final : public pawl::console {
 public:
  explicit fake_console(pawl::event_loop& on) : loop(on) {}

  pawl::event_loop& loop;
  std::string database = "letters.db", table = "letters", lifecycle = "letter";
  bool only_reads = false;
  std::optional<pawl::store_error> failure{};  // thrown by every question
  std::chrono::nanoseconds delay{};            // before every answer
  std::size_t counted = 0, questions = 0;
  std::size_t most_asked = 0;  // bytes of a field
  std::vector<pawl::seen_state> states{
      {.name = "written"},
      {.name = "sent"},
      {.name = "delivered", .role = pawl::role::goal},
      {.name = "lost", .role = pawl::role::waiting},
      {.name = "burnt", .role = pawl::role::terminal},
  };
  std::vector<pawl::seen_row> rows{{"written", "mail", "sent"},
                                   {"sent", "deliver", "delivered"},
                                   {"sent", "lose", "lost"},
                                   {"lost", "retry", "written"},
                                   {"sent", "burn", "burnt"}};
  std::vector<pawl::seen_worker> workers{};
  std::vector<pawl::seen_schedule> schedules{};
  std::vector<pawl::history_entry> deeds{};
  std::map<std::string, pawl::item_story> items{};
  std::vector<std::string> done{};  // the actions

  void add(std::string key, std::string state, std::optional<pawl::trouble_record> trouble = {}) {
    pawl::item_story story;
    story.item = {key, std::move(state), 1, noon - 1min, std::move(trouble)};
    items[std::move(key)] = std::move(story);
  }

  std::string name() const override { return database; }
  bool reads_only() const override { return only_reads; }
  task<std::vector<pawl::seen_table>> tables() override {
    ++counted;
    auto waiting = begin();
    co_await std::move(waiting);
    pawl::seen_table seen;
    seen.name = table;
    seen.lifecycle = lifecycle;
    seen.states = states;
    seen.rows = rows;
    seen.workers = workers;
    seen.schedules = schedules;
    seen.deeds = deeds;
    for (auto const& [key, story] : items) count(seen, story.item);
    std::vector<pawl::seen_table> all;
    all.push_back(std::move(seen));
    co_return all;
  }
  task<pawl::seen_page> list(std::string of, pawl::seen_query which) override {
    auto waiting = begin(of);
    co_await std::move(waiting);
    pawl::seen_page page;
    std::size_t number = 0;
    std::size_t const from = which.after.empty() ? 0 : std::stoul(which.after);
    for (auto const& [key, story] : items) {
      if (!takes(which, story.item) || number++ < from) continue;
      if (page.items.size() == which.limit) {
        page.is_last = false;
        page.next = std::to_string(from + which.limit);
        break;
      }
      page.items.push_back(story.item);
    }
    co_return page;
  }
  using console::story;
  task<std::optional<pawl::item_story>> story(std::string of, std::string key, std::size_t most) override {
    auto waiting = begin(of);
    co_await std::move(waiting);
    auto const found = items.find(key);
    if (found == items.end()) co_return std::nullopt;
    auto told = found->second;
    for (auto& field : told.fields)
      if (field.value && field.value->size() > most) {
        field.size = field.value->size();
        field.value->resize(most);
      }
    most_asked = most;
    co_return told;
  }
  task<stored_time> now() override {
    auto waiting = begin();
    co_await std::move(waiting);
    co_return noon;
  }

  task<bool> release(std::string of, std::string key, std::int64_t version, pawl::on_behalf whose) override {
    auto waiting = begin(of);
    co_await std::move(waiting);
    auto* const item = at(key, version);
    if (!item || !item->trouble) co_return false;
    item->trouble.reset();
    done.push_back("release " + key + " by " + whose.text());
    co_return true;
  }
  task<bool> park(std::string of, std::string key, std::int64_t version, pawl::on_behalf whose) override {
    auto waiting = begin(of);
    co_await std::move(waiting);
    auto* const item = at(key, version);
    if (!item) co_return false;
    item->trouble = parked_for("parked by " + whose.text());
    done.push_back("park " + key + " by " + whose.text());
    co_return true;
  }
  task<bool> start_at(std::string, std::string, std::int64_t, stored_time, pawl::on_behalf) override {
    co_return false;
  }
  task<std::size_t> retry_all(std::string of, std::string state, pawl::on_behalf whose) override {
    auto waiting = begin(of);
    co_await std::move(waiting);
    std::size_t count = 0;
    for (auto& [key, story] : items)
      if (story.item.state == state && story.item.trouble) {
        story.item.trouble.reset();
        ++count;
      }
    done.push_back("retry-all " + state + " by " + whose.text());
    co_return count;
  }
  task<bool> pause(std::string of, std::string state, pawl::on_behalf whose) override {
    auto waiting = begin(of);
    co_await std::move(waiting);
    done.push_back("pause " + state + " by " + whose.text());
    co_return set_paused(state, pawl::seen_pause{noon - 3min, whose.text()});
  }
  task<bool> resume(std::string of, std::string state, pawl::on_behalf whose) override {
    auto waiting = begin(of);
    co_await std::move(waiting);
    done.push_back("resume " + state + " by " + whose.text());
    co_return set_paused(state, std::nullopt);
  }
  task<std::size_t> trim(std::string, stored_time, std::size_t, bool, pawl::on_behalf) override { co_return 0; }
  task<std::size_t> trim_history(std::string, stored_time, std::size_t, pawl::on_behalf) override { co_return 0; }

 private:
  task<void> begin() {
    ++questions;
    if (delay.count() > 0) {
      auto sleeping = loop.sleep(delay);
      co_await std::move(sleeping);
    }
    if (failure) throw *failure;
  }
  task<void> begin(std::string of) {
    auto beginning = begin();
    co_await std::move(beginning);
    if (of != table) throw pawl::store_error(pawl::store_failure::misuse, "pawl: there is no table '" + of + "'");
  }
  pawl::seen_item* at(std::string const& key, std::int64_t version) {
    auto const found = items.find(key);
    return found == items.end() || found->second.item.version != version ? nullptr : &found->second.item;
  }
  bool set_paused(std::string const& name, std::optional<pawl::seen_pause> paused) {
    for (auto& state : states)
      if (state.name == name) return std::exchange(state.paused, paused).has_value() != paused.has_value();
    throw pawl::store_error(pawl::store_failure::misuse, "pawl: there is no state '" + name + "'");
  }
  static void count(pawl::seen_table& seen, pawl::seen_item const& item) {
    auto state =
        std::find_if(seen.states.begin(), seen.states.end(), [&](auto const& s) { return s.name == item.state; });
    if (state == seen.states.end()) state = seen.states.insert(state, {.name = item.state, .known = false});
    ++state->items;
    if (!item.trouble) return;
    if (item.trouble->parked)
      ++state->parked;
    else
      ++(item.trouble->next_at ? state->delayed : state->in_doubt);
  }
  static bool takes(pawl::seen_query const& which, pawl::seen_item const& item) {
    if (!which.state.empty() && which.state != item.state) return false;
    if (which.trouble && !(item.trouble && pawl::detail::item_filter::kind_of(*item.trouble) == *which.trouble))
      return false;
    if (which.key_glob.empty()) return true;
    std::string_view glob = which.key_glob;  // only a star at the end is known here
    return glob.ends_with('*') ? item.key.starts_with(glob.substr(0, glob.size() - 1)) : item.key == glob;
  }
};

}  // namespace page_test

#endif
