// A transaction that is written over one of the connections: what it may have besides, its answers, and how it fails.
#ifndef PAWL_POSTGRES_TRANSACTION_HPP
#define PAWL_POSTGRES_TRANSACTION_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/link.hpp>
#include <pawl/postgres/resolve.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What the stores of one table have in common.
struct shared_table {
  change_signal changes{};
  bool any_troubles = true;  // false: there are no trouble records, as far as is known
  // Tokens of transactions that are known to be committed: those that follow remove them.
  std::vector<std::int64_t> old_tokens{};
  std::string hint{};             // what others are told: see hint.hpp
  bool any_parents = false;       // an item of it has once been a child, as far as is known
  bool expects_complete = false;  // the last batch that could has met parents whose children have all ended
};

class table;

// What follows in a transaction after its first request, which has no COMMIT then.
class rest_of_transaction {
 public:
  rest_of_transaction() = default;
  rest_of_transaction(rest_of_transaction const&) = delete;
  rest_of_transaction& operator=(rest_of_transaction const&) = delete;
  virtual ~rest_of_transaction() = default;
  // `first`: none of its statements has failed. Returns the answers to the request of which the last statement is COMMIT, or to
  // one that has failed.
  virtual task<reply> go_on(conversation& with, reply first) = 0;
};

// A transaction's answers, or what became of it where these were lost.
struct written_transaction {
  explicit written_transaction(reply answers) : given(std::move(answers)) {}
  explicit written_transaction(settled_batch found) : settled(std::move(found)) {}

  std::optional<reply> given{};
  settled_batch settled{};
};

// Rolled back, because another transaction held a lock for longer than lock_timeout_of().
class lock_error final : public store_error {
 public:
  explicit lock_error(std::string const& message) : store_error(store_failure::busy, message) {}
};

// Rolled back because of a statement that the user wrote: `rejected` because of its values or a row, `refused` because it
// fits no table of the database, or is no SQL.
class statement_error final : public store_error {
 public:
  using store_error::store_error;
};

// The sessions of a link, for what is asked after one was lost.
class link_source final : public session_source {
 public:
  explicit link_source(link& over) : link_(over) {}
  task<connection*> open(connection::time_point) override {
    auto opening = link_.session();
    session_ = co_await std::move(opening);
    co_return session_.get();
  }

 private:
  link& link_;
  std::shared_ptr<connection> session_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
