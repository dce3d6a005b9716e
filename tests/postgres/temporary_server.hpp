// A PostgreSQL server of the test's own, in a temporary folder; it ends with the test, however that ends.
#ifndef PAWL_TESTS_POSTGRES_TEMPORARY_SERVER_HPP
#define PAWL_TESTS_POSTGRES_TEMPORARY_SERVER_HPP

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "postgres/server_process.hpp"

class temporary_server {
 public:
  // A copy of a cluster that this program has made once; one of its own, made with more options of initdb; or what the
  // folder of a server that is stopped holds.
  temporary_server() : temporary_server(pristine()) {}
  explicit temporary_server(std::vector<std::string> const& options) {
    std::vector<std::string> making{program("initdb"), "-D", data(), "-U",   "postgres",  "-A",
                                    "trust",           "-N", "-E",   "UTF8", "--locale=C"};
    making.insert(making.end(), options.begin(), options.end());
    begin(making);
  }
  explicit temporary_server(temporary_server const& stopped) { begin({"cp", "-a", stopped.data(), data()}); }
  temporary_server& operator=(temporary_server const&) = delete;
  ~temporary_server() = default;

  // On a unix socket: everybody is trusted. `with` is more of a connection string.
  std::string conninfo(std::string const& with = "user=postgres") const {
    return "host=" + socket_folder() + " port=" + std::to_string(port()) + " dbname=postgres " + with;
  }
  // On the loopback: a password is asked for.
  std::string conninfo_by_port(std::string const& with) const {
    return "host=127.0.0.1 port=" + std::to_string(port()) + " dbname=postgres " + with;
  }
  std::string socket_folder() const { return process_ / ""; }
  int port() const { return process_.port(); }
  std::string socket() const { return socket_folder() + "/.s.PGSQL." + std::to_string(port()); }

  // Lines for postgresql.conf; they count from the next start. fsync stays on unless one of them says otherwise.
  void configure(std::string const& lines) const {
    std::ofstream(data() + "/postgresql.conf", std::ios::app) << lines << '\n';
  }
  // From the next start on a standby, which waits for what never comes.
  void become_standby() const { std::ofstream(data() + "/standby.signal").flush(); }

  void start() {
    process_.start({program("postgres"), "-D", data(), "-k", socket_folder(), "-p", std::to_string(port()), "-c",
                    "listen_addresses=127.0.0.1"},
                   [this] { return PQping(conninfo().c_str()) == PQPING_OK; });
  }
  void stop() { process_.end(SIGINT); }  // sessions are ended, and all is written
  void crash() {
    process_.end(SIGQUIT);
  }  // sessions end, and nothing is written that is not yet: the next start recovers
  void kill() { process_.end(SIGKILL); }  // its server processes notice, and end
  void freeze() const { process_.send(SIGSTOP); }
  void thaw() const { process_.send(SIGCONT); }

  // The first cell, of the superuser's session. Throws where a statement fails.
  std::string run(std::string const& sql) const {
    std::unique_ptr<PGconn, decltype(&PQfinish)> const c(PQconnectdb(conninfo().c_str()), &PQfinish);
    std::unique_ptr<PGresult, decltype(&PQclear)> const done(PQexec(c.get(), sql.c_str()), &PQclear);
    auto const status = PQresultStatus(done.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(c.get()));
    return PQntuples(done.get()) > 0 ? PQgetvalue(done.get(), 0, 0) : "";
  }

  void do_as_its_user(std::vector<std::string> const& command) const { process_.run_to_end(command); }
  // All that it has said.
  std::string log() const { return text_of(process_ / "log"); }

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
    static std::filesystem::path const folder =
        server_process::runnable(server_process::told_by(POSTGRES_SERVER), "postgres");
    return folder / name;
  }
  static temporary_server const& pristine() {
    static temporary_server const made(std::vector<std::string>{});
    return made;
  }
  void begin(std::vector<std::string> const& making) const {
    process_.run_to_end(making);
    std::ofstream(data() + "/pg_hba.conf")
        << "local all,replication all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
  }
  std::string data() const { return process_ / "data"; }

  server_process process_{"PostgreSQL's server"};
};

#endif
