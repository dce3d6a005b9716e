// Wherever a process dies, the user's own statements are in the database exactly where their transition is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/pawl.hpp>
#include <pawl/testing.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace statements_crash_test {

using pawl::with;
using pawl::testing::process;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

enum class state { written, sent, delivered, returned };
struct mail {
  std::string receipt;
};
struct deliver {};
struct give_back {
  std::string reason;
};
struct letter
    : pawl::lifecycle<
          pawl::initial<state::written>, pawl::goal<state::delivered>, pawl::goal<state::returned>,
          pawl::transition<state::written, mail, state::sent>, pawl::transition<state::sent, deliver, state::delivered>,
          pawl::transition<state::sent, give_back, state::returned>, pawl::on_failure<state::sent, give_back>> {};

struct desk {
  temporary_folder folder{};
};

pawl::sql_statement entry(std::string_view key, std::string_view what) {
  return pawl::sql("INSERT INTO entries VALUES(?1, ?2)", key, what);
}

// Grace's second statement is refused, in the batch of the others.
struct clerk {
  pawl::task<pawl::one_of<with<mail>>> operator()(pawl::item<letter, state::written> it, pawl::keyed&) {
    co_return with(mail{"receipt"}, entry(it.key, "mailed"), entry(it.key, "billed"));
  }
  with<deliver> operator()(pawl::item<letter, state::sent> it, mail const&) {
    return with(deliver{}, entry(it.key, "delivered"), entry(it.key, it.key == "grace" ? "mailed" : "archived"));
  }
};

class office {
 public:
  explicit office(desk const& durable) : db_(durable.folder / "letters.db") {
    db_.execute("CREATE TABLE IF NOT EXISTS entries(key, what, UNIQUE(key, what))");
  }
  pawl::sqlite::store<letter>& letters() { return letters_; }

  // "ada: 4", and so on: whose entries are not those of the transitions it has made; empty if all are.
  std::string contradictions() {
    std::string all;
    for (std::string_view const key : {"ada", "grace", "alan"}) {
      auto const now = letters_.get(key);
      std::int64_t const moves = !now.item ? 0 : now.item->state == state::returned ? 1 : now.item->version;
      auto s = db_.prepare("SELECT count(*) FROM entries WHERE key=?1");
      s.bind(1, key);
      s.step();
      if (s.integer(0) != 2 * moves) all.append(key).append(": " + std::to_string(s.integer(0)) + " ");
    }
    return all;
  }

 private:
  pawl::sqlite::database db_;
  pawl::sqlite::store<letter> letters_{db_};
};

TEST_CASE("wherever a run dies, its statements are written exactly where their transitions are", "[testing]") {
  auto const verdict = pawl::testing::for_each_crash_point<desk>(
      [](desk& durable, process& me) {
        office here(durable);
        me.expect(here.contradictions().empty(), "after the crash: " + here.contradictions());
        virtual_loop loop;
        auto letters = me.watch(here.letters());
        for (auto to : {"ada", "grace", "alan"}) letters.insert_if_absent(to);
        pawl::commit_queue queue{loop, letters};
        pawl::run(queue, clerk{}, {.concurrency = 3});
        me.expect(here.contradictions().empty(), "at the end: " + here.contradictions());
        me.expect(letters.get("grace").item->state == state::returned, "the refused letter was delivered");
      },
      {.crashes = 2});
  CHECK(verdict);
  CHECK(verdict.commits > 4);
}

TEST_CASE("wherever a program without a run dies, its statements are written exactly where their transitions are",
          "[testing]") {
  auto const verdict = pawl::testing::for_each_crash_point<desk>(
      [](desk& durable, process& me) {
        office here(durable);
        me.expect(here.contradictions().empty(), "after the crash: " + here.contradictions());
        auto letters = me.watch(here.letters());
        letters.insert_if_absent("ada");
        if (auto const now = *letters.get("ada").item; auto const written = now.as<state::written>())
          static_cast<void>(
              letters.apply(*written, with(mail{"receipt"}, entry("ada", "mailed"), entry("ada", "billed"))));
        if (auto const now = *letters.get("ada").item; auto const sent = now.as<state::sent>())
          static_cast<void>(letters.apply(*sent, with(deliver{}, entry("ada", "delivered"), entry("ada", "archived"))));
        me.expect(here.contradictions().empty(), "at the end: " + here.contradictions());
      },
      {.crashes = 2});
  CHECK(verdict);
  CHECK(verdict.commits == 3);
}

// "grace: 1 ", where the history of a letter is not the way to the state that it is in; empty if all are.
std::string untold(pawl::sqlite::store<letter>& letters) {
  std::string all;
  for (std::string_view const key : {"ada", "grace", "alan"}) {
    auto const now = letters.get(key);
    auto const told = letters.history(key);
    bool fits = static_cast<std::int64_t>(told.size()) == (now.item ? now.item->version : 0);
    for (std::size_t i = 0; fits && i < told.size(); ++i)
      fits = told[i].version == static_cast<std::int64_t>(i) + 1 && (i == 0 || told[i].from == told[i - 1].to);
    if (fits && !told.empty()) fits = told.back().to == pawl::state_name_of<letter>(now.item->state);
    if (!fits) all.append(key).append(": " + std::to_string(told.size()) + " ");
  }
  return all;
}

TEST_CASE("wherever a run dies, the history has each transition that was made, once, and no other", "[testing]") {
  auto const verdict = pawl::testing::for_each_crash_point<desk>(
      [](desk& durable, process& me) {
        pawl::sqlite::database db(durable.folder / "letters.db");
        db.execute("CREATE TABLE IF NOT EXISTS entries(key, what, UNIQUE(key, what))");
        pawl::sqlite::store<letter> remembering(db, {.history = true});
        me.expect(untold(remembering).empty(), "after the crash: " + untold(remembering));
        virtual_loop loop;
        auto letters = me.watch(remembering);
        for (auto to : {"ada", "grace", "alan"}) letters.insert_if_absent(to);
        pawl::commit_queue queue{loop, letters};
        pawl::run(queue, clerk{}, {.concurrency = 3});
        me.expect(untold(remembering).empty(), "at the end: " + untold(remembering));
        me.expect(remembering.history("grace").back().event == "give_back", "the refused delivery is told");
      },
      {.crashes = 2});
  CHECK(verdict);
  CHECK(verdict.commits > 4);
}

}  // namespace statements_crash_test
