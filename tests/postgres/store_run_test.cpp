// Items in a table on a real server, from their insert to their goal: by hand, and by a run.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

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

}  // namespace store_run_test
