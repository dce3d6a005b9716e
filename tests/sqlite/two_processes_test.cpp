// Two processes on one database: every expected version is won exactly once.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "sqlite/fixture.hpp"
#include "store/filing.hpp"

namespace two_processes {

using namespace filing;
using namespace sqlite_test;

constexpr int items = 40;
constexpr int versions = 30;  // each item is moved from version 0 up to this one

// In memory that both processes see: how often each expected version of each item was won, and by whom.
struct score {
  std::array<std::array<std::atomic<int>, versions>, items> wins;
  std::array<std::atomic<int>, 2> won_by, conflicts_of;
  std::atomic<int> ready;
  std::atomic<bool> failed;  // one of them: the other is not to wait for it
};

std::string key_of(int item) { return "item " + std::to_string(item); }

// The one event that goes round for ever: untracked, uploading, failed, untracked, ...
template <class Store> pawl::applied<any_file> move_on(Store& store, any_file const& from) {
  return pawl::visit(
      [&store]<auto S>(file<S> i)->pawl::applied<any_file> {
        if constexpr (S == untracked)
          return store.apply(i, start_upload{});
        else if constexpr (S == uploading)
          return store.apply(i, fail_upload{"raced"});
        else if constexpr (S == failed)
          return store.apply(i, retry{});
        else
          throw std::logic_error("no item should be here");
      },
      from);
}

// Moves every item as far as it goes, alone or some in one transaction, and writes down what it won. Each waits for the
// other's first win after its own: so both win some, and meet what the other has won, however busy the machine is.
template <class Store> void race(Store& store, score& s, std::size_t self) {
  std::mt19937 random(static_cast<unsigned>(self) + 1);
  std::vector<any_file> known;
  for (int i = 0; i < items; ++i) known.emplace_back(key_of(i), 0, untracked);
  ++s.ready;
  auto const wait_until = [&s](auto is_so) {
    while (!is_so() && !s.failed) std::this_thread::yield();
  };
  wait_until([&s] { return s.ready == 2; });
  auto const step = [&](std::size_t i, std::vector<std::size_t>& won) {
    if (known[i].version >= versions) return;
    if (auto const moved = move_on(store, known[i])) {
      won.push_back(i);
      known[i] = *moved;
    } else {
      ++s.conflicts_of[self];
      known[i] = moved.why().now.item.value();
    }
  };
  auto const note = [&](std::vector<std::size_t> const& won) {
    for (std::size_t i : won) {
      ++s.wins[i][static_cast<std::size_t>(known[i].version) - 1];
      ++s.won_by[self];
    }
  };
  auto const all_done = [&] {
    for (auto const& i : known)
      if (i.version < versions) return false;
    return true;
  };
  while (!all_done()) {
    std::vector<std::size_t> won;
    if (random() % 2 == 0) {
      step(random() % items, won);
    } else if (store.try_begin()) {
      std::size_t const first = random() % items;
      for (std::size_t k = 0; k < 8; ++k) step((first + k) % items, won);
      store.commit();
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
    }
    note(won);
    if (s.won_by[self] > 0) wait_until([&s, self] { return s.won_by[1 - self] > 0; });
  }
}

// Makes the table and its items, opens everything only after the fork, and lets two processes race.
template <class StoreOf> void run(StoreOf make, void (*fill)(pawl::sqlite::database&)) {
  temporary_folder folder;
  std::string const path = folder / "raced.db";
  {
    pawl::sqlite::database db(path, quick());
    fill(db);
  }
  auto* const s =
      static_cast<score*>(mmap(nullptr, sizeof(score), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(s != MAP_FAILED);
  new (s) score();
  auto const racing = [&](std::size_t self) {
    return [&, self] {
      auto o = quick();
      o.busy_timeout = std::chrono::seconds(60);
      o.checkpoint_frames = 50;  // often, so that checkpoints of both meet commits of the other
      pawl::sqlite::database db(path, o);
      auto store = make(db);
      race(store, *s, self);
      return 0;
    };
  };
  child_process first(racing(0)), second(racing(1));
  while (!first.has_ended() && !second.has_ended()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if ((first.has_ended() ? first : second).wait() != 0) s->failed = true;  // the other is not to wait for it
  CHECK(first.wait() == 0);
  CHECK(second.wait() == 0);

  int wrong = 0;
  for (auto const& item : s->wins)
    for (auto const& wins : item) wrong += wins == 1 ? 0 : 1;
  CHECK(wrong == 0);
  CHECK(s->won_by[0] + s->won_by[1] == items * versions);
  CHECK(s->won_by[0] > 0);
  CHECK(s->won_by[1] > 0);
  CHECK(s->conflicts_of[0] + s->conflicts_of[1] > 0);
  munmap(s, sizeof(score));

  pawl::sqlite::database db(path, quick());
  auto store = make(db);
  for (int i = 0; i < items; ++i) {
    CHECK(store.get(key_of(i)).item->version == versions);
    CHECK(store.get(key_of(i)).item->state == untracked);
  }
  CHECK(ask(db, "PRAGMA integrity_check") == "ok");
}

void fill_mapped(pawl::sqlite::database& db) {
  db.execute(files_schema);
  auto s = db.prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'','',0)");
  for (int i = 0; i < items; ++i) {
    std::string const key = key_of(i);
    s.bind(1, key);
    s.step();
    s.reset();
  }
}
void fill_own(pawl::sqlite::database& db) {
  pawl::sqlite::store<file_lifecycle> store(db);
  for (int i = 0; i < items; ++i) store.insert_if_absent(key_of(i));
}

TEST_CASE("two processes on a mapped table win every expected version exactly once", "[sqlite]") {
  two_processes::run([](auto& db) { return pawl::sqlite::store<files_table>(db); }, &two_processes::fill_mapped);
}

TEST_CASE("two processes on pawl's own table win every expected version exactly once", "[sqlite]") {
  two_processes::run([](auto& db) { return pawl::sqlite::store<file_lifecycle>(db); }, &two_processes::fill_own);
}

}  // namespace two_processes
