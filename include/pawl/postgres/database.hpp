// A database on a PostgreSQL server: the connections that the stores of a process share.
#ifndef PAWL_POSTGRES_DATABASE_HPP
#define PAWL_POSTGRES_DATABASE_HPP

#include <memory>
#include <string>
#include <utility>

#include <pawl/loop/loop.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres {

// `conninfo`: as libpq has it, "host=db1,db2 dbname=app user=app" or a URI; of several hosts the first is taken that is a
// primary. Nothing is opened before the first call that needs it. One connection writes, one reads; a third is opened
// where a program begins a transaction of its own. A connection that is lost is opened again.
//
// Throws store_error (refused) if the connection string cannot be read or an option is out of range. The loop must outlive
// it; use it on the loop's thread. Close or destroy it at any time: who waits for an answer is told.
class database {
 public:
  database(event_loop& loop, std::string conninfo, options const& chosen = {})
      : sessions_(std::make_shared<detail::sessions>(loop, std::move(conninfo), chosen)) {}
  database(database const&) = delete;
  database& operator=(database const&) = delete;
  ~database() { close(); }

  void close() noexcept { sessions_->close(); }
  event_loop& loop() const noexcept { return sessions_->loop(); }
  // "app on db1,db2": for messages.
  std::string const& name() const noexcept { return sessions_->name(); }

  // For stores.
  std::shared_ptr<detail::sessions> const& sessions() const noexcept { return sessions_; }

 private:
  std::shared_ptr<detail::sessions> sessions_;
};

}  // namespace pawl::inline PAWL_ABI::postgres

#endif
