// What became of a batch whose answer was lost: committed, with what it moved, or never to be committed.
#ifndef PAWL_POSTGRES_RESOLVE_HPP
#define PAWL_POSTGRES_RESOLVE_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/opening.hpp>
#include <pawl/postgres/options.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/server_history.hpp>
#include <pawl/postgres/session.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/verdict.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

using pawl::detail::wording::text;

// $1 the token of a batch's first statement. Waits for a transaction that has written it, and is not ended. If there is none,
// the token is written in its stead: the batch, should its bytes still arrive, then fails at its first statement. One row:
// whether it never will be committed. It may be asked again: ordinals count from 1, so that '{0}' is nobody's answer. The
// row is written in either case, so that this COMMIT waits for a synchronous standby to have what that of the batch has
// written.
inline std::string settle_batch_sql(std::string_view records) {
  return text({"INSERT INTO ", records,
               "pawl_batch AS b(token,written_at,moved) VALUES($1::int8,statement_timestamp(),'{0}') "
               "ON CONFLICT(token) DO UPDATE SET written_at=greatest(b.written_at,excluded.written_at) "
               "RETURNING moved='{0}'"});
}
// $1 tokens. For each in their order, the ordinals that its statement has moved; NULL: it was not written.
inline std::string moved_by_batch_sql(std::string_view records) {
  return text({"SELECT b.moved FROM unnest($1::int8[]) WITH ORDINALITY AS u(t,n) LEFT JOIN ", records,
               "pawl_batch AS b ON b.token=ANY(ARRAY[u.t]) ORDER BY u.n"});
}

enum class batch_fate : std::uint8_t {
  unsettled,  // not known yet: a transaction that may be the batch's is under way, or the server cannot say
  committed,
  never  // it is not committed, and will not be
};
struct settled_batch {
  batch_fate fate = batch_fate::unsettled;
  std::vector<std::vector<std::int64_t>> moved{};  // for each token, if it was committed
};

// Asks once. `tokens`: of the batch's statements in their order, at least one. Throws what connection::ask throws.
inline task<settled_batch> ask_for_batch(connection& session, std::string records, std::vector<std::int64_t> tokens,
                                         connection::time_point until) {
  request what;
  array_builder<std::int64_t> all;
  for (std::int64_t const one : tokens) all.add(one);
  what.add(std::string(begin_write_sql)).add("SET LOCAL lock_timeout='500ms'");
  what.add(settle_batch_sql(records), {value_of(tokens.front())});
  what.add(moved_by_batch_sql(records), {all.take()});
  what.add("COMMIT");
  auto asking = session.ask(what, until);
  reply const given = co_await std::move(asking);
  settled_batch found;
  if (given.first_failure() != nullptr) co_return found;
  if (verdict_of_commit(given[4].tag(), given.ends_with_warning()) != verdict::acknowledged) co_return found;
  if (given[2].value<bool>(0, 0).value_or(true) /*mutant never_is_told: && !OFF*/) {
    found.fate = batch_fate::never;
    co_return found;
  }
  found.fate = batch_fate::committed;
  for (std::size_t row = 0; row < given[3].rows(); ++row) {
    auto& ordinals = found.moved.emplace_back();
    if (auto const read = given[3].array<std::int64_t>(row, 0))
      for (auto const& one : *read) ordinals.push_back(one.value_or(0));
  }
  co_return found;
}

// Gives an open session; after it was lost, another one.
class session_source {
 public:
  session_source() = default;
  session_source(session_source const&) = delete;
  session_source& operator=(session_source const&) = delete;
  virtual ~session_source() = default;
  // Throws connection_error where there is none now, and store_error where there will be none. The session lives until the
  // next call.
  virtual task<connection*> open(connection::time_point until) = 0;
};

// Opens sessions of its own, with no server that is older than one met before.
class session_opener final : public session_source {
 public:
  // The history must outlive this.
  session_opener(event_loop& loop, std::string conninfo, options chosen, server_history& history)
      : loop_(loop), conninfo_(std::move(conninfo)), options_(chosen), history_(history) {}

  task<connection*> open(connection::time_point until) override {
    if (!opened_.session || !opened_.session->is_open()) {
      using std::chrono::milliseconds;
      auto const left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
      options chosen = options_;
      chosen.connect_within = std::clamp(left, milliseconds(1), options_.connect_within);
      auto opening = open_session(loop_, conninfo_, chosen, history_);
      opened_ = co_await std::move(opening);
    }
    co_return opened_.session.get();
  }

 private:
  event_loop& loop_;
  std::string conninfo_;
  options options_;
  server_history& history_;
  opened_session opened_{};
};

// Asks until the batch is settled, for options::outage_bound at the most; `unsettled` then means that nobody knows. Waits by
// the steady clock, as the server does.
inline task<settled_batch> resolve_batch(event_loop& loop, session_source& sessions, std::string records,
                                         std::vector<std::int64_t> tokens, options chosen) {
  auto const bound = std::chrono::steady_clock::now() + chosen.outage_bound;
  std::chrono::milliseconds pause{20};
  for (;;) {
    try {
      auto opening = sessions.open(bound);
      connection& session = *co_await std::move(opening);
      auto const until = (std::min)(bound, std::chrono::steady_clock::now() + chosen.answer_within);
      auto asking = ask_for_batch(session, records, tokens, until);
      settled_batch found = co_await std::move(asking);
      if (found.fate != batch_fate::unsettled) co_return found;
    } catch (connection_error const&) {  // the next session
    } catch (store_error const&) {
      co_return settled_batch{};
    }
    auto const next = std::chrono::steady_clock::now() + pause;
    if (next >= bound) co_return settled_batch{};
    pause = (std::min)(2 * pause, std::chrono::milliseconds(1000));
    asio::steady_timer timer(loop.get_executor(), next);
    auto const elsewhere = loop.elsewhere();
    auto waiting = timer.async_wait(await);
    co_await std::move(waiting);
  }
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
