// The program of examples/README.md over a PostgreSQL server.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include <pawl/pawl.hpp>
#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "postgres/temporary_server.hpp"

namespace letters_on_a_server {
#include "first_screen_1.declarations.hpp"
#define main program
#include "more_than_one_machine_1.cpp"
#undef main
}  // namespace letters_on_a_server

TEST_CASE("the guide's program over a server delivers each letter once, whoever starts it again", "[readme]") {
  temporary_server server;
  server.start();
  ::setenv("PGHOST", server.socket_folder().c_str(), 1);
  ::setenv("PGPORT", std::to_string(server.port()).c_str(), 1);
  ::setenv("PGUSER", "postgres", 1);
  ::setenv("PGDATABASE", "postgres", 1);
  CHECK(letters_on_a_server::program() == 0);
  CHECK(letters_on_a_server::program() == 0);
  CHECK(server.run("SELECT string_agg(key||' '||state||' '||version,',' ORDER BY key) FROM letter_view") ==
        "ada delivered 2,grace delivered 2");
}
