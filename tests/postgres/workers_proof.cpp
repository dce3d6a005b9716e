// Proves that whatever happens to processes that work on one table together, and to their server, every item makes each of
// its transitions once: workers_proof [--rounds N]. Workers are killed; they are frozen until others have their items, and
// wake up; the server is shut down at once (57P01); its disk has no room for the table.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/types.h>
#include <unistd.h>

#include <pawl/postgres.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/runner/step.hpp>

#include "child_process.hpp"
#include "files.hpp"
#include "postgres/temporary_server.hpp"
#include "proof.hpp"

namespace workers {

using namespace std::chrono_literals;

enum class letter_state { written, stamped, delivered };
struct stamp {
  std::string postmark;
};
struct deliver {};
struct letter : pawl::lifecycle<pawl::initial<letter_state::written>, pawl::goal<letter_state::delivered>,
                                pawl::transition<letter_state::written, stamp, letter_state::stamped>,
                                pawl::transition<letter_state::stamped, deliver, letter_state::delivered>> {
  static constexpr std::string_view name = "letter";
};
using store = pawl::postgres::store<letter>;
constexpr std::size_t workers = 3, concurrency = 16;

// Each call of a step, whoever makes it and however that ends: "key state process".
class calls {
 public:
  explicit calls(std::string path) : path_(std::move(path)) { std::ofstream(path_).flush(); }

  void note(std::string const& key, std::string const& state) const {
    std::string const line = key + " " + state + " " + std::to_string(::getpid()) + "\n";
    static int const to = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (to < 0 || ::write(to, line.data(), line.size()) != static_cast<::ssize_t>(line.size())) ::_exit(97);
  }
  std::size_t count() const {
    std::ifstream from(path_);
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>(), '\n'));
  }
  // How often a step was called more than once: in all, and after a process that nothing had happened to.
  struct repeats {
    std::size_t all = 0, unexplained = 0;
  };
  repeats repeated(std::set<::pid_t> const& victims) const {
    std::map<std::string, ::pid_t> last;
    repeats found;
    std::ifstream from(path_);
    std::string key, state;
    for (::pid_t by = 0; from >> key >> state >> by;) {
      auto const [before, is_first] = last.try_emplace(key + " " + state, by);
      if (is_first) continue;
      ++found.all;
      if (victims.count(before->second) == 0) ++found.unexplained;
      before->second = by;
    }
    return found;
  }

 private:
  std::string path_;
};

struct steps {
  pawl::event_loop& loop;
  calls const& to;
  std::chrono::milliseconds takes;
  std::size_t postmark;  // its size

  pawl::task<void> call(std::string key, std::string state) {
    to.note(key, state);
    co_await loop.sleep(takes);
  }
  pawl::task<pawl::one_of<stamp>> operator()(pawl::item<letter, letter_state::written> it, pawl::safe&) {
    auto calling = call(it.key, "written");
    co_await std::move(calling);
    co_return stamp{of_random_bytes()};
  }
  pawl::task<pawl::one_of<deliver>> operator()(pawl::item<letter, letter_state::stamped> it, pawl::safe&) {
    auto calling = call(it.key, "stamped");
    co_await std::move(calling);
    co_return deliver{};
  }

 private:
  std::string of_random_bytes() const {
    static std::mt19937 random(static_cast<unsigned>(::getpid()));
    std::string text(postmark, ' ');
    for (char& c : text) c = static_cast<char>('!' + random() % 90);
    return text;
  }
};

// A table of letters, with a record of each write to it that the server itself makes, and the processes that work on it.
class office {
 public:
  office(temporary_server& on, std::size_t letters, std::size_t postmark = 8,
         std::chrono::milliseconds step_takes = 3ms)
      : server(on), letters_(letters), postmark_(postmark), step_takes_(step_takes) {
    pawl::loop<> loop;
    pawl::postgres::database db(loop, server.conninfo());
    store all(db);
    loop.wait(all.open());
    server.run(
        "CREATE TABLE written(key bytea,version bigint);CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO written VALUES(new.key,new.version);RETURN NULL;END';CREATE TRIGGER record AFTER UPDATE OF "
        "version ON letter FOR EACH ROW WHEN(old.version<>new.version) EXECUTE FUNCTION record();INSERT INTO "
        "letter(key,state,version,changed_at) SELECT convert_to('l'||n,'UTF8'),0,0,now() FROM generate_series(1," +
        std::to_string(letters) + ") n");
    for (std::size_t i = 0; i < workers; ++i) hire();
  }

  void hire() {
    crew.push_back(std::make_unique<child_process>([this] {
      pawl::loop<> loop;
      pawl::postgres::database db(loop, server.conninfo());
      store all(db);
      pawl::commit_queue queue{loop, all};
      pawl::run(queue, steps{loop, done, step_takes_, postmark_},
                {.concurrency = concurrency, .retry = {.recoveries = 1000}});
      return 0;
    }));
  }
  child_process& any() { return *crew[random() % crew.size()]; }
  // Of steps from now on. False if all work is done before.
  bool wait_for_calls(std::size_t more) {
    std::size_t const wanted = done.count() + more;
    while (done.count() < wanted) {
      if (at_work() == 0) return false;
      std::this_thread::sleep_for(5ms);
    }
    return true;
  }
  std::size_t at_work() {
    return static_cast<std::size_t>(
        std::count_if(crew.begin(), crew.end(), [](auto const& one) { return !one->has_ended(); }));
  }
  // Waits for all, and tells what must be said of them.
  bool close(std::string const& name, std::string const& scope, std::string const& what) {
    bool ended_well = true;
    for (auto const& one : crew) ended_well &= one->wait() == 0;
    auto const count = [&](std::string const& of) { return std::stoull(server.run("SELECT count(*) FROM " + of)); };
    std::size_t const delivered = count("letter WHERE state=2 AND version=2");
    std::size_t const twice = count("(SELECT FROM written GROUP BY key,version HAVING count(*)>1) w");
    std::size_t const left = count("pawl_worker WHERE leased<>'{}'") + count("letter WHERE owner IS NOT NULL") +
                             count("pawl_trouble WHERE parked");
    auto const repeats = done.repeated(victims);
    return proof::report(name, scope,
                         what + ", " + std::to_string(delivered) + " of " + std::to_string(letters_) + " delivered, " +
                             std::to_string(twice) + " transitions written twice, " + std::to_string(repeats.all) +
                             " calls repeated, " + std::to_string(repeats.unexplained) + " of them without need, " +
                             std::to_string(left) + " leases or records left",
                         ended_well && delivered == letters_ && twice == 0 && repeats.unexplained == 0 && left == 0);
  }

  temporary_server& server;
  temporary_folder folder{};
  calls done{folder / "calls"};
  std::vector<std::unique_ptr<child_process>> crew{};
  std::set<::pid_t> victims{};  // their calls may come again
  std::mt19937 random{std::random_device{}()};

 private:
  std::size_t letters_, postmark_;
  std::chrono::milliseconds step_takes_;
};

std::string counted(int count, std::string const& what) { return std::to_string(count) + " " + what; }

bool killed(int rounds) {
  temporary_server server;
  server.start();
  office at(server, static_cast<std::size_t>(rounds) * 100);
  int kills = 0;
  for (; kills < rounds && at.wait_for_calls(20 + at.random() % 100); ++kills) {
    auto& victim = at.crew[at.random() % at.crew.size()];
    if (victim->end(SIGKILL) != 128 + SIGKILL) break;
    at.victims.insert(victim->pid());
    at.crew.erase(at.crew.begin() + (&victim - at.crew.data()));
    at.hire();
  }
  return at.close("worker kills", "PostgreSQL, 3 workers on one table, kill -9 of one at a random time",
                  counted(kills, "kills")) &&
         kills == rounds;
}

// Of three workers two are frozen in turn, for longer than it takes until they are taken for dead.
bool frozen(int rounds) {
  temporary_server server;
  server.start();
  office at(server, static_cast<std::size_t>(rounds) * 6000, 8, 20ms);
  int freezes = 0;
  for (; freezes < rounds && at.wait_for_calls(200); ++freezes) {
    // One that has not joined is nobody's to rescue.
    while (server.run("SELECT count(*) FROM pawl_worker WHERE NOT dead") != std::to_string(workers) &&
           at.at_work() == workers)
      std::this_thread::sleep_for(5ms);
    auto& victim = at.any();
    ::kill(victim.pid(), SIGSTOP);
    at.victims.insert(victim.pid());
    // Its row is kept only where a step of its was running.
    while (server.run("SELECT count(*) FROM pawl_worker WHERE NOT dead AND name LIKE '%:" +
                      std::to_string(victim.pid()) + "'") != "0" &&
           at.at_work() > 1)
      std::this_thread::sleep_for(20ms);
    std::this_thread::sleep_for(200ms);
    ::kill(victim.pid(), SIGCONT);
  }
  return at.close("frozen workers", "PostgreSQL, 3 workers on one table, one frozen until its items are others'",
                  counted(freezes, "freezes")) &&
         freezes == rounds;
}

bool shut_down(int rounds) {
  temporary_server server;
  server.start();
  office at(server, static_cast<std::size_t>(rounds) * 400);
  int times = 0;
  for (; times < rounds && at.wait_for_calls(20 + at.random() % 200); ++times) {
    server.stop();
    std::this_thread::sleep_for(std::chrono::milliseconds(at.random() % 300));
    server.start();
  }
  for (auto const& one : at.crew) at.victims.insert(one->pid());  // each has lost its session, and its leases with it
  return at.close("server restarts", "PostgreSQL, 3 workers on one table, fast shutdown and start of the server",
                  counted(times, "restarts")) &&
         times == rounds;
}

// A file system of a few megabytes, that only this process and its children see; it ends with them.
class small_disk {
 public:
  explicit small_disk(std::string const& size) {
    ::uid_t const user = ::getuid();
    ::gid_t const group = ::getgid();
    if (::unshare(user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) != 0) fail("have a file system of its own");
    if (user != 0) {
      std::ofstream("/proc/self/setgroups") << "deny";
      std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1";
      std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1";
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, ("mode=1777,size=" + size).c_str()) != 0)
      fail("mount a tmpfs");
  }
  small_disk(small_disk const&) = delete;
  small_disk& operator=(small_disk const&) = delete;
  ~small_disk() { ::umount2(folder_.path().c_str(), MNT_DETACH); }

  std::string operator/(std::string_view name) const { return folder_ / name; }
  // But for `left` bytes.
  void fill(::off_t left) const {
    int const to = ::open((folder_ / "ballast").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    std::string const block(4096, ' ');
    while (::write(to, block.data(), block.size()) == static_cast<::ssize_t>(block.size())) {}
    std::filesystem::resize_file(folder_ / "ballast", static_cast<std::uintmax_t>(::lseek(to, 0, SEEK_END) - left));
    ::close(to);
  }
  void make_room() const { std::filesystem::remove(folder_ / "ballast"); }

 private:
  [[noreturn]] static void fail(std::string const& to) {
    throw std::runtime_error("this process cannot " + to + " (" + std::generic_category().message(errno) +
                             "); run it as root, or where users may make namespaces");
  }
  temporary_folder folder_{};
};

// Runs while a part of what the server writes is on a disk that is full time and again, until the server has said `said`:
// what it says of a write that fails and of one that is cut short.
bool full_disk(office& at, small_disk const& disk, int rounds, std::string_view said, std::string const& scope) {
  int times = 0;
  for (; times < rounds && at.wait_for_calls(200); ++times) {
    auto const so_far = at.server.log().size();
    disk.fill(times % 2 == 0 ? 0 : 4096);  // every other time with room for half of the table's next page
    while (at.server.log().find(said, so_far) == std::string::npos && at.at_work() > 0)
      std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(200ms);
    disk.make_room();
  }
  return at.close("full disk", scope, counted(times, "times full")) && times == rounds;
}
bool full_disk_of_the_table(int rounds) {
  small_disk const disk("256m");
  temporary_server server;
  server.start();
  server.do_as_its_user({"mkdir", disk / "tables"});
  server.run("CREATE TABLESPACE small LOCATION '" + disk / "tables" + "'");
  server.run("ALTER ROLE postgres SET default_tablespace=small");
  office at(server, static_cast<std::size_t>(rounds) * 1000, 6000);
  return full_disk(at, disk, rounds, "could not extend file",
                   "PostgreSQL, 3 workers, no room for the table until some is made");
}
}  // namespace workers

int main(int argc, char** argv) try {
  int const rounds = argc == 3 && std::string_view(argv[1]) == "--rounds" ? std::atoi(argv[2]) : argc == 1 ? 3 : 0;
  if (rounds < 1) {
    std::fprintf(stderr, "usage: workers_proof [--rounds N], with N from 1 on\n");
    return 2;
  }
  int const few = (std::max)(1, rounds / 5);  // of what takes seconds each
  bool holds = workers::killed(rounds);
  holds &= workers::frozen(few);
  holds &= workers::shut_down(rounds);
  holds &= holds_in_child([few] { return workers::full_disk_of_the_table(few); });
  return holds ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "workers_proof: %s\n", e.what());
  return 1;
}
