// Wherever a process dies, a parent has gone on exactly where all of its children have ended, and once.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <pawl/pawl.hpp>
#include <pawl/testing.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "store/families.hpp"

namespace children_crash_test {

using namespace families;
using pawl::testing::process;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct disk {
  temporary_folder folder{};
};

struct photographer {
  pawl::with<scan> operator()(pawl::item<album, album_state::fresh> it) {
    std::vector<std::string> photos;
    if (it.key != "empty") photos = {it.key + " at sea", "everybody", "a blurred one"};
    return pawl::with(scan{}, pawl::insert<photo>(photos));
  }
  print operator()(pawl::item<album, album_state::printing>, all_ended const&) { return {}; }
};
struct laboratory {
  pawl::one_of<shrink, crack> operator()(pawl::item<photo, photo_state::found> it) {
    if (it.key == "a blurred one") return crack{};
    return shrink{"small " + it.key};
  }
};

// As one process has it open; the photos on a connection of their own where no store of albums is to see them end.
class house {
 public:
  house(disk const& on, bool apart) : db_(on.folder / "albums.db"), albums(db_, {.history = true}) {
    if (apart) beside_.emplace(on.folder / "albums.db");
    photos.emplace(apart ? *beside_ : db_);
  }

  // What contradicts itself: an album that waits for nobody, or has gone on too early, or twice.
  std::string contradictions() {
    std::string all;
    for (std::string_view const title : {"holiday", "winter", "empty"}) {
      auto const now = albums.get(title).item;
      if (!now) continue;
      bool const waits = now->state == album_state::waiting;
      bool const went_on = now->state == album_state::printing || now->state == album_state::printed;
      std::size_t told = 0;
      for (auto const& entry : albums.history(title)) told += entry.event == "all_ended" ? 1U : 0U;
      if (told != (went_on ? 1U : 0U)) all.append(title).append(" was told " + std::to_string(told) + " times; ");
      std::size_t const missing = missing_of(title);
      if (went_on && missing != 0) all.append(title).append(" went on without some; ");
      if (waits && missing == 0 && !beside_) all.append(title).append(" waits for nobody; ");
    }
    return all;
  }

 private:
  std::size_t missing_of(std::string_view title) {
    if (title == "empty") return 0;
    std::size_t missing = 0;
    for (std::string const& key :
         {std::string(title) + " at sea", std::string("everybody"), std::string("a blurred one")}) {
      auto const it = photos->get(key).item;
      missing += it && it->state != photo_state::found ? 0U : 1U;
    }
    return missing;
  }

  pawl::sqlite::database db_;
  std::optional<pawl::sqlite::database> beside_{};

 public:
  pawl::sqlite::store<album> albums;
  std::optional<pawl::sqlite::store<photo>> photos{};
};

pawl::testing::crash_verdict for_each_death(bool apart, std::vector<std::string> const& titles, std::size_t crashes) {
  return pawl::testing::for_each_crash_point<disk>(
      [apart, &titles](disk& durable, process& me) {
        house here(durable, apart);
        me.expect(here.contradictions().empty(), "after the crash: " + here.contradictions());
        virtual_loop loop;
        auto albums = me.watch(here.albums);
        auto photos = me.watch(*here.photos);
        for (auto const& title : titles) albums.insert_if_absent(title);
        pawl::commit_queue scanning{loop, albums};
        pawl::commit_queue shrinking{loop, photos};
        pawl::run(scanning, photographer{});
        pawl::run(shrinking, laboratory{}, {.concurrency = 2});
        me.expect(here.contradictions().empty(), "in between: " + here.contradictions());
        pawl::run(scanning, photographer{});
        for (auto const& title : titles)
          me.expect(albums.get(title).item->state == album_state::printed, title + " was not printed");
        auto const told = here.albums.recorded<all_ended>(*albums.get("winter").item);
        me.expect(told && told->arrived == 2 && told->failed == 1, "winter was not told what has become of its photos");
        me.expect(here.contradictions().empty(), "at the end: " + here.contradictions());
      },
      {.crashes = crashes});
}

TEST_CASE("wherever a process dies, a parent goes on once, when all of its children have ended", "[testing]") {
  auto const verdict = for_each_death(false, {"winter", "empty"}, 2);
  CHECK(verdict);
  CHECK(verdict.commits > 4);
  CHECK(for_each_death(false, {"holiday", "winter", "empty"}, 1));
}

TEST_CASE("wherever a process dies, a parent is told in the end of children that end where no store of it is open",
          "[testing]") {
  auto const verdict = for_each_death(true, {"holiday", "winter", "empty"}, 1);
  CHECK(verdict);
  CHECK(verdict.commits > 4);
}

pawl::task<void> stop_later(virtual_loop& loop, pawl::stop_source& stop) {
  co_await loop.sleep(std::chrono::seconds(1));
  stop.request_stop();
}

TEST_CASE("parents and children are at work in two runs of one program", "[testing]") {
  disk durable;
  house here(durable, false);
  virtual_loop loop;
  for (auto title : {"holiday", "winter", "empty"}) here.albums.insert_if_absent(title);
  pawl::commit_queue scanning{loop, here.albums};
  pawl::commit_queue shrinking{loop, *here.photos};
  pawl::stop_source stop;
  using namespace boost::asio::experimental::awaitable_operators;
  auto const both = [&]() -> pawl::task<void> {
    pawl::run_options options;
    options.until = pawl::until::stopped;
    options.stop = &stop;
    auto scans = pawl::async_run(scanning, photographer{}, options);
    auto shrinks = pawl::async_run(shrinking, laboratory{}, options);
    co_await (std::move(scans) && std::move(shrinks));
  };
  boost::asio::co_spawn(loop.get_executor(), stop_later(loop, stop), boost::asio::detached);
  loop.wait(both());
  for (auto title : {"holiday", "winter", "empty"}) CHECK(here.albums.get(title).item->state == album_state::printed);
  CHECK(here.contradictions().empty());
}

}  // namespace children_crash_test
