// What a person on call sees of a database and does to it, without the types of its lifecycles.
#ifndef PAWL_CONSOLE_CONSOLE_HPP
#define PAWL_CONSOLE_CONSOLE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/console/on_behalf.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/item_query.hpp>
#include <pawl/store/seen_children.hpp>
#include <pawl/store/standing.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct seen_pause {
  stored_time since{};
  std::string by{};  // on whose behalf, and why; empty: nobody has said
};
struct seen_state {
  std::string name{};
  pawl::role role = pawl::role::step;
  bool known = true;  // false: no state of the lifecycle that opened the table last, but rows are in it
  std::size_t items = 0;
  std::size_t parked = 0, delayed = 0, in_doubt = 0;  // of these items, as trouble_counts counts them
  std::optional<seen_pause> paused{};                 // no run begins its step
  std::optional<stored_time>
      oldest{};  // since when the item that has been in it longest is there; empty: no item, or no such column
};
struct seen_row {  // of the lifecycle's table of transitions
  std::string from{}, event{}, to{};
};
// A process that runs the table's items.
struct seen_worker {
  std::string name{};                     // "process 4711", or a worker's name with its host
  std::optional<stored_time> alive_at{};  // its last sign of life; empty: it holds a lock, which dies with it
  bool dead = false;
  std::size_t items = 0;  // that it has claimed
};
// Up to where a schedule has made its items; those of later ticks are made by the run that has it.
struct seen_schedule {
  std::string name{};
  stored_time settled{};
};
struct seen_table {
  static constexpr std::size_t most_deeds = 10;

  std::string name{}, lifecycle{};
  bool is_own = false;               // made by pawl; else the rows are the user's
  bool has_history = false;          // a store has been opened with store_options::history
  std::vector<seen_state> states{};  // of the lifecycle in its order, then unknown ones
  std::vector<seen_row> rows{};
  std::vector<seen_worker> workers{};
  std::vector<seen_schedule> schedules{};  // by name
  std::vector<history_entry>
      deeds{};  // what operators did last to its states and rows, oldest first, if it has a history
  std::optional<stored_time> next_due{};
  std::string moved_to{};  // where the table was copied away to, and is not to be run here again; empty: it was not
  std::string problem{};   // a sentence: why its rows cannot be read; empty: they can
};

struct seen_item {
  std::string key{}, state{};
  std::int64_t version = 0;
  std::optional<stored_time> changed_at{};  // empty: there is no such column
  std::optional<trouble_record> trouble{};
  std::vector<seen_children> children{};  // by table; those that are parked only in an item's story
};
struct seen_field {
  std::string name{};
  std::optional<std::string> value{};  // as text; empty: NULL
  std::size_t size = 0;                // in bytes, of a value of which this is only the beginning; 0: it is whole
};
struct item_story {
  static constexpr std::size_t most_parents = 100;

  seen_item item{};
  std::vector<seen_parent> parents{};    // at most so many
  std::vector<seen_field> fields{};      // what its events recorded, or its row's other columns
  std::vector<history_entry> history{};  // oldest first
  standing is = standing::unrecognised;
  std::string why{};  // the sentence that pawl::explain says
};

// Where the next page begins: opaque, and made of digits, letters and '-'. Empty: at the beginning.
using seen_mark = std::string;
// Give it a name before it is awaited with: g++ 12 copies the bytes of an aggregate in a co_await expression (task.hpp).
struct seen_query {
  std::string state{};                  // empty: any
  std::optional<trouble_is> trouble{};  // empty: with or without
  std::string key_glob{};               // * ? [..] as SQLite's GLOB; empty: any
  std::optional<stored_time> before{};  // in its state since before then
  std::size_t limit = 100;
  seen_mark after{};
};
struct seen_page {
  std::vector<seen_item> items{};
  seen_mark next{};
  bool is_last = true;
};

// One database, SQLite's or PostgreSQL's. All members may throw what its store throws: store_error, connection_error. A
// member that changes something is one transaction, which is fenced: what has moved on meanwhile is left alone. Where the table
// has a history, a change has an entry there, in that transaction, with `of`: on whose behalf. An unknown table or state is a
// store_error (misuse) whose message names those that there are.
class console {
 public:
  console() = default;
  console(console const&) = delete;
  console& operator=(console const&) = delete;
  virtual ~console() = default;

  virtual std::string name() const = 0;  // of the database, for people: a path, or host and database, never a password
  virtual bool reads_only() const = 0;
  virtual task<std::vector<seen_table>> tables() = 0;
  // Their names alone: cheaper than to count their items.
  virtual task<std::vector<std::string>> table_names() {
    std::vector<std::string> names;
    auto const all = co_await tables();
    for (auto const& table : all) names.push_back(table.name);
    co_return names;
  }
  virtual task<seen_page> list(std::string table, seen_query which) = 0;
  // Of the value of a field at most `most` bytes are read and told, never half a character, and of pawl's own table no more
  // than sixteen such values of an item.
  virtual task<std::optional<item_story>> story(std::string table, std::string key, std::size_t most) = 0;
  // With fields of any size.
  task<std::optional<item_story>> story(std::string table, std::string key) {
    return story(std::move(table), std::move(key), std::size_t(-1));
  }
  virtual task<stored_time> now() = 0;

  // Each of the following changes one item, if it still is at `version`; false if it has moved, is gone, or there was nothing to
  // change.
  // A release leaves an item alone that has only the mark of a begun step: that may run at this moment.
  virtual task<bool> release(std::string table, std::string key, std::int64_t version, on_behalf of) = 0;
  // The same for an item with the mark of this run (trouble_record::run), which the person has seen.
  virtual task<bool> release_mark([[maybe_unused]] std::string table, [[maybe_unused]] std::string key,
                                  [[maybe_unused]] std::int64_t version, [[maybe_unused]] std::int64_t run,
                                  [[maybe_unused]] on_behalf of) {
    co_return false;
  }
  virtual task<bool> park(std::string table, std::string key, std::int64_t version, on_behalf of) = 0;
  virtual task<bool> start_at(std::string table, std::string key, std::int64_t version, stored_time when,
                              on_behalf of) = 0;

  // Releases all that are parked, or delayed by a run, in this state; how many.
  virtual task<std::size_t> retry_all(std::string table, std::string state, on_behalf of) = 0;
  // No run begins the step of this state until it is resumed; runs look within their poll. False if it was so already.
  virtual task<bool> pause(std::string table, std::string state, on_behalf of) = 0;
  virtual task<bool> resume(std::string table, std::string state, on_behalf of) = 0;
  // Removes at most `limit` rows in goal and terminal states that have been there since before `before`; how
  // many. A table that is not pawl's own is refused (misuse) unless `rows_of_user`.
  virtual task<std::size_t> trim(std::string table, stored_time before, std::size_t limit, bool rows_of_user,
                                 on_behalf of) = 0;
  // The same with entries of the history, whatever has become of their items.
  virtual task<std::size_t> trim_history([[maybe_unused]] std::string table, [[maybe_unused]] stored_time before,
                                         [[maybe_unused]] std::size_t limit, [[maybe_unused]] on_behalf of) {
    co_return std::size_t{0};  // of a console without a history
  }
  // Whether the schedule was there. A run that still has it begins it anew.
  virtual task<bool> forget_schedule([[maybe_unused]] std::string table, [[maybe_unused]] std::string schedule,
                                     [[maybe_unused]] on_behalf of) {
    co_return false;
  }
};

}  // namespace pawl::inline PAWL_ABI

#endif
