// A PgBouncer of the test's own, in transaction mode, before a temporary_server.
#ifndef PAWL_TESTS_POSTGRES_TEMPORARY_POOLER_HPP
#define PAWL_TESTS_POSTGRES_TEMPORARY_POOLER_HPP

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <libpq-fe.h>

#include "postgres/server_process.hpp"
#include "postgres/temporary_server.hpp"

class temporary_pooler {
 public:
  explicit temporary_pooler(temporary_server const& before) {
    std::ofstream(process_ / "users") << "\"postgres\" \"\"\n";
    std::ofstream(process_ / "ini") << "[databases]\n* = host=" << before.socket_folder() << " port=" << before.port()
                                    << "\n[pgbouncer]\npool_mode=transaction\nauth_type=trust\nauth_user=postgres\n"
                                    << "auth_query=SELECT usename,passwd FROM pg_shadow WHERE usename=$1\nauth_file="
                                    << process_ / "users"
                                    << "\nlisten_addr=\nunix_socket_dir=" << process_ / ""
                                    << "\nlisten_port=" << process_.port()
                                    << "\nmax_client_conn=1000\ndefault_pool_size=8\nserver_idle_timeout=2\n";
    process_.start({program(), process_ / "ini"},
                   [this] { return PQping(conninfo("user=postgres").c_str()) == PQPING_OK; });
  }

  // `with` is more of a connection string, with the user.
  std::string conninfo(std::string const& with) const {
    return "host=" + (process_ / "") + " port=" + std::to_string(process_.port()) + " dbname=postgres " + with;
  }

  // The environment variable PAWL_TEST_POOLER has the tests of stores and runs go through this one, before
  // temporary_server::quick().
  static bool is_asked_for() { return std::getenv("PAWL_TEST_POOLER") != nullptr; }
  static temporary_pooler const& quick() {
    static temporary_pooler const pooler(temporary_server::quick());
    return pooler;
  }

 private:
  static std::string program() {
    std::filesystem::path const found = server_process::told_by(POSTGRES_POOLER);
    return server_process::runnable(found.parent_path(), "pgbouncer") / "pgbouncer";
  }

  server_process process_{"PgBouncer"};
};

#endif
