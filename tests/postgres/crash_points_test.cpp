// Wherever a process dies, or its connection, a family on a server is whole, and each tick of a schedule has become one item.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/postgres.hpp>
#include <pawl/recurring.hpp>

#include "catch.hpp"
#include "postgres/cutting_proxy.hpp"
#include "postgres/family_fixture.hpp"
#include "postgres/for_each_message.hpp"
#include "postgres/own_database.hpp"
#include "recurring/nights.hpp"

namespace postgres_crash_points_test {

using namespace postgres_families;
using namespace std::chrono_literals;
using postgres_test::ends;
using postgres_test::for_each_message;

struct crash_point {
  ends what;
  direction way;
  bool within;  // a transaction of the program's
  bool is_of_answers() const { return what == ends::process && way == direction::to_client; }
  int fewest() const { return is_of_answers() ? 0 : what == ends::process ? 3 : 15; }
};
#define PAWL_ANY_POINT(name, is_within)                                                    \
  crash_point const name{GENERATE(ends::process, ends::connection),                        \
                         GENERATE(direction::to_server, direction::to_client), is_within}; \
  CAPTURE(int(name.what), int(name.way), name.within)

// REQUIRE takes what a transaction throws for a failure.
inline void must(bool is_so) { REQUIRE(is_so); }

// In a transaction of the program's if that is asked for, which is begun again where its connection was lost.
template <class Loop, class Store, class Change>
void change_within(bool within, Loop& loop, Store& store, Change const& change) {
  if (!within) return static_cast<void>(change());
  for (;;) try {
      must(loop.wait(store.try_begin()));
      change();
      return loop.wait(store.commit());
    } catch (pawl::store_error const& e) {
      if (e.what_failed() != pawl::store_failure::cancelled) throw;
      loop.wait(store.rollback());
    }
}

// How often those who died had done all, and nothing.
struct outcomes {
  int done = 0, undone = 0;
  bool note(bool is_done) { return ++(is_done ? done : undone), is_done; }
  bool are_both() const { return done > 0 && undone > 0; }
};

template <class Family> struct album_house : house<Family> {
  static std::string title(int n) { return "album " + std::to_string(n); }
  static std::string key(std::string const& name, int n) { return name + " " + std::to_string(n); }

  std::size_t linked(std::string const& album) {
    return std::stoul(this->at.in.sql
                          .must("SELECT count(*) FROM pawl_child AS c JOIN pawl_parent AS p ON p.id=c.parent WHERE "
                                "p.key=convert_to($1,'UTF8')",
                                {album})
                          .at(0, 0));
  }
  bool has_ended(std::string const& photo) {
    return this->wait(this->photos->get(photo)).item->state != photo_state::found;
  }
  // That it has gone on once, and was told so.
  void check_told(std::string const& album, int arrived, int failed, int moves_before = 1) {
    CAPTURE(album);
    CHECK(this->state_of_album(album) == "printing");
    CHECK(this->album_at(album)->version == moves_before + 1);
    auto const told = this->told(album);
    REQUIRE(told);
    CHECK(told->arrived == arrived);
    CHECK(told->failed == failed);
    int times = 0;
    for (auto const& entry : this->wait(this->albums->history(album))) times += entry.event == "all_ended" ? 1 : 0;
    CHECK(times == 1);
  }
};
template <class Family> struct whole_process : process<Family> {
  explicit whole_process(std::string const& conninfo) : process<Family>(conninfo) {
    this->open_albums();
    this->open_photos();
  }
  template <class Store, class Item, class Event>
  void apply(crash_point const& at, Store& store, Item const& from, Event const& event) {
    change_within(at.within, this->loop, store, [&] { must(bool(this->wait(store.apply(from, event)))); });
  }
};

TEST_CASE("wherever a transition with children is cut, it is made with all of them or not at all",
          "[postgres][no_pooler]") {
  using Family = own_of_mapped;
  using photo_type = Family::photo_type;
  PAWL_ANY_POINT(at, GENERATE(false, true));
  album_house<Family> h;
  h.scan_album("holiday", "everybody");
  outcomes met;
  int const messages = for_each_message<whole_process<Family>>(
      h.at.in, at.what, at.way, [&](int n) { h.add_album(h.title(n)); },
      [&](whole_process<Family>& me, int n) {
        pawl::item<whole_process<Family>::L, album_state::fresh> const from(h.title(n), 0);
        auto const event = with(scan{}, insert<photo_type>(h.key("sea", n), h.key("blurred", n), "everybody"));
        me.apply(at, *me.albums, from, event);
      },
      [&](int n) {
        CAPTURE(n);
        bool const is_scanned = met.note(h.state_of_album(h.title(n)) == "waiting");
        CHECK((is_scanned || at.what == ends::process));
        CHECK(h.linked(h.title(n)) == (is_scanned ? 3 : 0));
        for (auto const& name : {"sea", "blurred"}) CHECK(h.wait(h.photos->get(h.key(name, n))).gone() == !is_scanned);
        if (!is_scanned) h.scan_album(h.title(n), h.key("sea", n), h.key("blurred", n), "everybody");
        h.shrink_photo(h.key("sea", n));
        h.move_photo(h.key("blurred", n), crack{});
        CHECK(h.state_of_album(h.title(n)) == "waiting");
      });
  h.shrink_photo("everybody");
  for (int n = 0; n <= messages; ++n) h.check_told(h.title(n), 2, 1);
  CHECK(messages > at.fewest());
  CHECK((met.are_both() || at.what == ends::connection || at.is_of_answers()));
}

TEST_CASE("wherever the end of a last child is cut, all of its parents are told once, with it or not at all",
          "[postgres][no_pooler]") {
  using Family = mapped_of_own;
  PAWL_ANY_POINT(at, GENERATE(false, true));
  album_house<Family> h;
  outcomes met;
  int const messages = for_each_message<whole_process<Family>>(
      h.at.in, at.what, at.way,
      [&](int n) {
        for (std::string const& album : {h.title(n), "other " + h.title(n)}) {
          h.add_album(album);
          h.scan_album(album, h.key("sea", n), h.key("sun", n));
        }
        h.move_photo(h.key("sun", n), crack{});
      },
      [&](whole_process<Family>& me, int n) {
        me.apply(at, *me.photos, pawl::item<photo, photo_state::found>(h.key("sea", n), 0), shrink{"small"});
      },
      [&](int n) {
        CAPTURE(n);
        bool const has_ended = met.note(h.has_ended(h.key("sea", n)));
        CHECK((has_ended || at.what == ends::process));
        for (std::string const& album : {h.title(n), "other " + h.title(n)})
          CHECK(h.state_of_album(album) == (has_ended ? "printing" : "waiting"));
        if (!has_ended) h.shrink_photo(h.key("sea", n));
        h.check_told(h.title(n), 1, 1);
        h.check_told("other " + h.title(n), 1, 1);
      });
  CHECK(messages > at.fewest());
  CHECK((met.are_both() || at.what == ends::connection || at.is_of_answers()));
  CHECK(h.ask("SELECT count(*) FROM pawl_parent WHERE complete") == "0");
}

TEST_CASE("wherever a look at parents whose children have ended elsewhere is cut, they are told once",
          "[postgres][no_pooler]") {
  using Family = own_of_mapped;
  PAWL_ANY_POINT(at, false);
  album_house<Family> h;
  process<Family> laboratory(h.at.conninfo());  // knows of no albums
  laboratory.open_photos();
  outcomes met;
  int const messages = for_each_message<whole_process<Family>>(
      h.at.in, at.what, at.way,
      [&](int n) {
        for (std::string const& album : {h.title(n), "other " + h.title(n)}) {
          h.add_album(album);
          h.scan_album(album, h.key("sea", n));
        }
        laboratory.shrink_photo(h.key("sea", n));
      },
      [&](whole_process<Family>& me, int) { me.wait(me.albums->changed_elsewhere()); },
      [&](int n) {
        CAPTURE(n);
        bool const is_told = met.note(h.state_of_album(h.title(n)) == "printing");
        CHECK((is_told || at.what == ends::process));
        CHECK(h.state_of_album("other " + h.title(n)) == (is_told ? "printing" : "waiting"));
        h.wait(h.albums->changed_elsewhere());
        h.check_told(h.title(n), 1, 0);
        h.check_told("other " + h.title(n), 1, 0);
      });
  CHECK(messages > at.fewest());
  CHECK((met.are_both() || at.what == ends::connection || at.is_of_answers()));
  CHECK(h.ask("SELECT count(*) FROM pawl_parent WHERE complete") == "0");
}

TEST_CASE("wherever the insertion of a late child is cut, it is waited for or was never there",
          "[postgres][no_pooler]") {
  using Family = mapped_of_own;
  using photo_type = Family::photo_type;
  PAWL_ANY_POINT(at, false);
  album_house<Family> h;
  outcomes met;
  int const messages = for_each_message<whole_process<Family>>(
      h.at.in, at.what, at.way,
      [&](int n) {
        h.add_album(h.title(n));
        h.scan_album(h.title(n), h.key("sea", n));
      },
      [&](whole_process<Family>& me, int n) {
        pawl::item<whole_process<Family>::L, album_state::waiting> const from(h.title(n), 1);
        auto const event = with(add{}, insert<photo_type>(h.key("late", n)));
        me.apply(at, *me.albums, from, event);
      },
      [&](int n) {
        CAPTURE(n);
        bool const is_added = met.note(h.album_at(h.title(n))->version == 2);
        CHECK((is_added || at.what == ends::process));
        CHECK(h.linked(h.title(n)) == (is_added ? 2 : 1));
        CHECK(h.wait(h.photos->get(h.key("late", n))).gone() == !is_added);
        h.shrink_photo(h.key("sea", n));
        CHECK(h.state_of_album(h.title(n)) == (is_added ? "waiting" : "printing"));
        if (is_added) h.move_photo(h.key("late", n), crack{});
        h.check_told(h.title(n), 1, is_added ? 1 : 0, is_added ? 2 : 1);
      });
  CHECK(messages > at.fewest());
  CHECK((met.are_both() || at.what == ends::connection || at.is_of_answers()));
}

TEST_CASE("wherever the reset of a child is cut, its parent waits for it again or has not lost it",
          "[postgres][no_pooler]") {
  using Family = own_of_mapped;
  PAWL_ANY_POINT(at, false);
  album_house<Family> h;
  outcomes met;
  int const messages = for_each_message<whole_process<Family>>(
      h.at.in, at.what, at.way,
      [&](int n) {
        h.add_album(h.title(n));
        h.scan_album(h.title(n), h.key("sea", n), h.key("sun", n));
        h.shrink_photo(h.key("sea", n));
      },
      [&](whole_process<Family>& me, int n) {
        me.apply(at, *me.photos, pawl::item<photo, photo_state::shrunk>(h.key("sea", n), 1), look_again{});
      },
      [&](int n) {
        CAPTURE(n);
        bool const is_reset = met.note(!h.has_ended(h.key("sea", n)));
        CHECK((is_reset || at.what == ends::process));
        h.shrink_photo(h.key("sun", n));
        CHECK(h.state_of_album(h.title(n)) == (is_reset ? "waiting" : "printing"));
        if (is_reset) h.move_photo(h.key("sea", n), crack{});
        h.check_told(h.title(n), is_reset ? 1 : 2, is_reset ? 1 : 0);
      });
  CHECK(messages > at.fewest());
  CHECK((met.are_both() || at.what == ends::connection || at.is_of_answers()));
}

template <class L> struct store_process {
  explicit store_process(std::string const& conninfo, pawl::postgres::options const& chosen = {})
      : db(loop, conninfo, chosen) {
    loop.wait(store.open());
  }
  pawl::loop<> loop{};
  pawl::postgres::database db;
  pawl::postgres::store<L> store{db};
};

TEST_CASE("wherever the end of an innermost item is cut, all that wait for it and each other end with it or none does",
          "[postgres][no_pooler]") {
  PAWL_ANY_POINT(at, false);
  own_database d;
  pawl::postgres::store<folder> folders(d.db);
  d.wait(folders.open());
  auto const path = [](int n, int depth) {
    std::string all = "/" + std::to_string(n);
    for (int i = 0; i < depth; ++i) all += "/in";
    return all;
  };
  auto const list_folder = [](auto& loop, auto& store, std::string const& key, std::vector<std::string> const& inner) {
    pawl::item<folder, folder_state::found> const from(key, 0);
    auto const event = with(list{}, insert<folder>(inner));
    must(bool(loop.wait(store.apply(from, event))));
  };
  outcomes met;
  int const messages = for_each_message<store_process<folder>>(
      d.in, at.what, at.way,
      [&](int n) {
        REQUIRE(d.wait(folders.insert_if_absent(path(n, 0))));
        for (int depth = 0; depth < 2; ++depth) list_folder(d.loop, folders, path(n, depth), {path(n, depth + 1)});
      },
      [&](store_process<folder>& me, int n) { list_folder(me.loop, me.store, path(n, 2), {}); },
      [&](int n) {
        CAPTURE(n);
        auto const is_complete = [&](int depth) {
          return d.wait(folders.get(path(n, depth))).item->state == folder_state::complete;
        };
        bool const are_complete = met.note(is_complete(2));
        CHECK((are_complete || at.what == ends::process));
        for (int depth = 0; depth < 2; ++depth) CHECK(is_complete(depth) == are_complete);
        if (!are_complete) list_folder(d.loop, folders, path(n, 2), {});
        for (int depth = 0; depth <= 2; ++depth) CHECK(is_complete(depth));
      });
  CHECK(messages > at.fewest());
  CHECK((met.are_both() || at.what == ends::connection || at.is_of_answers()));
  CHECK(d.in.sql.must("SELECT count(*) FROM folder WHERE version<>2").at(0, 0) == "0");
}

// ---- schedules ----

using recurring_test::night;
using recurring_test::set_clock;

TEST_CASE("wherever the step of a schedule is cut, each tick becomes one item", "[postgres][no_pooler]") {
  bool const is_first = GENERATE(true, false);
  PAWL_ANY_POINT(at, !is_first);
  static set_clock clock;
  clock = {};
  struct client : store_process<night> {
    explicit client(std::string const& conninfo) : store_process<night>(conninfo, chosen()) {}
    static pawl::postgres::options chosen() {
      pawl::postgres::options with_clock;
      with_clock.now = clock.reader();
      return with_clock;
    }
  };
  own_database d{client::chosen()};
  pawl::postgres::store<night> nights(d.db);
  d.wait(nights.open());
  d.in.sql.script(
      "CREATE TABLE made(key bytea);CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO made "
      "VALUES(new.key);RETURN NULL;END';CREATE TRIGGER note AFTER INSERT ON night FOR EACH ROW EXECUTE FUNCTION "
      "note()");
  auto const made = [&](std::string const& name) {
    return std::stoi(
        d.in.sql.must("SELECT count(*) FROM made WHERE convert_from(key,'UTF8') LIKE $1||' %'", {name}).at(0, 0));
  };
  auto const begun = clock.now;
  // One page of two ticks, and one of one.
  pawl::recurring_options const options{.missed = pawl::missed::all, .since = begun, .page = 2};
  auto const schedule = [&](auto& store, int n) { return pawl::every(store, "n" + std::to_string(n), 1h, options); };
  outcomes met;
  int const messages = for_each_message<client>(
      d.in, at.what, at.way,
      [&](int n) {
        clock.now = begun;
        if (!is_first) d.wait(schedule(nights, n).make_due());
        clock.now = begun + 3h;
      },
      [&](client& me, int n) {
        auto const hourly = schedule(me.store, n);
        change_within(at.within, me.loop, me.store, [&] { must(me.loop.wait(hourly.make_due()) == 3); });
      },
      [&](int n) {
        CAPTURE(n);
        std::string const name = "n" + std::to_string(n);
        int const so_far = made(name);
        met.note(so_far > 0);
        CHECK((so_far == 3 || at.what == ends::process));
        CHECK((so_far == 0 || so_far == 3 || (so_far == 2 && !at.within)));
        auto const last = d.wait(nights.last_tick(name));
        auto const from = is_first && so_far == 0 ? std::optional<pawl::stored_time>() : begun + so_far * 1h;
        CHECK(last == from);
        d.in.sql.must("DELETE FROM night");  // so that only the record tells
        CHECK(d.wait(schedule(nights, n).make_due()) == static_cast<std::size_t>(3 - so_far));
        CHECK(made(name) == 3);
      });
  CHECK(messages > at.fewest());
  CHECK((met.are_both() || at.what == ends::connection || at.is_of_answers()));
  CHECK(d.in.sql.must("SELECT count(*)-count(DISTINCT key) FROM made").at(0, 0) == "0");
}

}  // namespace postgres_crash_points_test
