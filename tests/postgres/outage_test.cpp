// Runs whose server is out of reach: what they say of it, that they go on when it is back, and that a stop does not wait for
// it.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pawl/error.hpp>
#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "postgres/temporary_server.hpp"
#include "postgres/worker_fixture.hpp"

namespace outage_test {

using namespace std::chrono_literals;
using worker_test::deliver;
using worker_test::parcel_lifecycle;
using worker_test::parcel_state;
using worker_test::post;

struct handling {
  post operator()(pawl::item<parcel_lifecycle, parcel_state::packed>, pawl::safe&) { return {"somebody"}; }
  deliver operator()(pawl::item<parcel_lifecycle, parcel_state::posted>, pawl::safe&) { return {}; }
};

// Wakes whoever waits at a socket, however the test ends.
struct closing {
  int socket;
  ~closing() {
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
  }
};
// Sets a flag, however the test ends.
struct ended {
  std::atomic<bool>& flag;
  ~ended() { flag = true; }
};

// A run that is told to stop by nobody but the test: nothing here ends by time.
struct shop {
  explicit shop(std::string conninfo, std::chrono::milliseconds connect_within = 5s)
      : db(loop, std::move(conninfo), options(connect_within)) {}

  pawl::postgres::options options(std::chrono::milliseconds connect_within) {
    return {.connect_within = connect_within, .outage_bound = 1h, .on_outage = [this](std::string_view what) {
              told.emplace_back(what);
              if (hears) hears();
            }};
  }
  pawl::summary run(pawl::ownership owner) {
    return pawl::run(queue, handling(), {.until = pawl::until::stopped, .poll = 5ms, .stop = &stop, .owner = owner});
  }
  bool has_told(std::size_t i, std::string_view words) const {
    return told.size() > i && told[i].find(words) != std::string::npos;
  }

  pawl::loop<> loop{};
  std::vector<std::string> told{};
  std::function<void()> hears{};
  pawl::stop_source stop{};
  pawl::postgres::database db;
  pawl::postgres::store<parcel_lifecycle> parcels{db};
  pawl::commit_queue<pawl::postgres::store<parcel_lifecycle>, pawl::loop<>> queue{loop, parcels};
};

TEST_CASE("a run whose server cannot be reached says so once, and ends when it is stopped", "[postgres]") {
  temporary_folder nowhere;
  auto const owner = GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  shop s("host=" + nowhere.path().string() + " dbname=shop");
  s.hears = [&s] { s.stop.request_stop(); };
  auto const sum = s.run(owner);
  CHECK(sum.stopped);
  REQUIRE(s.told.size() == 1);
  CHECK(s.has_told(0, "pawl: no host of PostgreSQL can be used: " + nowhere.path().string()));
  CHECK(s.has_told(0, "; tries again for "));
}

TEST_CASE("a run ends when it is stopped while a host lets it wait", "[postgres]") {
  int const silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // takes connections, and answers nothing
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  REQUIRE(
      (::bind(silent, address, size) == 0 && ::listen(silent, 8) == 0 && ::getsockname(silent, address, &size) == 0));
  shop s("host=127.0.0.1 port=" + std::to_string(ntohs(at.sin_port)), 1h);
  int waiting = -1;
  closing const shuts{silent};
  std::jthread const stopping([&] {
    waiting = ::accept4(silent, nullptr, nullptr, SOCK_CLOEXEC);
    s.stop.request_stop();
  });
  CHECK(s.run(pawl::ownership::sole).stopped);
  CHECK(s.told.empty());
  ::close(waiting);
}

TEST_CASE("a run at work ends when it is stopped while its server is away", "[postgres]") {
  temporary_server server;
  server.start();
  shop s(server.conninfo());
  auto const owner = GENERATE(pawl::ownership::sole, pawl::ownership::shared);
  s.loop.wait(s.parcels.insert_if_absent("a"));
  s.hears = [&s] { s.stop.request_stop(); };
  std::jthread stopping([&server] {
    while (server.run("SELECT count(*) FROM parcel WHERE state=2") != "1") std::this_thread::sleep_for(5ms);
    server.stop();
  });
  auto const sum = s.run(owner);
  CHECK(sum.stopped);
  CHECK(sum.finished == 1);
  CHECK(s.told.size() == 1);
  stopping.join();
  server.start();
  s.hears = nullptr;
  s.loop.wait(s.loop.sleep(1500ms));  // and nothing of the run is left that would join
  CHECK(s.told.size() == 1);
  CHECK(server.run("SELECT count(*) FROM pawl_worker") ==
        (owner == pawl::ownership::sole ? "1" : "0"));  // the one that died
}

TEST_CASE("an outage is told of once, its end too, and the run goes on", "[postgres]") {
  temporary_server server;
  server.start();
  shop s(server.conninfo());
  s.loop.wait(s.parcels.insert_if_absent("a"));
  std::atomic<int> heard{0};
  std::atomic<bool> has_ended{false};
  s.hears = [&heard] { ++heard; };
  auto const is_done = [&server](char const* so_many) {
    return server.run("SELECT count(*) FROM parcel WHERE state=2") == so_many;
  };
  std::jthread const handling_server([&] {
    while (!is_done("1")) std::this_thread::sleep_for(5ms);
    server.stop();
    while (heard < 1) std::this_thread::sleep_for(5ms);
    server.start();
    while (heard < 2) std::this_thread::sleep_for(5ms);
    server.run("INSERT INTO parcel(key,state,version,changed_at) VALUES('b',0,0,now())");
    while (!is_done("2")) std::this_thread::sleep_for(5ms);
    s.stop.request_stop();
    while (!has_ended) std::this_thread::sleep_for(5ms);  // the server ends with the thread that started it
  });
  ended const sets{has_ended};
  auto const sum = s.run(pawl::ownership::sole);
  CHECK(sum.finished == 2);
  for (auto const& one : s.told) UNSCOPED_INFO(one);
  REQUIRE(s.told.size() == 2);
  CHECK(s.has_told(0, "pawl: no host of PostgreSQL can be used: "));
  CHECK(s.has_told(1, "pawl: postgres on " + server.socket_folder() + " can be used again"));
}

}  // namespace outage_test
