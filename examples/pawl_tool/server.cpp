#include "server.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include <pawl/console/console.hpp>
#include <pawl/loop/loop.hpp>
#ifdef PAWL_TOOL_HAS_LIBPQ
#include <pawl/console/postgres_console.hpp>
#include <pawl/postgres/options.hpp>
#endif

#include "request.hpp"
#include "target.hpp"
#include "words.hpp"

namespace pawl_tool {

#ifdef PAWL_TOOL_HAS_LIBPQ

std::unique_ptr<pawl::console> open_server(pawl::event_loop& loop, request const& r, access how) {
  using std::chrono::milliseconds;
  using server = pawl::postgres_console;
  pawl::postgres::options chosen;
  chosen.outage_bound = std::chrono::duration_cast<milliseconds>(duration_of(r.patience));
  chosen.connect_within = (std::max)(chosen.outage_bound, milliseconds(1000));
  chosen.answer_within = std::chrono::minutes(10);  // to count a large table takes its time, and Ctrl-C ends it
  // Nothing is lost that a person would not see: what the role's commits survive is its owner's to say.
  chosen.durable = pawl::postgres::durability::process_crash;
  auto const does = how == access::read ? server::access::read_only : server::access::read_write;
  return std::make_unique<server>(loop, r.db, chosen, does);
}

#else

std::unique_ptr<pawl::console> open_server(pawl::event_loop&, request const&, access) {
  throw refusal(unusable, "this pawl was built without libpq, and opens SQLite files alone");
}

#endif

}  // namespace pawl_tool
