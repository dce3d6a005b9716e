// Ownership of a store, and what a killed process leaves behind: real files, real processes.
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <pawl/runner/run.hpp>
#include <pawl/sqlite/owner_file.hpp>
#include <pawl/sqlite/store.hpp>

#include "catch.hpp"
#include "child_process.hpp"
#include "files.hpp"
#include "runner/parcel.hpp"

namespace ownership_test {

using namespace std::chrono_literals;
using parcel::deliver;
using parcel::pack;
using parcel::ship;
using parcel::state;

using sqlite_store = pawl::sqlite::store<parcel::life>;

// What the processes of a test tell each other.
struct shared_page {
  std::array<std::atomic<int>, 64> calls{};  // of the shipping of each parcel
  std::atomic<int> finished{0}, parked{0}, conflicts{0}, resumed{0};
};
class shared_memory {
 public:
  shared_memory()
      : page_(::new (::mmap(nullptr, sizeof(shared_page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                  shared_page) {}
  shared_memory(shared_memory const&) = delete;
  shared_memory& operator=(shared_memory const&) = delete;
  ~shared_memory() { ::munmap(page_, sizeof(shared_page)); }
  shared_page* operator->() const { return page_; }

 private:
  shared_page* page_;
};

int number(std::string const& key) { return std::stoi(key.substr(key.find(' ') + 1)); }

// Steps that count their calls where all processes see it, and do what the test says.
template <class Context> struct steps {
  shared_page* seen;
  std::function<void(std::string const&)> shipping;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<ship> operator()(parcel::item<state::packed> it, Context&) {
    ++seen->calls.at(static_cast<std::size_t>(number(it.key)));
    if (shipping) shipping(it.key);
    co_return ship{"t"};
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

struct world {
  temporary_folder folder;
  std::string path = folder / "parcels.db";
  shared_memory seen;

  explicit world(int parcels) {
    pawl::sqlite::database db{path};
    sqlite_store store{db};
    for (int i = 0; i < parcels; ++i) REQUIRE(store.insert_if_absent("parcel " + std::to_string(i)));
  }
  template <class Context = pawl::keyed>
  pawl::summary run(pawl::run_options options = {}, std::function<void(std::string const&)> shipping = {}) {
    pawl::sqlite::database db{path};
    sqlite_store store{db};
    return pawl::run(store, steps<Context>{seen.operator->(), std::move(shipping)}, options);
  }
  template <class F> auto with_store(F f) {
    pawl::sqlite::database db{path};
    sqlite_store store{db};
    return f(store);
  }
  bool locked() const { return ::access((path + ".life.lock").c_str(), F_OK) == 0; }
};

// A process that runs the world's items and stays in its first step until it is killed.
child_process runner_in(world& w, pawl::run_options options = {}) {
  return child_process([&w, options] {
    w.run(options, [](std::string const&) { ::pause(); });
    return 0;
  });
}
void await_call(world& w) {
  while (w.seen->calls[0] == 0) ::usleep(1000);
}

TEST_CASE("a second runner is refused, and told who runs the store", "[runner]") {
  world w(1);
  auto first = runner_in(w);
  await_call(w);
  try {
    w.run();
    FAIL("it ran");
  } catch (pawl::error const& e) {
    CHECK(std::string(e.id()) == "run.owned");
    CHECK_THAT(e.what(), ContainsSubstring("process " + std::to_string(first.pid())));
    CHECK_THAT(e.what(), ContainsSubstring("parcels.db.life.lock"));
  }
  CHECK(w.seen->calls[0] == 1);
  first.end(SIGKILL);
  CHECK(w.run().finished == 1);  // the lock died with its process
  CHECK_FALSE(w.locked());
}

TEST_CASE("a runner that is asked to waits for the one before it", "[runner]") {
  world w(1);
  auto first = runner_in(w);
  await_call(w);
  CHECK_THROWS_AS(w.run({.wait_for_owner = 120ms}), pawl::error);
  child_process killer([&first] {
    ::usleep(300000);
    return ::kill(first.pid(), SIGKILL);
  });
  CHECK(w.run({.wait_for_owner = 60s}).finished == 1);
  CHECK(killer.wait() == 0);
}

TEST_CASE("a sole runner is refused beside a sharing one, and the other way round", "[runner]") {
  world w(1);
  auto const how = GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  auto const other = how == pawl::ownership::sole ? pawl::ownership::shared : pawl::ownership::sole;
  auto first = runner_in(w, {.owner = how});
  await_call(w);
  CHECK_THROWS_AS(w.run({.owner = other}), pawl::error);
}

TEST_CASE("two runners that share a store do each transition once", "[runner]") {
  constexpr int parcels = 60;
  world w(parcels);
  auto const work = [&w] {
    auto const sum = w.run({.concurrency = 5, .owner = pawl::ownership::shared});
    w.seen->finished += static_cast<int>(sum.finished);
    w.seen->parked += static_cast<int>(sum.parked);
    return 0;
  };
  {
    child_process first(work), second(work);
    CHECK(first.wait() == 0);
    CHECK(second.wait() == 0);
  }
  CHECK(w.seen->finished == parcels);
  CHECK(w.seen->parked == 0);
  w.with_store([](sqlite_store& store) {
    for (int i = 0; i < parcels; ++i) {
      auto const item = store.get("parcel " + std::to_string(i)).item;
      REQUIRE(item);
      CHECK(item->state == state::delivered);
      CHECK(item->version == 3);
    }
  });
  CHECK(w.run().taken == 0);  // neither holds it any more
  CHECK_FALSE(w.locked());
}

TEST_CASE("what a run alone has died of is still known after one that shares", "[runner]") {
  world w(1);
  auto first = runner_in(w);
  await_call(w);
  CHECK(first.end(SIGKILL) == 128 + SIGKILL);
  {
    pawl::sqlite::detail::owner_file sharing(w.path + ".life.lock");
    REQUIRE(sharing.try_acquire(pawl::ownership::shared));
  }
  CHECK(w.run().recoveries == 1);
}

TEST_CASE("of two runners started together one runs and one is refused", "[runner]") {
  world w(40);
  auto const work = [&w] {
    try {
      w.run({.concurrency = 4}, [](std::string const&) { ::usleep(5000); });
      return 0;
    } catch (pawl::error const& e) {
      return std::string(e.id()) == "run.owned" ? 1 : 2;
    }
  };
  child_process first(work), second(work);
  int const together = first.wait() + second.wait();
  CHECK(together == 1);
  for (std::size_t i = 0; i < 40; ++i) CHECK(w.seen->calls[i] == 1);
}

TEST_CASE("a store may be looked into while a runner works", "[runner]") {
  world w(3);
  auto first = runner_in(w);
  await_call(w);
  pawl::sqlite::options look;
  look.mode = pawl::sqlite::access::read_only;
  pawl::sqlite::database db{w.path, look};
  sqlite_store store{db};
  CHECK(store.count_items()[0] + store.count_items()[1] == 3);
}

TEST_CASE("a step that was under way is repeated with its key when its process was killed", "[runner]") {
  world w(1);
  auto first = runner_in(w);
  await_call(w);
  CHECK(first.end(SIGKILL) == 128 + SIGKILL);
  auto const sum = w.run();
  CHECK(sum.finished == 1);
  CHECK(sum.recoveries == 1);
  CHECK(w.seen->calls[0] == 2);
}

TEST_CASE("an unsafe step that was under way is not repeated when its process was killed", "[runner]") {
  world w(2);
  child_process first([&w] {
    w.run<pawl::step_context>({}, [](std::string const&) { ::raise(SIGKILL); });
    return 0;
  });
  CHECK(first.wait() == 128 + SIGKILL);
  auto const sum = w.run<pawl::step_context>();
  CHECK(sum.parked == 1);
  CHECK(sum.finished == 1);
  CHECK(w.seen->calls[0] == 1);
  CHECK(w.seen->calls[1] == 1);
  w.with_store([](sqlite_store& store) { CHECK(store.release("parcel 0")); });
  CHECK(w.run<pawl::step_context>().finished == 1);
  CHECK(w.seen->calls[0] == 2);
}

TEST_CASE("an item that kills its process again and again is parked, and the others are not", "[runner]") {
  world w(10);
  auto const work = [&w] {
    return child_process([&w] {
             w.run({.concurrency = 3, .retry = {.recoveries = 3}}, [](std::string const& key) {
               if (key == "parcel 4") ::raise(SIGKILL);
             });
             return 0;
           })
        .wait();
  };
  int deaths = 0;
  while (work() != 0 && deaths < 20) ++deaths;
  CHECK(deaths == 4);  // the fourth is one too many
  CHECK(w.seen->calls[4] == 4);
  w.with_store([](sqlite_store& store) {
    CHECK(store.count_items()[3] == 9);
    auto const parked = store.parked(10);
    REQUIRE(parked.size() == 1);
    CHECK(parked[0].item.key == "parcel 4");
    CHECK(parked[0].record.recoveries == 4);
    CHECK(parked[0].record.last_error == "permanent: the process died 4 times while working on this item");
  });
}

// Steps that begin two at a time; then their process may be killed.
struct pairs {
  shared_page* seen;
  bool killed;
  int* begun;

  pack operator()(parcel::item<state::ordered>) { return {}; }
  pawl::task<ship> operator()(parcel::item<state::packed> it, pawl::keyed& call) {
    ++seen->calls.at(static_cast<std::size_t>(number(it.key)));
    seen->resumed += call.resumed() ? 1 : 0;
    if (killed && ++*begun == 2) ::raise(SIGKILL);
    while (killed) co_await boost::asio::post(co_await boost::asio::this_coro::executor, pawl::await);
    co_return ship{"t"};
  }
  deliver operator()(parcel::item<state::sent>) { return {"s"}; }
};

TEST_CASE("an item that waits for its turn, since processes died with it, is still resumed when that comes",
          "[runner]") {
  world w(2);
  auto const run = [&w](bool killed) {
    return w.with_store([&](sqlite_store& store) {
      int begun = 0;
      return pawl::run(store, pairs{w.seen.operator->(), killed, &begun}, {.concurrency = 2});
    });
  };
  for (int deaths = 0; deaths < 2; ++deaths)
    CHECK(child_process([&run] { return run(true).finished == 0 ? 1 : 2; }).wait() == 128 + SIGKILL);
  w.seen->resumed = 0;
  auto const sum = run(false);
  CHECK(sum.finished == 2);
  CHECK(sum.recoveries == 2);
  CHECK(w.seen->resumed == 2);
}

TEST_CASE("a lock that a program holds goes over its runs, and what lies between them", "[runner]") {
  world w(1);
  pawl::sqlite::database db{w.path};
  sqlite_store store{db};
  {
    pawl::store_lock lock(store);
    CHECK_THROWS_AS(w.run(), pawl::error);
    CHECK_THROWS_AS(pawl::store_lock(store), pawl::error);
    CHECK(pawl::run(store, steps<pawl::keyed>{w.seen.operator->(), {}}, {.lock = &lock}).finished == 1);
    CHECK_THROWS_AS(w.run(), pawl::error);
  }
  CHECK_FALSE(w.locked());
  CHECK(w.run().taken == 0);
}

TEST_CASE("a lock that a child has inherited is not given up by it", "[runner]") {
  world w(1);
  pawl::sqlite::database db{w.path};
  sqlite_store store{db};
  std::optional<pawl::store_lock> lock(std::in_place, store);
  child_process forked([&lock] {
    lock.reset();
    return 0;
  });
  CHECK(forked.wait() == 0);
  CHECK(w.locked());
  child_process second([&w] {
    pawl::sqlite::detail::owner_file other(w.path + ".life.lock");
    return other.try_acquire(pawl::ownership::sole) ? 1 : 2;
  });
  CHECK(second.wait() == 2);
  lock.reset();
  CHECK_FALSE(w.locked());
}

TEST_CASE("who shares a store is told what is known against it, once, and who runs it alone is not", "[runner]") {
  world w(2);
  auto const shared = w.run({.owner = pawl::ownership::shared});
  CHECK(shared.finished == 2);
  auto const known = w.with_store([](sqlite_store& store) { return store.warning_when_shared(); });
  CHECK(shared.warnings == (known.empty() ? std::vector<std::string>{} : std::vector<std::string>{known}));
  CHECK(w.run().warnings.empty());
}

TEST_CASE("a lock file that cannot be made is named", "[runner]") {
  world w(1);
  REQUIRE(::mkdir((w.path + ".life.lock").c_str(), 0700) == 0);
  try {
    w.run();
    FAIL("it ran");
  } catch (pawl::error const& e) {
    CHECK(std::string(e.id()) == "run.lock");
    CHECK_THAT(e.what(), ContainsSubstring("cannot open") && ContainsSubstring("parcels.db.life.lock"));
  }
}

TEST_CASE("a run that cannot make its journal leaves the program its lock", "[runner]") {
  world w(1);
  child_process child([&w] {
    pawl::sqlite::database db{w.path};
    sqlite_store store{db};
    pawl::store_lock lock(store);
    std::signal(SIGXFSZ, SIG_IGN);
    ::rlimit before{};
    if (::getrlimit(RLIMIT_FSIZE, &before) != 0) return 1;
    ::rlimit const small{1 << 16, before.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 1;
    int code = 2;
    try {
      pawl::run(store, steps<pawl::keyed>{w.seen.operator->(), {}}, {.concurrency = 100'000, .lock = &lock});
    } catch (pawl::error const& e) {
      code = std::string(e.id()) != "run.lock" ? 3 : w.locked() ? 0 : 4;
    }
    ::setrlimit(RLIMIT_FSIZE, &before);  // what the child has reached is written in larger files
    return code;
  });
  CHECK(child.wait() == 0);
}

}  // namespace ownership_test
