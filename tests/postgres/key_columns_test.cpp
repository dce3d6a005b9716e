// Items of a table whose keys are of each type that a key may have: by hand, by a queue, and by runs.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "postgres/plain_session.hpp"
#include "postgres/temporary_pooler.hpp"

namespace key_columns_test {

using postgres_test::own_database;
using namespace std::chrono_literals;

enum class job_state { ready, begun, done };
struct begin {
  std::string note;
};
struct end {};
struct job : pawl::lifecycle<pawl::initial<job_state::ready>, pawl::goal<job_state::done>,
                             pawl::transition<job_state::ready, begin, job_state::begun>,
                             pawl::transition<job_state::begun, end, job_state::done>> {};
struct jobs_table : pawl::table<job> {
  static constexpr pawl::names names{.table = "jobs", .key = "id", .state = "stage"};
  static constexpr auto columns = pawl::columns(pawl::on<begin>(pawl::set("note", &begin::note)));
};
using jobs = pawl::postgres::store<jobs_table>;
template <job_state S> using in = pawl::item<job, S>;

// Some answers of its second step are late.
struct steps {
  begin operator()(in<job_state::ready> const& it) { return {std::to_string(it.key.size()) + " bytes"}; }
  pawl::one_of<end> operator()(in<job_state::begun> const&, begin const& what) {
    notes.push_back(what.note);
    if (notes.size() % 3 == 1) return pawl::trouble::transient("not yet", 1ms);
    return end{};
  }
  std::vector<std::string>& notes;
};

struct column {
  std::string type;
  std::vector<std::string> keys;         // as items have them
  std::vector<std::string> of_no_row{};  // that the column cannot hold, or holds as another text
};
std::vector<column> columns() {
  std::vector<std::string> const words{"a", "B", "c'd", "\xC3\xA4 \\ \"x\"", "5", "f", "g", "h"};
  std::vector<std::string> numbers{"0", "7", "-7", "12", "100", "-32768", "32767", "8"};
  column const small{"smallint", numbers, {"x", "007", "+7", " 7", "7.0", "", "70000"}};
  column const whole{"integer", numbers, {"x", "007", "-0", "7 ", "", "3000000000"}};
  numbers.back() = "9223372036854775807";
  numbers[3] = "-9223372036854775808";
  column const big{"bigint", numbers, {"x", "007", "9223372036854775808", "7e0", ""}};
  std::vector<std::string> uuids;
  for (char const last : std::string_view("01234abf"))
    uuids.push_back("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1" + std::string(1, last));
  std::vector<std::string> raw = words;
  raw[3] = std::string("\0\xFF\x80", 3);
  return {{"text", words, {"b", "nobody"}},
          {"text COLLATE \"C\"", words, {"b", "nobody"}},
          {"varchar(40)", words, {"b", std::string(50, 'x')}},
          small,
          whole,
          big,
          {"uuid", uuids, {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "x", ""}},
          {"bytea", raw, {"b", std::string("\0", 1)}}};
}

struct stock {
  explicit stock(column const& of) {
    at.in.sql.script("CREATE TABLE jobs(id " + of.type +
                     " PRIMARY KEY,stage text NOT NULL DEFAULT 'ready',version bigint NOT NULL DEFAULT 0,note text)");
    for (auto const& key : of.keys)
      at.in.sql.must("INSERT INTO jobs(id) VALUES($1)", {of.type == "bytea" ? postgres_test::as_bytea(key) : key});
  }
  pawl::any_item<job> item(std::string const& key) { return at.wait(all.get(key)).item.value(); }
  bool moves(in<job_state::ready> const& it) { return bool(at.wait(all.apply(it, begin{"by hand"}))); }
  bool queue_moves(in<job_state::ready> const& it) { return bool(at.wait(queue.apply(it, begin{"queued"}))); }

  own_database at{};
  jobs all{at.db};
  pawl::commit_queue<jobs, pawl::loop<>> queue{at.loop, all};
};

TEST_CASE("items are found, moved, noted and explained by keys of each type", "[postgres]") {
  for (auto const& of : columns()) {
    CAPTURE(of.type);
    stock s(of);
    for (auto const& key : of.keys) {
      CAPTURE(key);
      CHECK(s.item(key).key == key);
    }
    auto const first = *s.item(of.keys[0]).as<job_state::ready>(), second = *s.item(of.keys[1]).as<job_state::ready>();
    CHECK(s.moves(first));
    CHECK_FALSE(s.moves(first));
    CHECK(s.queue_moves(second));
    CHECK_FALSE(s.queue_moves(second));
    CHECK(s.at.wait(s.all.recorded<begin>(s.item(of.keys[0])))->note == "by hand");
    CHECK(s.at.wait(s.all.recorded<begin>(s.item(of.keys[1])))->note == "queued");
    pawl::trouble_record parked;
    parked.parked = true;
    parked.last_error = "for a person";
    s.at.wait(s.all.note(s.item(of.keys[2]), parked));
    auto const waiting = s.at.wait(s.all.parked(5));
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].item.key == of.keys[2]);
    CHECK(s.at.wait(s.all.explain(of.keys[2])).is == pawl::standing::parked);
    CHECK(s.at.wait(s.all.release(of.keys[2])));
    CHECK(s.at.wait(s.all.parked(5)).empty());
  }
}

using query = pawl::item_query<job>;

// The keys of all pages, sorted.
std::vector<std::string> listed(stock& s, query const& which) {
  std::vector<std::string> keys;
  jobs::page_mark after;
  for (std::size_t pages = 0;; ++pages) {
    REQUIRE(pages < 20);
    auto const page = s.at.wait(s.all.items(which, after));
    REQUIRE(page.size() <= which.limit);
    for (auto const& one : page) keys.push_back(one.item.key);
    if (page.is_last) break;
    after = page.next;
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}
template <class Has> std::vector<std::string> those_with(std::vector<std::string> const& keys, Has has) {
  std::vector<std::string> found;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(found), has);
  std::sort(found.begin(), found.end());
  return found;
}

TEST_CASE("pages of runnable items have each of them once, by keys of each type", "[postgres]") {
  for (auto const& of : columns()) {
    CAPTURE(of.type);
    stock s(of);
    for (std::size_t const limit : {1U, 3U, 8U}) {
      std::vector<std::string> keys;
      jobs::page_mark after;
      for (bool is_last = false; !is_last;) {
        REQUIRE(keys.size() <= of.keys.size());
        auto page = s.at.wait(s.all.runnable(job_state::ready, after, limit));
        for (auto const& one : page) keys.push_back(one.item.key);
        after = page.next;
        is_last = page.is_last;
      }
      CHECK(those_with(keys, [](auto const&) { return true; }) ==
            those_with(of.keys, [](auto const&) { return true; }));
    }
  }
}

TEST_CASE("items are listed in pages by state, trouble and the beginning of keys of each type", "[postgres]") {
  for (auto const& of : columns()) {
    CAPTURE(of.type);
    stock s(of);
    REQUIRE(s.moves(*s.item(of.keys[0]).as<job_state::ready>()));
    pawl::trouble_record parked, delayed, died;
    parked.parked = true;
    parked.last_error = "for a person";
    delayed.next_at = pawl::stored_time(9s);
    died.recoveries = 2;
    REQUIRE(s.at.wait(s.all.note(s.item(of.keys[1]), parked)));
    REQUIRE(s.at.wait(s.all.note(s.item(of.keys[2]), delayed)));
    REQUIRE(s.at.wait(s.all.note(s.item(of.keys[3]), died)));
    auto const all = those_with(of.keys, [](auto const&) { return true; });
    for (std::size_t const limit : {1U, 3U, 8U, 9U}) CHECK(listed(s, {.limit = limit}) == all);
    CHECK(listed(s, {.state = job_state::begun}) == std::vector{of.keys[0]});
    CHECK(listed(s, {.state = job_state::ready, .limit = 2}).size() == all.size() - 1);
    CHECK(listed(s, {.state = job_state::done}).empty());
    CHECK(listed(s, {.trouble = pawl::trouble_is::parked}) == std::vector{of.keys[1]});
    CHECK(listed(s, {.trouble = pawl::trouble_is::delayed}) == std::vector{of.keys[2]});
    CHECK(listed(s, {.trouble = pawl::trouble_is::in_doubt}) == std::vector{of.keys[3]});
    CHECK(listed(s, {.state = job_state::begun, .trouble = pawl::trouble_is::parked}).empty());
    for (auto const& key : of.keys)
      for (std::size_t const size : {std::size_t{1}, key.size()}) {
        auto const prefix = key.substr(0, size);
        CAPTURE(prefix);
        CHECK(listed(s, {.key_prefix = prefix, .limit = 2}) ==
              those_with(of.keys, [&](auto const& one) { return one.starts_with(prefix); }));
      }
    CHECK(listed(s, {.key_prefix = "no key begins so"}).empty());
    auto const page = s.at.wait(s.all.items({.trouble = pawl::trouble_is::parked}));
    CHECK(page[0].trouble->last_error == "for a person");
    CHECK(page[0].item == s.item(of.keys[1]));
  }
}

TEST_CASE("a key that no row can have is no item of a table whose keys are of any type", "[postgres]") {
  for (auto const& of : columns()) {
    CAPTURE(of.type);
    stock s(of);
    for (auto const& key : of.of_no_row) {
      CAPTURE(key);
      CHECK_FALSE(s.at.wait(s.all.get(key)).item);
      CHECK(s.at.wait(s.all.explain(key)).is == pawl::standing::absent);
      CHECK_FALSE(s.at.wait(s.all.release(key)));
      in<job_state::ready> const nobody(key, 0);
      CHECK_FALSE(s.moves(nobody));
      CHECK_FALSE(s.queue_moves(nobody));
    }
    CHECK(s.at.in.sql.must("SELECT count(*) FROM jobs WHERE version<>0").at(0, 0) == "0");
  }
}

TEST_CASE("runs take the items of a table to their goal by keys of each type", "[postgres]") {
  // A shared owner needs a session, which a pooler gives to nobody.
  auto const how = temporary_pooler::is_asked_for() ? pawl::ownership::sole
                                                    : GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  for (auto const& of : columns()) {
    CAPTURE(of.type);
    stock s(of);
    std::vector<std::string> notes;
    pawl::run_options options{.concurrency = 3};
    options.owner = how;
    options.retry.wait.first = 1ms;
    auto const sum = pawl::run(s.queue, steps{notes}, options);
    CHECK(sum.finished == of.keys.size());
    for (auto const& key : of.keys) CHECK(s.item(key).state == job_state::done);
    CHECK(s.at.wait(s.all.recorded<begin>(s.item(of.keys[3])))->note == std::to_string(of.keys[3].size()) + " bytes");
    CHECK(s.at.in.sql.must("SELECT (SELECT count(*) FROM pawl_trouble)+(SELECT count(*) FROM pawl_lease)").at(0, 0) ==
          "0");
  }
}

}  // namespace key_columns_test
