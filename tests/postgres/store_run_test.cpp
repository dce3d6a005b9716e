// Items in a table on a real server, from their insert to their goal: by hand, and by a run.
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"

namespace store_run_test {

using postgres_test::own_database;

enum class parcel_state { packed, sent, delivered };
struct send {
  std::string tracking;
};
struct deliver {
  std::optional<int> rating;
};
struct parcel : pawl::lifecycle<pawl::initial<parcel_state::packed>, pawl::goal<parcel_state::delivered>,
                                pawl::transition<parcel_state::packed, send, parcel_state::sent>,
                                pawl::transition<parcel_state::sent, deliver, parcel_state::delivered>> {};
static_assert(pawl::run_port<pawl::postgres::store<parcel>>);
static_assert(pawl::batch_store<pawl::postgres::store<parcel>>);
static_assert(pawl::inserting_store<pawl::postgres::store<parcel>>);

template <parcel_state S> using in = pawl::item<parcel, S>;

struct steps {
  send operator()(in<parcel_state::packed> const& it) { return {"track " + it.key}; }
  deliver operator()(in<parcel_state::sent> const&, send const& what) {
    return {static_cast<int>(what.tracking.size())};
  }
};

TEST_CASE("an item of pawl's own table is inserted, moved and read back", "[postgres]") {
  own_database at;
  pawl::postgres::store<parcel> parcels(at.db);
  CHECK(at.loop.wait(parcels.insert_if_absent("a")));
  CHECK_FALSE(at.loop.wait(parcels.insert_if_absent("a")));
  auto const row = at.loop.wait(parcels.get("a"));
  REQUIRE(row.item);
  CHECK(row.item->version == 0);
  auto const packed = *row.item->as<parcel_state::packed>();
  send const event{"T1"};
  auto const moved = at.loop.wait(parcels.apply(packed, event));
  REQUIRE(moved);
  CHECK(at.loop.wait(parcels.recorded<send>(*moved))->tracking == "T1");
  auto const stale = at.loop.wait(parcels.apply(packed, event));
  REQUIRE_FALSE(stale);
  CHECK(stale.why().describe() == "it is sent at version 1");
}

TEST_CASE("a run takes the items of a PostgreSQL table from step to step to their goal", "[postgres]") {
  own_database at;
  pawl::postgres::store<parcel> parcels(at.db);
  pawl::commit_queue queue{at.loop, parcels};
  int const count = 60;
  for (int i = 0; i < count; ++i) at.loop.wait(parcels.insert_if_absent("p" + std::to_string(i)));
  auto const summary = pawl::run(queue, steps{}, {.concurrency = 20});
  CHECK(summary.transitions == 2 * count);
  auto const counts = at.loop.wait(parcels.count_items());
  CHECK(counts[2] == count);
  CHECK(at.in.sql.must("SELECT count(*) FROM parcel WHERE version=2").at(0, 0) == std::to_string(count));
  auto const row = at.loop.wait(parcels.get("p7"));
  CHECK(at.loop.wait(parcels.recorded<deliver>(*row.item))->rating == 8);
}

TEST_CASE("a run needs no queue of the program's: it runs on the loop of the store's database", "[postgres]") {
  own_database at;
  pawl::postgres::store<parcel> parcels(at.db);
  at.wait(parcels.insert_if_absent("a"));
  CHECK(pawl::run(parcels, steps{}).finished == 1);
}

TEST_CASE("writes that are asked for at once share a transaction", "[postgres]") {
  own_database at;
  pawl::postgres::store<parcel> parcels(at.db);
  pawl::commit_queue queue{at.loop, parcels};
  at.wait(parcels.open());
  int const count = 100;
  int inserted = 0;
  bool finished = false;
  for (int i = 0; i < count; ++i)
    boost::asio::co_spawn(at.loop.get_executor(), queue.insert_if_absent("p" + std::to_string(i)),
                          [&](std::exception_ptr failure, bool made) {
                            CHECK_FALSE(failure);
                            inserted += made ? 1 : 0;
                            finished = inserted == count;
                          });
  at.loop.run_until(finished);
  CHECK(at.db.sessions()->acknowledged() == 1);
}

TEST_CASE("an item is explained, and a store inspected, when they are awaited", "[postgres]") {
  own_database at;
  pawl::postgres::store<parcel> parcels(at.db);
  for (char const* key : {"a", "b", "c"}) at.wait(parcels.insert_if_absent(key));
  pawl::trouble_record parked;
  parked.attempts = 5;
  parked.parked = true;
  parked.last_error = "no \\ address";
  at.wait(parcels.note(*at.wait(parcels.get("b")).item, parked));
  in<parcel_state::packed> const a("a", 0);
  auto const sent = at.wait(parcels.fire<send>(a, "T1"));
  CHECK(at.wait(parcels.fire<deliver>(*sent, 5)));
  CHECK(at.wait(parcels.explain("a")).text() == "delivered at version 2: it has reached a final state, by deliver(5)");
  CHECK(at.wait(parcels.explain("b")).text() == "packed at version 0: parked after 5 attempts: no \\\\ address");
  CHECK(at.wait(parcels.explain("c")).is == pawl::standing::runnable);
  CHECK(at.wait(parcels.explain("d")).is == pawl::standing::absent);
  auto const seen = at.wait(parcels.inspect());
  CHECK(seen.items == 3);
  CHECK(seen.troubles.parked == 1);
  REQUIRE(seen.parked.size() == 1);
  CHECK(seen.parked[0].record.last_error == "no \\ address");
  CHECK(at.wait(parcels.release("b")));
  CHECK(at.wait(parcels.parked(9)).empty());
}

// The same table as a later version of the program has it.
enum class later_state { packed, delivered, lost };
struct later_parcel : pawl::lifecycle<pawl::initial<later_state::packed>, pawl::goal<later_state::delivered>,
                                      pawl::terminal<later_state::lost>,
                                      pawl::transition<later_state::packed, deliver, later_state::delivered>,
                                      pawl::transition<later_state::packed, send, later_state::lost>> {
  static constexpr std::string_view name = "parcel";
};
struct parcels_table : pawl::table<parcel> {
  static constexpr auto columns = pawl::columns(pawl::on<send>(pawl::set("tracking", &send::tracking)),
                                                pawl::on<deliver>(pawl::set("rating", &deliver::rating)));
};

std::string refusal(own_database& at, pawl::task<void> opening) {
  try {
    at.wait(std::move(opening));
  } catch (pawl::store_error const& e) {
    return e.what_failed() == pawl::store_failure::refused ? e.what() : "not refused: " + std::string(e.what());
  }
  return {};
}

TEST_CASE("a table that does not fit is refused at open, in a sentence, and can be opened once it does", "[postgres]") {
  own_database at;
  pawl::postgres::store<parcels_table> parcels(at.db);
  CHECK(refusal(at, parcels.open()) == "pawl: table parcel in " + at.db.name() +
                                           ": there is no such table on the search_path; names are in the case that "
                                           "they have there");
  at.in.sql.script(
      "CREATE TABLE parcel(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,tracking text)");
  CHECK(refusal(at, parcels.open()) == "pawl: table parcel in " + at.db.name() + ": there is no column rating");
  at.in.sql.script("ALTER TABLE parcel ADD rating integer");
  CHECK(refusal(at, parcels.open()).empty());
  CHECK_FALSE(parcels.poisoned());
}

TEST_CASE("a code that was another state before is refused, and the rows keep their meaning", "[postgres]") {
  own_database at;
  pawl::postgres::store<parcel> parcels(at.db);
  at.wait(parcels.insert_if_absent("a"));
  pawl::postgres::store<later_parcel> later(at.theirs);
  CHECK(refusal(at, later.open())
            .find("the lifecycle has state 'delivered' with code 1, but the database has 'sent' with "
                  "code 1") != std::string::npos);
  CHECK(at.wait(parcels.get("a")).item);
}

}  // namespace store_run_test
