// The SQLite store with a witness: records its calls and their results in the history.
#ifndef PAWL_TESTS_CRASH_SIMULATION_WATCHED_STORE_HPP
#define PAWL_TESTS_CRASH_SIMULATION_WATCHED_STORE_HPP

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/trouble_record.hpp>

#include "crash/simulation/world.hpp"

namespace crash::simulation {

// A queue's: every transition stands between try_begin() and commit() or rollback().
template <class T> class watched_store : public pawl::sqlite::store<T> {
  using base = pawl::sqlite::store<T>;

 public:
  watched_store(pawl::sqlite::database& db, world& w, int process) : base(db), world_(w), process_(process) {}

  [[nodiscard]] bool try_begin() {
    moved_.clear();
    return base::try_begin();
  }
  template <auto S, class Event> auto apply(file<S> const& from, Event const& event) {
    constexpr file_state to = pawl::next_state<file_lifecycle, S, Event>;
    if (!world_.dead) {
      world_.told.attempted(from, to);
      moved_.push_back({from, to});
      if constexpr (to == pawl::initial_state<file_lifecycle>) world_.beginnings.emplace(from.key, from.version + 1);
    }
    auto answer = base::apply(from, event);
    if (world_.dead || moved_.empty()) return answer;
    if (!answer) {
      world_.told.refused(from, to);
      moved_.pop_back();
      ++world_.counts[tally::conflicts];
      if (auto const& now = answer.why().now.item; now && now->state == S && now->version != from.version)
        ++world_.counts[tally::told_by_version];
      world_.note("process ", process_, " met a conflict over ", from.key, " at ", from.version);
    } else if (world_.versions[from.key] > from.version) {
      world_.violated("process " + std::to_string(process_) + " moved '" + from.key + "' from version " +
                      std::to_string(from.version) + ", from which another one had moved it");
    }
    return answer;
  }
  bool note(any_file const& of, pawl::trouble_record const& record) {
    bool const kept = base::note(of, record);
    if (kept && record.is_mark()) world_.begun.emplace(of.key, of.version);
    world_.say("process ", process_, kept ? " notes that " : " cannot note that ", of.key, " at ", of.version, " is ",
               record.parked     ? "parked"
               : record.next_at  ? "put off"
               : record.in_doubt ? "begun"
                                 : "in no trouble");
    return kept;
  }
  void commit() {
    try {
      base::commit();
    } catch (pawl::store_error const& e) {
      if (e.what_failed() == pawl::store_failure::unknown) end(answered::unknown);
      throw;
    }
    end(answered::yes);
  }
  void rollback() noexcept {
    base::rollback();
    end(answered::no);
  }

 private:
  enum class answered : std::uint8_t { yes, no, unknown };
  struct move {
    any_file from;
    file_state to;
  };

  void end(answered how) {
    for (auto const& m : std::exchange(moved_, {})) {
      if (world_.dead) continue;
      world_.note("process ", process_, how == answered::yes ? " moved " : " did not move ", m.from.key, " from ",
                  m.from.version);
      if (how == answered::unknown) world_.told.unknown(m.from, m.to);
      if (how == answered::no) world_.told.refused(m.from, m.to);
      if (how != answered::yes) continue;
      world_.told.acknowledged(m.from, m.to);
      world_.versions[m.from.key] = m.from.version + 1;
      ++world_.counts[tally::transitions];
      if (m.to == pawl::initial_state<file_lifecycle>) note_reset(m.from.key);
    }
  }

  // Who runs in this process hears of it at once, and the others look when they begin.
  void note_reset(std::string const& key) {
    ++world_.counts[tally::resets];
    world_.led_back[key] = process_ == nobodys_process ? nanoseconds::max() : world_.now();
  }

  world& world_;
  int process_;
  std::vector<move> moved_{};
};

}  // namespace crash::simulation

#endif
