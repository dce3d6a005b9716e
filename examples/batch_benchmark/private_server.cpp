#include "private_server.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pawl/report/escape.hpp>

#include "failure.hpp"
#include "postgres_connection.hpp"
#include "server_programs.hpp"

namespace batch_benchmark {

private_server::account private_server::account_of_server() {
  passwd const* const nobody = ::geteuid() == 0 ? ::getpwnam("nobody") : nullptr;
  return nobody != nullptr ? account{nobody->pw_uid, nobody->pw_gid} : account{};
}
bool private_server::account::become() const {
  return user == 0 || (::setgroups(0, nullptr) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0);
}

private_server::private_server(std::filesystem::path folder) : folder_(std::move(folder)) {
  auto const in = programs();
  if (account_.user != 0 && ::chown(folder_.c_str(), account_.user, account_.group) != 0)
    fail("cannot be given its folder");
  if (!may_use(folder_, W_OK | X_OK))
    throw failure(exit_code::fatal,
                  fmt::format("PostgreSQL's server, which runs as the user nobody where this program is root, may not "
                              "enter '{}': name another folder with --dir",
                              pawl::escaped(folder_.string())));
  make_cluster(in);
  process_ = launch({in / "postgres", "-D", folder_ / "data", "-k", folder_, "-p", "5432", "-c", "listen_addresses="});
  await_ready();
}

private_server::~private_server() {
  if (process_ <= 0) return;
  ::kill(process_, SIGINT);  // its sessions are ended, and all is written
  ::waitpid(process_, nullptr, 0);
}

std::string private_server::conninfo() const {
  return conninfo_of({{"host", folder_.string()}, {"port", "5432"}, {"dbname", "postgres"}, {"user", "postgres"}});
}

bool private_server::may_use(std::filesystem::path const& file, int mode) const {
  ::pid_t const child = ::fork();
  if (child == 0) ::_exit(account_.become() && ::access(file.c_str(), mode) == 0 ? 0 : 1);
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

// Those that were found, or a copy of them: nobody may not look into the home of root.
std::filesystem::path private_server::programs() const {
  char const* const path = std::getenv("PATH");
  auto const found = find_server_programs(path != nullptr ? path : "");
  if (may_use(found / "postgres", X_OK)) return found;
  auto const copied = folder_ / "programs";
  std::filesystem::copy(found.parent_path(), copied,
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  std::filesystem::permissions(copied, std::filesystem::perms(0755));
  return copied / found.filename();
}

void private_server::make_cluster(std::filesystem::path const& in) const {
  int status = 0;
  auto const made = launch(
      {in / "initdb", "-D", folder_ / "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"});
  ::pid_t ended = 0;
  while ((ended = ::waitpid(made, &status, 0)) < 0 && errno == EINTR) {}  // a signal ends the run, not this
  if (ended < 0 || status != 0) fail("cannot be made");
}

void private_server::await_ready() {
  auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (PQping(conninfo().c_str()) != PQPING_OK) {
    if (::waitpid(process_, nullptr, WNOHANG) != 0) {
      process_ = 0;
      fail("does not start");
    }
    if (std::chrono::steady_clock::now() > until) {
      ::kill(process_, SIGKILL);
      ::waitpid(std::exchange(process_, 0), nullptr, 0);
      fail("does not start");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void private_server::fail(char const* what) const {
  std::string last;
  std::ifstream log(folder_ / "log");
  for (std::string line; std::getline(log, line);)
    if (!line.empty()) last = line;
  throw failure(exit_code::fatal,
                fmt::format("PostgreSQL's server {} in '{}'{}{}", what, pawl::escaped(folder_.string()),
                            last.empty() ? "" : ": ", pawl::escaped(last)));
}

// A session of its own: Ctrl-C at the terminal is for the program, which ends the server when it has what it needs.
::pid_t private_server::launch(std::vector<std::string> const& command) const {
  std::vector<char*> words;
  for (auto const& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  std::string const log = folder_ / "log";
  ::pid_t const parent = ::getpid();
  ::pid_t const child = ::fork();
  if (child < 0) fail("cannot be started, for there is no process left");
  if (child > 0) return child;
  ::setsid();
  if (!account_.become()) ::_exit(98);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after setuid(), which forgets it
  if (::getppid() != parent) ::_exit(95);
  int const to = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  ::dup2(to, STDOUT_FILENO);
  ::dup2(to, STDERR_FILENO);
  if (::chdir(folder_.c_str()) != 0) ::_exit(97);
  ::execv(words[0], words.data());
  ::_exit(96);
}

}  // namespace batch_benchmark
