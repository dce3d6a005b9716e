// Tables of both kinds with items to claim, and workers that claim them, each over a session of its own.
#ifndef PAWL_TESTS_POSTGRES_WORKER_FIXTURE_HPP
#define PAWL_TESTS_POSTGRES_WORKER_FIXTURE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/postgres.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/table.hpp>

#include "postgres/table_fixture.hpp"

namespace worker_test {

using namespace postgres_test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

enum class parcel_state { packed, posted, delivered };
struct post {
  std::string by;
};
struct deliver {};
struct parcel_lifecycle : pawl::lifecycle<pawl::initial<parcel_state::packed>, pawl::goal<parcel_state::delivered>,
                                          pawl::transition<parcel_state::packed, post, parcel_state::posted>,
                                          pawl::transition<parcel_state::posted, deliver, parcel_state::delivered>> {
  static constexpr std::string_view name = "parcel";
};
struct parcels_table : pawl::table<parcel_lifecycle> {
  static constexpr pawl::names names{.table = "parcels"};
  static constexpr auto columns = pawl::columns(pawl::on<post>(pawl::set("by", &post::by)));
};
static_assert(pawl::valid<parcels_table>);

// A table with pawl's records beside it: pawl's own or a mapped one, with items a, b, c, ... in their initial state.
class parcels {
 public:
  enum class kind { own, mapped };
  explicit parcels(kind which, int items = 0) : is_own(which == kind::own) {
    in.sql.script("SET synchronous_commit=off");
    if (is_own) {
      of = pg::own_layout(pawl::view_of<parcel_lifecycle>, in.name());
      make_records(in.sql, of);
      for (auto const& one : pg::make_own_table_sql(of)) in.sql.must(one);
    } else {
      in.sql.script("CREATE TABLE parcels(key text PRIMARY KEY,state text NOT NULL,version bigint NOT NULL,by text)");
      of = check_table<parcels_table>(in.sql);
      make_records(in.sql, of);
    }
    for (int i = 0; i < items; ++i) add(std::string(1, static_cast<char>('a' + i)));
  }
  void add(std::string const& key) {
    if (is_own)
      in.sql.must("INSERT INTO parcel(key,state,version,changed_at) VALUES(convert_to($1,'UTF8'),0,0,now())", {key});
    else
      in.sql.must("INSERT INTO parcels VALUES($1,'packed',0)", {key});
  }
  // As a transition does it, by whomever.
  void move(std::string const& key, std::string const& state, int version) {
    if (is_own)
      in.sql.must("UPDATE parcel SET state=$2::int2,version=$3::int8 WHERE key=convert_to($1,'UTF8')",
                  {key,
                   state == "packed"   ? "0"
                   : state == "posted" ? "1"
                                       : "2",
                   std::to_string(version)});
    else
      in.sql.must("UPDATE parcels SET state=$2,version=$3::int8 WHERE key=$1", {key, state, std::to_string(version)});
  }
  // The record of an item at version 0, whoever writes it: its recoveries, its delay or NULL, and whether it is parked.
  void note(std::string const& key, int recoveries, std::string const& next_at, bool parked) {
    in.sql.must("INSERT INTO pawl_trouble SELECT $1,convert_to($2,'UTF8'),0," +
                    (is_own ? std::string("(SELECT id FROM parcel WHERE key=convert_to($2,'UTF8'))") : "0") +
                    ",1,$3::int4," + next_at +
                    "::int8,NULL,$4::bool,false,7,'' ON CONFLICT(table_name,key) DO UPDATE SET "
                    "recoveries=excluded.recoveries,next_at=excluded.next_at,parked=excluded.parked",
                {of.name, key, std::to_string(recoveries), parked ? "t" : "f"});
  }
  // Another session, in a transaction that holds the rows of all workers.
  session holding_workers() const {
    session holder = in.another();
    holder.must("BEGIN");
    holder.must("SELECT 1 FROM pawl_worker FOR UPDATE");
    return holder;
  }
  // Keys that any worker has claimed, as one text in order.
  std::string claimed() {
    return in.sql
        .must(is_own ? "SELECT string_agg(convert_from(key,'UTF8'),'' ORDER BY key) FROM parcel WHERE owner IS NOT NULL"
                     : "SELECT string_agg(convert_from(key,'UTF8'),'' ORDER BY key) FROM pawl_lease")
        .rows.at(0)
        .at(0)
        .value_or("");
  }
  // "a1 b2": the deaths that are recorded.
  std::string deaths() {
    return in.sql
        .must(
            "SELECT string_agg(convert_from(key,'UTF8')||recoveries,' ' ORDER BY key) FROM pawl_trouble WHERE "
            "recoveries>0")
        .rows.at(0)
        .at(0)
        .value_or("");
  }
  std::string count(std::string const& sql) { return in.sql.must("SELECT count(*) FROM " + sql).at(0, 0); }

  bool is_own;
  own_schema in{};
  pg::layout of{};
};

// One worker with a session and a loop of its own.
class member {
 public:
  explicit member(pg::layout const& of, std::string name = "host:1", std::string const& conninfo = usual_conninfo())
      : conninfo_(conninfo), me(of, std::move(name)) {
    connect();
  }
  static std::string usual_conninfo() { return temporary_server::of_this_program().conninfo(); }
  static steady_clock::time_point soon() { return steady_clock::now() + seconds(20); }

  void connect() { opened = loop.wait(pg::open_session(loop, conninfo_, pawl::postgres::options(), history)); }
  pg::connection& session() { return *opened.session; }
  void join() { loop.wait(me.join(session(), soon())); }
  bool beat() { return loop.wait(mine.beat(session(), soon())); }
  void leave() { loop.wait(me.leave(session(), soon())); }
  bool begin(std::string const& key, std::int64_t version = 0) {
    return loop.wait(running.begin(session(), {.key = key, .version = version}, soon()));
  }
  pg::worker::rescued rescue(milliseconds silent_for = pg::dead_after) {
    return loop.wait(me.rescue(session(), {me.number()}, silent_for, soon()));
  }

  std::vector<pg::parameter> first_page(std::string const& state, int limit) const {
    return {state_of(state), pg::value_of(std::int64_t{limit})};
  }
  // The keys of the first page, as one text; "dead" if the worker was taken for dead.
  std::string claim(int limit, std::string const& state = "packed") {
    auto const page =
        loop.wait(mine.claim(session(), pg::page_begins::at_the_beginning, first_page(state, limit), soon()));
    return keys_of(page);
  }
  // The same of those that are due, and were delayed by runs.
  std::string claim_due(std::int64_t until, std::size_t limit) {
    pawl::stored_time const due{std::chrono::nanoseconds(until)};
    return keys_of(loop.wait(mine.claim_due(session(), due, pawl::delayed_by::runs, limit, soon())));
  }
  std::string keys_of(pg::claimed_page const& page) {
    if (!page.is_of_member) return "dead";
    std::string keys;
    for (auto const& one : page.items) {
      keys += one.item.key;
      rows.emplace_back(one.item.key, one.item.row);
    }
    last = page;
    return keys;
  }
  // An item that was claimed.
  pawl::detail::item_view item(std::string_view key) const {
    auto const found = std::find_if(rows.begin(), rows.end(), [key](auto const& row) { return row.first == key; });
    return {.key = found->first, .row = found->second};
  }
  pg::parameter state_of(std::string const& state) const {
    if (me.table().kept == pg::states_kept_as::names) return pg::value_of(std::string_view(state));
    return pg::value_of(static_cast<std::int16_t>(state == "packed" ? 0 : state == "posted" ? 1 : 2));
  }

 private:
  std::string conninfo_;

 public:
  pawl::loop<> loop{};
  pg::server_history history{};
  pg::opened_session opened{};
  pg::worker me;
  pg::leases mine{me};
  pg::running_items running{loop, me};
  std::vector<std::pair<std::string, std::int64_t>> rows{};
  pg::claimed_page last{};  // that was claimed
};

}  // namespace worker_test

#endif
