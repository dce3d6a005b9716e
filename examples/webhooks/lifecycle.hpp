// The lifecycle of a webhook, and the table of yours that its rows are in.
#ifndef WEBHOOKS_LIFECYCLE_HPP
#define WEBHOOKS_LIFECYCLE_HPP

#include <string>

#include <pawl/core.hpp>

namespace webhooks {

enum class state { pending, delivered, dead };
using enum state;

struct deliver {
  int status = 0;  // of the receiver's answer
};
// After the last attempt, or when the receiver has refused it for good.
struct give_up {
  std::string error{};
  int attempts = 0;

  static give_up from(pawl::step_failure const& f) { return {f.error, f.attempts}; }
};
struct revive {};  // by a person, who has mended what was wrong

struct webhook_lifecycle
    : pawl::lifecycle<pawl::initial<pending>, pawl::goal<delivered>, pawl::terminal<dead>,
                      pawl::transition<pending, deliver, delivered>, pawl::transition<pending, give_up, dead>,
                      pawl::on_failure<pending, give_up>, pawl::transition<dead, revive, pending>> {};
static_assert(pawl::valid<webhook_lifecycle>);

template <state S> using webhook = pawl::item<webhook_lifecycle, S>;

struct webhooks_table : pawl::table<webhook_lifecycle> {
  static constexpr pawl::names names{
      .table = "webhooks", .key = "id", .state = "state", .version = "version", .changed_at = "changed_at"};
  static constexpr auto columns = pawl::columns(
      pawl::on<deliver>(pawl::set("response_status", &deliver::status), pawl::now("delivered_at")),
      pawl::on<give_up>(pawl::set("last_error", &give_up::error), pawl::set("attempts", &give_up::attempts)),
      pawl::on<revive>(pawl::clear("last_error", "attempts")));
};
static_assert(pawl::valid<webhooks_table>);

// The first four columns are written by whoever wants something delivered, in SQL of any language. AUTOINCREMENT: no id
// comes again, and no idempotency key either.
inline constexpr char const* webhooks_ddl =
    "CREATE TABLE IF NOT EXISTS webhooks("
    "id INTEGER PRIMARY KEY AUTOINCREMENT, "
    "url TEXT NOT NULL, "
    "payload TEXT NOT NULL, "
    "event TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))), "
    "state TEXT NOT NULL DEFAULT 'pending', version INTEGER NOT NULL DEFAULT 0, changed_at TEXT, "
    "response_status INTEGER, delivered_at TEXT, attempts INTEGER, last_error TEXT);"
    "CREATE INDEX IF NOT EXISTS webhooks_by_state ON webhooks(state);";

}  // namespace webhooks

#endif
