// The crash points of a server's client are the messages that they exchange: the client, or its connection, ends at each.
#ifndef PAWL_TESTS_POSTGRES_FOR_EACH_MESSAGE_HPP
#define PAWL_TESTS_POSTGRES_FOR_EACH_MESSAGE_HPP

#include <chrono>
#include <csignal>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>

#include "child_process.hpp"
#include "postgres/cutting_proxy.hpp"
#include "postgres/plain_session.hpp"
#include "postgres/temporary_server.hpp"

namespace postgres_test {

// What ends at a message.
enum class ends : std::uint8_t {
  connection,  // its client learns of it, and goes on over another one
  process      // as by kill -9: another process goes on
};

namespace message_points {

inline std::string through(cutting_proxy const& proxy, own_schema const& in) {
  return "host=127.0.0.1 port=" + std::to_string(proxy.port()) +
         " dbname=postgres user=postgres sslmode=disable gssencmode=disable application_name=cut options='-c "
         "search_path=" +
         in.name() + "'";
}
// What the server acts on: Execute, Query and Sync; and ReadyForQuery, with which it has answered all.
inline constexpr char const* statements = "EQS";
inline constexpr char const* answers = "Z";

// One that was killed may have left the server something to do.
inline void wait_for_sessions(own_schema& in) {
  auto const count = "SELECT count(*) FROM pg_stat_activity WHERE application_name='cut'";
  while (in.sql.must(count).at(0, 0) != "0") std::this_thread::sleep_for(std::chrono::milliseconds(1));
}
inline bool has_died(int code) {
  if (code != 0 && code != 128 + SIGKILL) throw std::runtime_error("a client that was to be killed has failed");
  return code != 0;
}

template <class Client, class Before, class Live, class After>
int for_each_death(own_schema& in, direction way, Before const& before, Live const& live, After const& after) {
  bool dies = true;
  int n = 0;
  for (; dies; ++n) {
    before(n);
    child_process one([&] {
      cutting_proxy proxy(temporary_server::quick().socket());
      Client me(through(proxy, in));
      proxy.die_when_cut();
      proxy.cut_after(way, n, way == direction::to_server ? statements : answers);
      live(me, n);
      return 0;
    });
    dies = has_died(one.wait());
    wait_for_sessions(in);
    after(n);
  }
  return n - 1;
}
template <class Client, class Before, class Live, class After>
int for_each_loss(own_schema& in, direction way, Before const& before, Live const& live, After const& after) {
  cutting_proxy proxy(temporary_server::quick().socket());
  Client me(through(proxy, in));
  bool was_cut = true;
  int n = 0;
  for (; was_cut; ++n) {
    before(n);
    proxy.cut_after(way, n);
    live(me, n);
    was_cut = proxy.has_cut();
    after(n);
  }
  return n - 1;
}

}  // namespace message_points

// For n = 0, 1, .. calls `before(n)`, `live(client, n)`, and `after(n)`: while it lives, n messages pass in this direction, of
// whichever connection, and no byte of the next. Ends with the n that is more than there are, and returns it.
//
// A Client is made of a connection string: one for all where connections end; where processes end, one for each, in a process
// of its own. Of the messages of one that ends those count that make a difference: what makes the server act, and what it
// ends its answer to a request with. `live` must throw where it fails. `in` is a schema of temporary_server::quick(); no pooler
// is between, and the caller has no threads.
//
//   int const messages = for_each_message<process<own_of_own>>(
//       h.at.in, ends::process, direction::to_server, [&](int n) { h.add_album(title(n)); },
//       [&](process<own_of_own>& me, int n) { me.scan_album(title(n), "beach"); },
//       [&](int n) { CHECK(is_scanned(title(n)) == has_photo("beach")); });
//   CHECK(messages > 10);
template <class Client, class Before, class Live, class After>
int for_each_message(own_schema& in, ends what, direction way, Before const& before, Live const& live,
                     After const& after) {
  return what == ends::process ? message_points::for_each_death<Client>(in, way, before, live, after)
                               : message_points::for_each_loss<Client>(in, way, before, live, after);
}

}  // namespace postgres_test

#endif
