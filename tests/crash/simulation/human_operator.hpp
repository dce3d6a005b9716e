// An operator who moves and deletes items by hand during a run: through the queue of a live process, as its program would, or
// with a connection of their own, as a command line tool would.
#ifndef PAWL_TESTS_CRASH_SIMULATION_HUMAN_OPERATOR_HPP
#define PAWL_TESTS_CRASH_SIMULATION_HUMAN_OPERATOR_HPP

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/options.hpp>
#include <pawl/store/item.hpp>

#include "crash/simulation/batch_errand.hpp"
#include "crash/simulation/errand.hpp"
#include "crash/simulation/family_records.hpp"
#include "crash/simulation/family_watch.hpp"
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

// The same errand in one transaction, over files and, where its program knows them, batches. B: the table of the batches.
template <class T, class B> class human_operator {
 public:
  // Opens the database. `families`: null where there are none. Throws store_error.
  human_operator(world& w, std::string const& path, pawl::sqlite::options how, family_records<B>* families,
                 bool knows_batches)
      : world_(w),
        families_(families),
        db_(path, std::move(how)),
        watch_(families ? std::make_unique<family_watch<T, B>>(*families, db_, knows_batches) : nullptr),
        store_(db_, w, {nobodys_process, w.files, watch_.get()}) {
    if (families && knows_batches)
      batches_.emplace(db_, w, store_user<L>{nobodys_process, families->known, watch_.get()});
  }
  human_operator(human_operator const&) = delete;
  human_operator& operator=(human_operator const&) = delete;
  ~human_operator() {
    if (world_.dead) db_.poison("it is dead");
  }

  watched_store<T>& store() { return store_; }

  // Throws store_error; then nothing was moved, or it is unknown.
  void run(errand const& what) {
    if (!store_.try_begin()) throw pawl::store_error(pawl::store_failure::busy, "the database is locked");
    if (batches_) batches_->join();
    try {
      lead_back_files(what);
      if (batches_)
        for (auto const& deed : what.batches) handle(deed);
      store_.commit();
    } catch (pawl::store_error const& e) {
      if (batches_) batches_->end(e.what_failed() == pawl::store_failure::unknown ? answered::unknown : answered::no);
      store_.rollback();
      throw;
    } catch (...) {
      if (batches_) batches_->end(answered::no);
      store_.rollback();
      throw;
    }
    if (batches_) batches_->end(answered::yes);
    if (batches_ && what.gathers && !world_.dead) batches_->gather();
  }

 private:
  using L = lifecycle_of<B>;

  void lead_back_files(errand const& what) {
    for (auto const& key : what.keys) {
      auto row = store_.get(key).item;
      if (!row || !what.concerns(*row)) continue;
      while (row) row = pawl::visit([this](auto it) { return this->lead_back(it); }, *std::exchange(row, {}));
    }
  }
  template <auto S> std::optional<any_file> lead_back(file<S> const& it) {
    if constexpr (leads_back<S>) {
      if (auto moved = store_.apply(it, event_by_hand<S>())) return any_file(*moved);
      world_.violated("'" + it.key + "' was read in a transaction, and moved by another one before its end");
    }
    return std::nullopt;
  }
  void handle(batch_deed const& deed) {
    auto const row = batches_->get(deed.key).item;
    if (!row) return;
    if (deed.removes) {
      world_.note("somebody deletes ", deed.key);
      batches_->remove(*row);
      return;
    }
    pawl::visit(
        [this]<auto S>(pawl::item<L, S> const& it) {
          if constexpr (!std::is_void_v<decltype(batch_event_by_hand<T, S>(*families_, it))>)
            static_cast<void>(batches_->apply(it, batch_event_by_hand<T, S>(*families_, it)));
        },
        *row);
  }

  world& world_;
  family_records<B>* families_;
  pawl::sqlite::database db_;
  std::unique_ptr<family_watch<T, B>> watch_;
  watched_store<T> store_;
  std::optional<watched_store<B>> batches_{};
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
