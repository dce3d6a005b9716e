// A PostgreSQL server of the test's own, in a temporary folder; it ends with the test, however that ends.
#ifndef PAWL_TESTS_POSTGRES_TEMPORARY_SERVER_HPP
#define PAWL_TESTS_POSTGRES_TEMPORARY_SERVER_HPP

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files.hpp"

class temporary_server {
 public:
  // A cluster of its own, or what the folder of a server that is stopped holds.
  temporary_server() { begin(nullptr); }
  explicit temporary_server(temporary_server const& stopped) { begin(&stopped); }
  temporary_server& operator=(temporary_server const&) = delete;
  ~temporary_server() { kill(); }

  // On a unix socket: everybody is trusted. `with` is more of a connection string.
  std::string conninfo(std::string const& with = "user=postgres") const {
    return "host=" + (folder_ / "") + " port=" + std::to_string(port_) + " dbname=postgres " + with;
  }
  // On the loopback: a password is asked for.
  std::string conninfo_by_port(std::string const& with) const {
    return "host=127.0.0.1 port=" + std::to_string(port_) + " dbname=postgres " + with;
  }
  std::string socket_folder() const { return folder_ / ""; }
  int port() const { return port_; }

  // Lines for postgresql.conf; they count from the next start. fsync stays on unless one of them says otherwise.
  void configure(std::string const& lines) const {
    std::ofstream(data() + "/postgresql.conf", std::ios::app) << lines << '\n';
  }
  // From the next start on a standby, which waits for what never comes.
  void become_standby() const { std::ofstream(data() + "/standby.signal").flush(); }

  void start() {
    pid_ = launch({program("postgres"), "-D", data(), "-k", folder_ / "", "-p", std::to_string(port_), "-c",
                   "listen_addresses=127.0.0.1"});
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (PQping(conninfo().c_str()) != PQPING_OK) {
      if (std::chrono::steady_clock::now() > until || ::waitpid(pid_, nullptr, WNOHANG) != 0) fail("does not start");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  void stop() { end(SIGINT); }   // sessions are ended, and all is written
  void kill() { end(SIGKILL); }  // its server processes notice, and end
  void freeze() const { ::kill(pid_, SIGSTOP); }
  void thaw() const { ::kill(pid_, SIGCONT); }

  // The first cell, of the superuser's session. Throws where a statement fails.
  std::string run(std::string const& sql) const {
    std::unique_ptr<PGconn, decltype(&PQfinish)> const c(PQconnectdb(conninfo().c_str()), &PQfinish);
    std::unique_ptr<PGresult, decltype(&PQclear)> const done(PQexec(c.get(), sql.c_str()), &PQclear);
    auto const status = PQresultStatus(done.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(c.get()));
    return PQntuples(done.get()) > 0 ? PQgetvalue(done.get(), 0, 0) : "";
  }

  // One for all tests of a program.
  static temporary_server& of_this_program() {
    static temporary_server server;
    static bool const started = (server.start(), true);
    static_cast<void>(started);
    return server;
  }
  // The same for tests that lose no power and make many tables: its disk is not waited for, and it cleans up nothing.
  static temporary_server& quick() {
    static temporary_server server;
    static bool const started =
        (server.configure("fsync=off\nsynchronous_commit=on\nfull_page_writes=off\nautovacuum=off"), server.start(),
         true);
    static_cast<void>(started);
    return server;
  }

 private:
  static std::string program(std::string const& name) {
    static std::string const folder = folder_of_programs();
    return folder + "/" + name;
  }
  static std::string folder_of_programs() {
    std::filesystem::path const found = found_folder();
    if (may_be_run(found / "postgres", server_user())) return found;
    static temporary_folder const copied;  // others may not look into the home of root
    std::filesystem::copy(found.parent_path(), copied / "",
                          std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
    std::filesystem::permissions(copied.path(), std::filesystem::perms(0755));
    return copied / found.filename().string();
  }
  // Where tests/postgres/server finds them or puts them.
  static std::string found_folder() {
    std::unique_ptr<FILE, decltype(&::pclose)> asked(::popen("bash '" POSTGRES_SERVER "'", "r"), &::pclose);
    std::string folder;
    for (int c = 0; asked && (c = std::fgetc(asked.get())) != EOF && c != '\n';) folder += static_cast<char>(c);
    if (folder.empty()) throw std::runtime_error("there is no PostgreSQL server to test with (" POSTGRES_SERVER ")");
    return folder;
  }

  struct unprivileged {
    ::uid_t user = 0;  // 0: this process is
    ::gid_t group = 0;

    bool become() const {
      return user == 0 || (::setgroups(0, nullptr) == 0 && ::setgid(group) == 0 && ::setuid(user) == 0);
    }
  };
  // Nobody where this is root, for PostgreSQL refuses to run as root.
  static unprivileged server_user() {
    passwd const* const nobody = ::geteuid() == 0 ? ::getpwnam("nobody") : nullptr;
    return nobody != nullptr ? unprivileged{nobody->pw_uid, nobody->pw_gid} : unprivileged{};
  }
  static bool may_be_run(std::filesystem::path const& program, unprivileged by) {
    ::pid_t const child = ::fork();
    if (child == 0) ::_exit(by.become() && ::access(program.c_str(), X_OK) == 0 ? 0 : 1);
    int status = 1;
    return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
  }

  void begin(temporary_server const* stopped) {
    if (user_.user != 0 && ::chown((folder_ / "").c_str(), user_.user, user_.group) != 0)
      fail("cannot be given its folder");
    port_ = free_port();
    run_to_end(stopped != nullptr ? std::vector<std::string>{"cp", "-a", stopped->data(), data()}
                                  : std::vector<std::string>{program("initdb"), "-D", data(), "-U", "postgres", "-A",
                                                             "trust", "-N", "-E", "UTF8", "--locale=C"});
    std::ofstream(data() + "/pg_hba.conf")
        << "local all,replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
  }
  void run_to_end(std::vector<std::string> const& command) const {
    int status = 0;
    if (::waitpid(launch(command), &status, 0) < 0 || status != 0) fail("cannot be made by " + command[0]);
  }
  [[noreturn]] void fail(std::string const& how) const {
    throw std::runtime_error("PostgreSQL's server " + how + ": " + text_of(folder_ / "log"));
  }
  static int free_port() {
    int const probe = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    bool const bound = ::bind(probe, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
                       ::getsockname(probe, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    ::close(probe);
    if (!bound) throw std::runtime_error("no port is free");
    return ntohs(at.sin_port);
  }

  ::pid_t launch(std::vector<std::string> const& command) const {
    std::vector<char*> words;
    for (auto const& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    std::string const log = folder_ / "log", place = folder_ / "";
    ::pid_t const parent = ::getpid();
    ::pid_t const child = ::fork();
    if (child < 0) throw std::runtime_error("no process can be made");
    if (child > 0) return child;
    if (!user_.become()) ::_exit(98);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // reaches one that is frozen too; after setuid(), which forgets it
    if (::getppid() != parent) ::_exit(95);
    int const to = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(to, 1);
    ::dup2(to, 2);
    if (::chdir(place.c_str()) != 0) ::_exit(97);
    ::execvp(words[0], words.data());
    ::_exit(96);
  }
  void end(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  std::string data() const { return folder_ / "data"; }

  temporary_folder folder_{};
  unprivileged user_ = server_user();
  ::pid_t pid_ = 0;
  int port_ = 0;
};

#endif
