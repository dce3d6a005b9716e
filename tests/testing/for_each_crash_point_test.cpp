// A program killed at every point: nothing is reported if it is correct, and each of its possible faults is found.
#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <pawl/pawl.hpp>
#include <pawl/testing.hpp>

#include "catch.hpp"
#include "files.hpp"

namespace for_each_crash_point_test {

using namespace std::chrono_literals;
using pawl::testing::crash_options;
using pawl::testing::crash_verdict;
using pawl::testing::process;
using pawl::testing::remote_objects;

using virtual_loop = pawl::loop<pawl::virtual_clock>;

enum class state { written, sent, delivered };
struct mail {
  std::string receipt;
};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::delivered>,
                                pawl::transition<state::written, mail, state::sent>,
                                pawl::transition<state::sent, deliver, state::delivered>> {};
static_assert(pawl::run_port<pawl::testing::watched_store<pawl::memory_store<letter>>>);
static_assert(pawl::inserting_store<pawl::testing::watched_store<pawl::memory_store<letter>>>);

struct post {
  pawl::memory_store<letter> letters{};
  remote_objects mailed{};
};

// Knows its callers' keys.
struct courier {
  pawl::mock_adapter<virtual_loop> remote;
  remote_objects& mailed;

  courier(virtual_loop& loop, remote_objects& objects)
      : remote(loop, pawl::mock_profile::constant(1min)), mailed(objects) {}
  pawl::task<pawl::outcome<std::string>> mail(std::string address, std::string key) {
    return remote.call([this, address, key] { return mailed.once(address, key, "receipt of " + address); });
  }
  // Keeps the old rule: whoever calls it mails another letter.
  pawl::task<pawl::outcome<std::string>> mail_again(std::string address) {
    return remote.call([this, address] {
      mailed.add(address);
      return "receipt of " + address;
    });
  }
  pawl::task<pawl::outcome<bool>> is_mailed(std::string address) {
    return remote.call([this, address] { return mailed.of(address) > 0; });
  }
};

struct right_steps {
  courier& api;
  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::keyed& call) {
    auto receipt = co_await pawl::ask(api.mail(it.key, call.key()));
    if (!receipt) co_return receipt.why();
    co_return mail{*receipt};
  }
  deliver operator()(pawl::item<letter, state::sent>, mail const&) { return {}; }
};

// The key changes when the process does.
struct other_key_steps {
  courier& api;
  std::size_t life;
  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::keyed&) {
    auto receipt = co_await pawl::ask(api.mail(it.key, it.key + " by process " + std::to_string(life)));
    if (!receipt) co_return receipt.why();
    co_return mail{*receipt};
  }
  deliver operator()(pawl::item<letter, state::sent>, mail const&) { return {}; }
};
// Says that it may be repeated, and may not.
struct not_safe_steps {
  courier& api;
  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::safe&) {
    auto receipt = co_await pawl::ask(api.mail_again(it.key));
    if (!receipt) co_return receipt.why();
    co_return mail{*receipt};
  }
  deliver operator()(pawl::item<letter, state::sent>, mail const&) { return {}; }
};
struct probing_steps {
  courier& api;
  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::probeable&) {
    auto receipt = co_await pawl::ask(api.mail_again(it.key));
    if (!receipt) co_return receipt.why();
    co_return mail{*receipt};
  }
  pawl::task<std::optional<pawl::one_of<mail>>> probe(pawl::item<letter, state::written> it, pawl::probeable&) {
    auto found = co_await pawl::ask(api.is_mailed(it.key));
    if (!found) co_return found.why();
    if (!*found) co_return std::nullopt;
    co_return mail{"found"};
  }
  deliver operator()(pawl::item<letter, state::sent>, mail const&) { return {}; }
};
struct unsafe_steps {
  courier& api;
  pawl::task<pawl::one_of<mail>> operator()(pawl::item<letter, state::written> it, pawl::step_context&) {
    auto receipt = co_await pawl::ask(api.mail_again(it.key));
    if (!receipt) co_return receipt.why();
    co_return mail{*receipt};
  }
  deliver operator()(pawl::item<letter, state::sent>, mail const&) { return {}; }
};

// The program, with these steps; a queue that flushes everything together, or one by one.
template <class MakeSteps>
crash_verdict kill_with(MakeSteps make_steps, crash_options options = {}, std::size_t concurrency = 2) {
  return pawl::testing::for_each_crash_point<post>(
      [&](post& durable, process& me) {
        virtual_loop loop;
        auto letters = me.watch(durable.letters);
        for (auto const* to : {"ada", "grace"}) letters.insert_if_absent(to);
        pawl::commit_queue queue{loop, letters};
        courier api{loop, durable.mailed};
        me.watch(api.remote);
        me.watch(durable.mailed);
        pawl::run(queue, make_steps(api, me), {.concurrency = concurrency});
        me.expect(durable.mailed.size() == 2, "two letters are mailed");
      },
      options);
}
auto const rightly = [](courier& api, process&) { return right_steps{api}; };

bool tells(crash_verdict const& verdict, std::string const& words) {
  return verdict.text().find(words) != std::string::npos;
}

TEST_CASE("a program whose steps are keyed loses nothing and repeats nothing, wherever it dies", "[testing]") {
  auto const concurrency = GENERATE(std::size_t{1}, std::size_t{2});
  auto const verdict = kill_with(rightly, {}, concurrency);
  CHECK(verdict);
  CHECK(verdict.calls == 2);
  CHECK(verdict.commits == (concurrency == 1 ? 2 + 4 : 2 + 2));  // inserts, and transitions that are ready together
  CHECK(verdict.scenarios == 1 + 3 * (verdict.commits + verdict.calls));
}

TEST_CASE("a program may die twice, and at a power cut lose its latest commits", "[testing]") {
  auto const verdict = kill_with(rightly, {.crashes = 2});
  CHECK(verdict);
  CHECK(verdict.scenarios > 10 * (verdict.commits + verdict.calls));
  CHECK(kill_with(rightly, {.lost_commits = 1}));
  CHECK(kill_with(rightly, {.crashes = 2, .lost_commits = 3}));
}

TEST_CASE("a key that differs between processes is found, and where", "[testing]") {
  auto const wrongly = [](courier& api, process& me) { return other_key_steps{api, me.life()}; };
  auto const verdict = kill_with(wrongly, {}, 1);
  REQUIRE_FALSE(verdict);
  CHECK(
      tells(verdict, "the remote made 2 objects for 'ada', under the keys 'ada by process 1' and 'ada by process 2'"));
  CHECK(tells(verdict, "crash in the 1st call, carried out but not answered"));
  CHECK(tells(verdict, "crash after the 1st call was answered"));
  CHECK(tells(verdict, "crash before the 3rd commit ('ada': written to sent)"));
  CHECK_FALSE(tells(verdict, "crash before the 1st call"));
  CHECK(tells(verdict, "not true: two letters are mailed"));

  SECTION("and each failure can be replayed alone") {
    for (auto const& failure : verdict.failures) {
      auto const again = kill_with(wrongly, {.only = pawl::testing::to_text(failure.points)}, 1);
      CHECK(again.scenarios == 1);
      REQUIRE(again.failures.size() == 1);
      CHECK(again.failures[0].violations == failure.violations);
      CHECK(again.failures[0].description == failure.description);
    }
  }
}

TEST_CASE("a step that says it is safe and is not is found", "[testing]") {
  auto const verdict = kill_with([](courier& api, process&) { return not_safe_steps{api}; });
  REQUIRE_FALSE(verdict);
  CHECK(tells(verdict, "the remote made 2 objects for 'ada'\n"));
}

TEST_CASE("a probe finds what was done, wherever the process dies, but not what is yet to land", "[testing]") {
  CHECK(kill_with([](courier& api, process&) { return probing_steps{api}; }, {.crashes = 2}));
}

TEST_CASE("an unsafe step is not repeated but parked, unless a power cut takes its mark", "[testing]") {
  auto const unsafely = [](courier& api, process&) { return unsafe_steps{api}; };
  auto const verdict = kill_with(unsafely);
  REQUIRE_FALSE(verdict);
  CHECK(tells(verdict, "'ada' was parked in written: "));
  CHECK_FALSE(tells(verdict, "objects for"));

  auto const allowed = [&](crash_options options) {
    options.may_park = true;
    auto found = kill_with(unsafely, options);
    for (auto& failure : found.failures)
      std::erase(failure.violations, "not true: two letters are mailed");  // one may be parked before it was
    std::erase_if(found.failures, [](auto const& failure) { return failure.violations.empty(); });
    return found;
  };
  CHECK(allowed({}));
  CHECK(tells(allowed({.lost_commits = 1}), "the remote made 2 objects for"));
}

// A store that tells its callers what it has not done.
struct forgetful : pawl::memory_store<letter> {
  bool kept = true;
  void commit() {
    kept ? pawl::memory_store<letter>::commit() : rollback();
    kept = false;  // from the second transaction on
  }
};
struct forgetful_post {
  forgetful letters{};
};

TEST_CASE("a store that answers before its commit is found, by the process that comes after it", "[testing]") {
  auto const verdict = pawl::testing::for_each_crash_point<forgetful_post>([](forgetful_post& durable, process& me) {
    auto letters = me.watch(durable.letters);
    letters.insert_if_absent("ada");
    if (auto const it = letters.get("ada").item->as<state::written>()) (void)letters.apply(*it, mail{"receipt"});
  });
  REQUIRE_FALSE(verdict);
  CHECK(tells(verdict, "'ada' is written at version 0, and version 1 was acknowledged"));
}

TEST_CASE("an item that nobody finishes is found without a crash", "[testing]") {
  auto const verdict = pawl::testing::for_each_crash_point<post>([](post& durable, process& me) {
    auto letters = me.watch(durable.letters);
    letters.insert_if_absent("ada");
  });
  CHECK(verdict.scenarios == 1);
  CHECK(tells(verdict, "without a crash"));
  CHECK(tells(verdict, "'ada' was left in written at version 0, neither done nor parked"));
}

TEST_CASE("a program that fails, or does not do the same every time, is told", "[testing]") {
  auto const throws = pawl::testing::for_each_crash_point<post>([](post& durable, process& me) {
    static_cast<void>(me.watch(durable.letters));
    throw pawl::error("test", "out of stamps");
  });
  CHECK(tells(throws, "process 1 failed: out of stamps"));

  int started = 0;
  auto const moody = pawl::testing::for_each_crash_point<post>([&](post&, process& me) {
    if (++started == 1) me.call([] { return 1; });
  });
  CHECK(tells(moody, "process 1 did not reach its crash point"));
}

TEST_CASE("a program that watches nothing is refused", "[testing]") {
  CHECK_THROWS_WITH(pawl::testing::for_each_crash_point<post>([](post&, process&) {}),
                    ContainsSubstring("there is no point at which to kill it"));
}

TEST_CASE("to kill nobody is refused, for it would show nothing", "[testing]") {
  CHECK_THROWS_WITH(pawl::testing::for_each_crash_point<post>([](post&, process&) {}, {.crashes = 0}),
                    ContainsSubstring("crash_options::crashes is 0"));
}

struct counted {
  std::vector<std::string> done{};
};

TEST_CASE("a call that is no mock's is a crash point of three moments", "[testing]") {
  std::set<std::size_t> counts;
  auto const verdict = pawl::testing::for_each_crash_point<counted>([&](counted& durable, process& me) {
    if (me.life() == 1) {
      me.call([&] { durable.done.push_back("first"); });
      durable.done.push_back("between");
      int const seven = me.call([] { return 7; });  // outside of CHECK, which would catch the death
      CHECK(seven == 7);
      durable.done.push_back("after");
    } else if (me.life() == 2) {
      counts.insert(durable.done.size());
    }
  });
  CHECK(verdict);
  CHECK(verdict.calls == 2);
  CHECK(verdict.scenarios == 7);
  CHECK(counts == std::set<std::size_t>{0, 1, 2, 3});
}

struct office {
  temporary_folder folder{};
  remote_objects mailed{};
};

TEST_CASE("a store in a database is opened anew by each process", "[testing]") {
  auto const verdict = pawl::testing::for_each_crash_point<office>([](office& durable, process& me) {
    virtual_loop loop;
    pawl::sqlite::database db{durable.folder / "letters.db"};
    pawl::sqlite::store<letter> table{db};
    auto letters = me.watch(table);
    for (auto const* to : {"ada", "grace"}) letters.insert_if_absent(to);
    pawl::commit_queue queue{loop, letters};
    courier api{loop, durable.mailed};
    me.watch(api.remote);
    me.watch(durable.mailed);
    pawl::run(queue, right_steps{api}, {.concurrency = 2});
  });
  CHECK(verdict);
  CHECK(verdict.scenarios == 1 + 3 * (4 + 2));
  auto const cut = pawl::testing::for_each_crash_point<office>(
      [](office& durable, process& me) {
        pawl::sqlite::database db{durable.folder / "letters.db"};
        pawl::sqlite::store<letter> table{db};
        auto letters = me.watch(table);
        letters.insert_if_absent("ada");
      },
      {.lost_commits = 1});
  CHECK(tells(cut, "process 1 failed: pawl: crash_options::lost_commits needs a store that can lose them"));
}

struct letters_table : pawl::table<letter> {
  static constexpr pawl::names names{.table = "mail", .key = "address", .state = "status", .version = "revision"};
  static constexpr auto columns = pawl::columns(pawl::on<mail>(pawl::set("receipt", &mail::receipt)));
};

TEST_CASE("the rows of a mapped table are inserted by their owner", "[testing]") {
  auto const verdict = pawl::testing::for_each_crash_point<office>([](office& durable, process& me) {
    virtual_loop loop;
    pawl::sqlite::database db{durable.folder / "letters.db"};
    db.execute(
        "CREATE TABLE IF NOT EXISTS mail(address TEXT PRIMARY KEY, status TEXT NOT NULL DEFAULT 'written',"
        " revision INTEGER NOT NULL DEFAULT 0, receipt TEXT)");
    pawl::sqlite::store<letters_table> table{db};
    auto letters = me.watch(table);
    db.execute("INSERT INTO mail(address) VALUES('ada'), ('grace') ON CONFLICT DO NOTHING");
    pawl::commit_queue queue{loop, letters};
    courier api{loop, durable.mailed};
    me.watch(api.remote);
    me.watch(durable.mailed);
    pawl::run(queue, right_steps{api}, {.concurrency = 2});
  });
  CHECK(verdict);
  CHECK(verdict.scenarios == 1 + 3 * (2 + 2));
}

// Begins with a letter that is on its way.
struct stocked {
  stocked() {
    letters.insert_if_absent("ada");
    (void)letters.apply(pawl::item<letter, state::written>("ada", 0), mail{"receipt"});
  }
  pawl::memory_store<letter> letters{};
  remote_objects mailed{};
};

TEST_CASE("what a store holds in the beginning is taken as it is, and a row that comes from nowhere is not",
          "[testing]") {
  bool const forges = GENERATE(false, true);
  auto const verdict = pawl::testing::for_each_crash_point<stocked>([forges](stocked& durable, process& me) {
    virtual_loop loop;
    auto letters = me.watch(durable.letters);
    pawl::commit_queue queue{loop, letters};
    courier api{loop, durable.mailed};
    pawl::run(queue, right_steps{api});
    if (forges) durable.letters.put("eve", "delivered", 2);
  });
  CHECK(static_cast<bool>(verdict) == !forges);
  CHECK(verdict.scenarios == (forges ? 1 : 4));
  CHECK(tells(verdict, "there is a row 'eve' that was never inserted") == forges);
}

TEST_CASE("crash points are read as they are written, and others are refused", "[testing]") {
  std::string const text = "commit 3 unanswered, call 12 before, call 1 answered";
  auto const points = pawl::testing::crash_points_of(text);
  REQUIRE(points.size() == 3);
  CHECK(pawl::testing::to_text(points) == text);
  CHECK(describe(points[0]) == "crash in the 3rd commit, applied but not answered");
  CHECK(describe(points[1], " of ada") == "crash before the 12th call of ada");
  for (auto const* wrong : {"commit", "commit 0 before", "commit 1 during", "letter 1 before", "call 1 before now"})
    CHECK_THROWS_WITH(pawl::testing::crash_points_of(wrong), ContainsSubstring("is not a crash point"));
}

}  // namespace for_each_crash_point_test
