// States that are paused on the server: no run of any process begins their steps.
#include <chrono>
#include <cstddef>
#include <exception>
#include <string>

#include <boost/asio/co_spawn.hpp>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "postgres/own_database.hpp"
#include "store/filing.hpp"

namespace postgres_pause_test {

using namespace filing;
using namespace std::chrono_literals;
using postgres_test::own_database;
using files = pawl::postgres::store<file_lifecycle>;

struct counting_steps {
  std::size_t& uploads;
  bool const& resumed;
  bool& too_early;

  start_upload operator()(file<untracked>) { return {}; }
  complete_upload operator()(file<file_state::uploading>) {
    too_early = too_early || !resumed;
    ++uploads;
    return {"id", "uri"};
  }
  complete_processing operator()(file<file_state::processing>) { return {"doc"}; }
};

TEST_CASE("a run on a server sees within its poll that a state is paused or resumed by another process", "[postgres]") {
  own_database at;
  files mine{at.db}, theirs{at.theirs};
  for (std::string const key : {"a", "b", "c"}) REQUIRE(at.wait(mine.insert_if_absent(key)));
  REQUIRE(at.wait(theirs.pause(file_state::uploading, "ada")));
  CHECK_FALSE(at.wait(theirs.pause(file_state::uploading)));
  CHECK(at.wait(mine.paused_states()) == 1U << pawl::state_index<file_lifecycle>(file_state::uploading));
  CHECK(at.in.sql.must("SELECT state||' '||\"by\"||' '||(since>0) FROM pawl_pause").at(0, 0) == "uploading ada true");

  bool resumed = false, too_early = false;
  std::size_t uploads = 0;
  auto const resume = [&](pawl::loop<>& loop) -> pawl::task<void> {
    co_await loop.sleep(150ms);
    resumed = true;
    auto resuming = theirs.resume(file_state::uploading);
    co_await std::move(resuming);
  };
  boost::asio::co_spawn(at.loop.get_executor(), resume(at.loop), [](std::exception_ptr) {});
  pawl::commit_queue queue{at.loop, mine};
  auto const sum = pawl::run(queue, counting_steps{uploads, resumed, too_early}, {.concurrency = 2, .poll = 10ms});
  CHECK(sum.finished == 3);
  CHECK(uploads == 3);
  CHECK_FALSE(too_early);
  CHECK_FALSE(at.wait(theirs.resume(file_state::uploading)));
}

}  // namespace postgres_pause_test
