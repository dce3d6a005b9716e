// Proves that nothing acknowledged is lost when a primary is killed and its synchronous standby promoted, and that each write
// whose answer was lost is answered rightly: failover_proof [--rounds N]. A process moves items as fast as it can, and notes
// each answer in a file.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>

#include "child_process.hpp"
#include "files.hpp"
#include "postgres/temporary_server.hpp"
#include "proof.hpp"

namespace failover {

using namespace std::chrono_literals;

// A shuttle goes back and forth for ever.
enum class place { here, there, scrapped };
struct leave {
  std::string load;
};
struct come_back {};
struct scrap {};
struct shuttle : pawl::lifecycle<pawl::initial<place::here>, pawl::goal<place::scrapped>,
                                 pawl::transition<place::here, leave, place::there>,
                                 pawl::transition<place::there, come_back, place::here>,
                                 pawl::transition<place::there, scrap, place::scrapped>> {
  static constexpr std::string_view name = "shuttle";
};
using store = pawl::postgres::store<shuttle>;
constexpr int shuttles = 100;

// What was answered: "key version" for each acknowledged transition, or a word of what must not be.
class answers {
 public:
  explicit answers(std::string path) : path_(std::move(path)) { std::ofstream(path_).flush(); }

  void note(std::string const& line) const {
    std::string const text = line + "\n";
    static int const to = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (to < 0 || ::write(to, text.data(), text.size()) != static_cast<::ssize_t>(text.size())) ::_exit(97);
  }
  struct read {
    std::map<std::string, std::int64_t> newest{};  // by key
    std::size_t acknowledged = 0, wrong = 0;
  };
  read all() const {
    read found;
    std::ifstream from(path_);
    std::string key;
    for (std::int64_t version = 0; from >> key >> version;) {
      if (version < 0) {
        ++found.wrong;
        continue;
      }
      ++found.acknowledged;
      found.newest[key] = version;
    }
    return found;
  }
  std::size_t count() const {
    std::ifstream from(path_);
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>(), '\n'));
  }

 private:
  std::string path_;
};

// Each transition is made from what the one before has answered: a write that was answered wrongly makes the next one a
// conflict, for nobody else moves a shuttle.
template <class Queue> pawl::task<void> fly(Queue& queue, answers const& to, std::string key) {
  pawl::item<shuttle, place::here> now(key, 0);
  for (;;) {
    auto leaving = queue.template fire<leave>(now, "load of " + key);
    auto const away = co_await std::move(leaving);
    if (!away) break;
    to.note(key + " " + std::to_string(away->version));
    auto returning = queue.template fire<come_back>(*away);
    auto const back = co_await std::move(returning);
    if (!back) break;
    to.note(key + " " + std::to_string(back->version));
    now = *back;
  }
  to.note(key + " -1");
}

int work(std::string const& conninfo, answers const& to) {
  pawl::loop<> loop;
  pawl::postgres::database db(loop, conninfo);
  store all(db);
  for (int i = 0; i < shuttles; ++i) loop.wait(all.insert_if_absent("s" + std::to_string(i)));
  pawl::commit_queue queue{loop, all};
  bool ended = false;
  int left = shuttles;
  for (int i = 0; i < shuttles; ++i)
    boost::asio::co_spawn(loop.get_executor(), fly(queue, to, "s" + std::to_string(i)),
                          [&](std::exception_ptr failure) {
                            if (failure) std::rethrow_exception(failure);
                            ended = --left == 0;
                          });
  loop.run_until(ended);
  return 1;
}

struct outcome {
  std::size_t acknowledged = 0, after = 0, lost = 0, wrong = 0;
};

// One primary with its standby, killed while the process is at work.
outcome fail_over(std::chrono::milliseconds after) {
  temporary_folder folder;
  answers const all(folder / "answers");
  temporary_server primary, standby(primary);
  primary.configure("synchronous_standby_names='standby'");
  standby.configure("primary_conninfo='" + primary.conninfo("user=postgres application_name=standby") + "'");
  standby.become_standby();
  primary.start();
  standby.start();
  std::string const both = "host=" + primary.socket_folder() + "," + standby.socket_folder() +
                           " port=" + std::to_string(primary.port()) + "," + std::to_string(standby.port()) +
                           " dbname=postgres user=postgres";
  child_process writer([&] { return work(both, all); });
  auto const wait_for = [&](std::size_t so_many) {
    while (all.count() < so_many) {
      if (writer.has_ended()) throw std::runtime_error("the process that moves the items has ended");
      std::this_thread::sleep_for(5ms);
    }
  };
  wait_for(1);
  std::this_thread::sleep_for(after);
  primary.kill();
  std::size_t const before = all.count();
  standby.run("SELECT pg_promote()");
  wait_for(before + 5 * shuttles);
  writer.end(SIGKILL);

  outcome found;
  auto const told = all.all();
  found.acknowledged = told.acknowledged;
  found.after = told.acknowledged - before;
  found.wrong = told.wrong;
  for (auto const& [key, version] : told.newest) {
    auto const stands =
        std::stoll(standby.run("SELECT version FROM shuttle WHERE key=convert_to('" + key + "','UTF8')"));
    if (stands < version) ++found.lost;
    if (stands > version + 1) ++found.wrong;  // written twice
  }
  return found;
}

int prove(int rounds) {
  std::mt19937 random(std::random_device{}());
  outcome sum;
  for (int i = 0; i < rounds; ++i) {
    auto const one = fail_over(std::chrono::milliseconds(100 + random() % 500));
    sum.acknowledged += one.acknowledged;
    sum.after += one.after;
    sum.lost += one.lost;
    sum.wrong += one.wrong;
  }
  bool const holds = sum.lost == 0 && sum.wrong == 0 && sum.after > 0;
  return proof::report("failover", "PostgreSQL, synchronous standby, 100 items, kill -9 of the primary and promotion",
                       std::to_string(rounds) + " failovers, " + std::to_string(sum.acknowledged) + " acknowledged, " +
                           std::to_string(sum.after) + " of them after it, " + std::to_string(sum.lost) + " lost, " +
                           std::to_string(sum.wrong) + " answered wrongly",
                       holds)
             ? 0
             : 1;
}

}  // namespace failover

int main(int argc, char** argv) try {
  int const rounds = argc == 3 && std::string_view(argv[1]) == "--rounds" ? std::atoi(argv[2]) : argc == 1 ? 3 : 0;
  if (rounds < 1) {
    std::fprintf(stderr, "failover_proof [--rounds N], N at least 1\n");
    return 2;
  }
  return failover::prove(rounds);
} catch (std::exception const& e) {
  std::fprintf(stderr, "failover_proof: %s\n", e.what());
  return 1;
}
