// The history of what a queue writes: its batches write their entries with their commits.
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/store_options.hpp>
#include <pawl/store/with.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "runner/parcel.hpp"
#include "sqlite/fixture.hpp"

namespace queue_history_test {

using namespace std::chrono_literals;
using parcel::life;
using parcel::pack;
using parcel::state;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct world {
  world() {
    db.execute("CREATE TABLE notes(of TEXT CHECK(of<>'bad'))");
    for (int i = 0; i < parcels; ++i) store.insert_if_absent(key(i));
  }
  static std::string key(int i) { return "parcel " + std::to_string(100 + i); }
  pawl::task<void> pack_one(int i) {
    auto event = pawl::with(pack{}, pawl::sql("INSERT INTO notes VALUES(?1)", i % 10 == 3 ? "bad" : "good"));
    try {
      auto const moved = co_await queue.apply(parcel::item<state::ordered>(key(i), 0), std::move(event));
      packed += moved ? 1U : 0U;
    } catch (pawl::store_error const&) {
      ++refused;
    }
  }
  void pack_all() {
    loop.sleep({}, [&](boost::system::error_code) {
      for (int i = 0; i < parcels; ++i) boost::asio::co_spawn(loop.get_executor(), pack_one(i), boost::asio::detached);
    });
    loop.wait([](virtual_loop& on) -> pawl::task<void> { co_await on.sleep(1h); }(loop));
  }

  static constexpr int parcels = 40;
  temporary_folder folder;
  pawl::sqlite::database db{folder / "parcels.db", sqlite_test::quick()};
  pawl::sqlite::store<life> store{db, pawl::store_options{.history = true}};
  virtual_loop loop;
  pawl::commit_queue<pawl::sqlite::store<life>, virtual_loop> queue{loop, store};
  std::size_t packed = 0, refused = 0;
};

TEST_CASE("a batch with refused statements leaves an entry for each item that moved, several a statement", "[queue]") {
  world w;
  int insertions = 0;
  sqlite3_trace_v2(
      w.db.handle(), SQLITE_TRACE_STMT,
      [](unsigned, void* count, void*, void* text) {
        std::string_view const sql = static_cast<char const*>(text);
        if (sql.substr(0, 24) == "INSERT INTO pawl_history") ++*static_cast<int*>(count);
        return 0;
      },
      &insertions);
  w.pack_all();
  CHECK(w.packed == 36);
  CHECK(w.refused == 4);
  CHECK(sqlite_test::ask(w.db, "SELECT count(*) FROM pawl_history") == "36");
  CHECK(sqlite_test::ask(w.db,
                         "SELECT count(*) FROM life JOIN pawl_history AS h USING(key) WHERE h.version=1 AND "
                         "life.version=1") == "36");
  CHECK(insertions > 0);
  CHECK(insertions < 18);
}

}  // namespace queue_history_test
