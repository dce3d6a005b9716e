#include <cstdio>

#include <pawl/postgres.hpp>

// A conninfo that libpq cannot read is refused before anything is connected.
int main() {
  try {
    pawl::postgres::detail::parse_conninfo("host=db1 nonsense");
  } catch (pawl::store_error const& e) {
    std::puts(e.what());
    return e.what_failed() == pawl::store_failure::refused ? 0 : 1;
  }
  return 1;
}
