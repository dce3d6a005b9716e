// A lifecycle with states of every role, in pawl's own table and in tables of a user, for the tests of this room.
#ifndef PAWL_TESTS_CONSOLE_FIXTURE_HPP
#define PAWL_TESTS_CONSOLE_FIXTURE_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/store/table.hpp>
#include <pawl/store/trouble_record.hpp>

#include "catch.hpp"

namespace console_test {

enum class state { packed, sending, sent, delivered, lost };
struct dispatch {};
struct hand_over {
  std::string courier;
  std::int64_t weight = 0;
  std::optional<std::string> note;
};
struct deliver {
  std::string signature;
};
struct lose {};
struct burn {};
struct parcel : pawl::lifecycle<pawl::initial<state::packed>, pawl::waiting<state::sent>, pawl::goal<state::delivered>,
                                pawl::terminal<state::lost>, pawl::transition<state::packed, dispatch, state::sending>,
                                pawl::transition<state::sending, hand_over, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>,
                                pawl::transition<state::sent, lose, state::lost>,
                                pawl::transition<state::sending, burn, state::lost>> {};

struct parcels : pawl::table<parcel> {
  static constexpr pawl::names names{.table = "parcels", .key = "label", .changed_at = "at", .born = "born"};
  static constexpr auto columns =
      pawl::columns(pawl::on<hand_over>(pawl::set("courier", &hand_over::courier),
                                        pawl::set("weight", &hand_over::weight), pawl::set("note", &hand_over::note)),
                    pawl::on<deliver>(pawl::set("signature", &deliver::signature)));
};
inline std::string const parcels_sql =
    "CREATE TABLE parcels(label TEXT PRIMARY KEY,state TEXT NOT NULL DEFAULT 'packed',version INTEGER NOT NULL DEFAULT "
    "0,"
    "at TEXT,born INTEGER NOT NULL DEFAULT (random()),courier TEXT,weight INTEGER,note TEXT,signature TEXT)";
struct numbered : parcels {
  static constexpr pawl::names names{.table = "numbered", .key = "id"};
};
inline std::string const numbered_sql =
    "CREATE TABLE numbered(id INTEGER PRIMARY KEY,state TEXT NOT NULL DEFAULT 'packed',version INTEGER NOT NULL "
    "DEFAULT 0,"
    "courier TEXT,weight INTEGER,note TEXT,signature TEXT)";

// Any bytes: control characters, quotes, a zero, no UTF-8, a letter that turns the direction of a text.
inline std::string const hostile("a\x1b[31m\n\"',;\0\xff\xe2\x80\xae]", 17);

inline pawl::stored_time at(std::int64_t seconds) { return pawl::stored_time(std::chrono::seconds(seconds)); }

inline pawl::trouble_record parked(std::string error = "transient: busy") {
  pawl::trouble_record record;
  record.parked = true;
  record.attempts = 5;
  record.run = 7;
  record.last_error = std::move(error);
  return record;
}
inline pawl::trouble_record delayed(std::int64_t until, std::int64_t run = 7) {
  pawl::trouble_record record;
  record.next_at = at(until);
  record.attempts = run == 0 ? 0 : 1;
  record.run = run;
  return record;
}
inline pawl::trouble_record marked() {
  pawl::trouble_record record;
  record.in_doubt = true;
  record.run = -7;
  return record;
}

template <class T> T wait(pawl::task<T> job) {
  pawl::loop<> loop;
  return loop.wait(std::move(job));
}

// What the console says of one item; the test fails if it is not there.
inline pawl::item_story story(pawl::console& of, std::string table, std::string key) {
  auto found = wait(of.story(std::move(table), std::move(key)));
  REQUIRE(found);
  return *found;
}
inline pawl::seen_table table(pawl::console& of, std::string const& name) {
  for (auto& one : wait(of.tables()))
    if (one.name == name) return one;
  FAIL("there is no table " << name);
  return {};
}
inline pawl::seen_state counts(pawl::seen_table const& in, std::string const& state) {
  for (auto const& one : in.states)
    if (one.name == state) return one;
  FAIL("there is no state " << state);
  return {};
}
inline std::vector<std::string> keys(pawl::console& of, std::string const& table, pawl::seen_query which) {
  std::vector<std::string> all;
  for (;;) {
    auto page = wait(of.list(table, which));
    for (auto& it : page.items) all.push_back(std::move(it.key));
    if (page.is_last) return all;
    which.after = page.next;
  }
}

}  // namespace console_test

#endif
