// On a server: what the history tells of a failure is what its event was told.
#include <chrono>
#include <cstddef>
#include <string>
#include <type_traits>

#include <pawl/pawl.hpp>
#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "runner/dying_life.hpp"

namespace postgres_failure_history_test {

using namespace dying;

TEMPLATE_TEST_CASE("the history of a failure on a server has the attempts and the error that its event is told",
                   "[postgres]", life, lives) {
  for (auto& one : all_endings()) {
    postgres_test::own_database at;
    at.in.sql.script(
        "CREATE TABLE lives(name text PRIMARY KEY,state text NOT NULL DEFAULT 'pending',version bigint NOT NULL "
        "DEFAULT 0,error text,attempts bigint);INSERT INTO lives(name) VALUES('hook')");
    pawl::postgres::store<TestType> store(at.db, {.history = true});
    if constexpr (std::is_same_v<TestType, life>) REQUIRE(at.wait(store.insert_if_absent("hook")));
    pawl::commit_queue queue{at.loop, store};
    std::size_t calls = 0;
    one.options.retry.wait = {.first = std::chrono::milliseconds(1), .cap = std::chrono::milliseconds(1)};
    pawl::run(queue, unlucky{one.meets, calls}, one.options);
    auto const it = at.wait(store.get("hook")).item;
    REQUIRE(it);
    REQUIRE(it->state == state::dead);
    auto const event = at.wait(store.template recorded<give_up>(*it));
    REQUIRE(event);
    CAPTURE(one.error);
    CHECK(event->attempts == one.attempts);
    CHECK(event->error == one.error);
    auto const told = at.wait(store.history("hook"));
    REQUIRE(told.size() == 1);
    CHECK(told[0].event == "give_up");
    CHECK(told[0].attempts == one.attempts);
    CHECK(told[0].error == one.error);
    CHECK(told[0].run > 0);
    CHECK_FALSE(at.wait(store.trouble_of(*it)));
  }
}

}  // namespace postgres_failure_history_test
