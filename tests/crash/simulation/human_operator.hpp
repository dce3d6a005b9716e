// An operator who resets items by hand during a run: through the queue of a live process, as its program would, or with
// a connection of their own, as a command line tool would.
#ifndef PAWL_TESTS_CRASH_SIMULATION_HUMAN_OPERATOR_HPP
#define PAWL_TESTS_CRASH_SIMULATION_HUMAN_OPERATOR_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/store/item.hpp>

#include "crash/simulation/watched_store.hpp"
#include "crash/simulation/world.hpp"

namespace crash::simulation {

// What leads an item back, or nearer to it; nothing where it is at its beginning.
template <auto S> auto event_by_hand() {
  if constexpr (S == indexed)
    return reset{};
  else if constexpr (S == failed)
    return retry{};
  else if constexpr (S == uploading)
    return fail_upload{"taken back by hand"};
  else if constexpr (S == processing)
    return fail_processing{"taken back by hand"};
}
template <auto S> inline constexpr bool leads_back = !std::is_void_v<decltype(event_by_hand<S>())>;

// What somebody has in mind: which items are to be moved back, if they are at rest, or if a run should be at them.
struct errand {
  std::vector<std::string> keys{};
  bool at_rest = true, at_work = false;

  static errand drawn(world& w, std::size_t items) {
    errand some;
    some.at_work = w.one_in(2);
    for (std::size_t i = 0; i < items; ++i)
      if (w.one_in(3)) some.keys.push_back(key_of(i));
    return some;
  }
  // All that a process has in hand, for it hangs.
  static errand of_what_hangs(std::size_t items) {
    errand all;
    all.at_rest = false;
    all.at_work = true;
    for (std::size_t i = 0; i < items; ++i) all.keys.push_back(key_of(i));
    return all;
  }
  bool concerns(any_file const& row) const {
    bool const rests = row.state == indexed || row.state == failed;
    return rests ? at_rest : at_work && row.state != untracked;
  }
};

// The same errand in one transaction.
template <class T> class human_operator {
 public:
  // Opens the database. Throws store_error.
  human_operator(world& w, std::string const& path, pawl::sqlite::options how)
      : world_(w), db_(path, std::move(how)), store_(db_, w, nobodys_process) {}
  human_operator(human_operator const&) = delete;
  human_operator& operator=(human_operator const&) = delete;
  ~human_operator() {
    if (world_.dead) db_.poison("it is dead");
  }

  watched_store<T>& store() { return store_; }

  // Throws store_error; then nothing was moved, or it is unknown.
  void run(errand const& what) {
    if (!store_.try_begin()) throw pawl::store_error(pawl::store_failure::busy, "the database is locked");
    try {
      for (auto const& key : what.keys) {
        auto row = store_.get(key).item;
        if (!row || !what.concerns(*row)) continue;
        while (row) row = pawl::visit([this](auto it) { return this->lead_back(it); }, *std::exchange(row, {}));
      }
      store_.commit();
    } catch (...) {
      store_.rollback();
      throw;
    }
  }

 private:
  template <auto S> std::optional<any_file> lead_back(file<S> const& it) {
    if constexpr (leads_back<S>) {
      if (auto moved = store_.apply(it, event_by_hand<S>())) return any_file(*moved);
      world_.violated("'" + it.key + "' was read in a transaction, and moved by another one before its end");
    }
    return std::nullopt;
  }

  world& world_;
  pawl::sqlite::database db_;
  watched_store<T> store_;
};

// The same errand through a queue: each of its moves may share a transaction with what the run writes, and may come too
// late, for between the look at a row and the write others move it. Ends with the queue at the latest.
template <class Queue> class queued_errand {
 public:
  // Both outlive the task.
  static pawl::task<void> run(Queue& queue, errand what) {
    for (auto const& key : what.keys) {
      auto row = queue.base().get(key).item;
      if (!row || !what.concerns(*row)) continue;
      while (row) {
        auto moving =
            pawl::visit([&queue](auto it) { return lead_back(queue, std::move(it)); }, *std::exchange(row, {}));
        row = co_await std::move(moving);
      }
    }
  }

 private:
  template <auto S> static pawl::task<std::optional<any_file>> lead_back(Queue& queue, file<S> it) {
    if constexpr (leads_back<S>) {
      auto writing = queue.apply(std::move(it), event_by_hand<S>());
      auto moved = co_await std::move(writing);
      if (moved) co_return any_file(*moved);
    }
    co_return std::nullopt;
  }
};

}  // namespace crash::simulation

#endif
