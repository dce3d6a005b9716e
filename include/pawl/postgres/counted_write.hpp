// A transaction of one statement that tells how many rows it has changed, also where its answer was lost.
#ifndef PAWL_POSTGRES_COUNTED_WRITE_HPP
#define PAWL_POSTGRES_COUNTED_WRITE_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/resolve.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/transaction_of.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Of the statement: $1 is the time, timestamptz; $2 the transaction's token, int8, with which it keeps the counts, and it
// answers one row: those counts, int8[]. Kept by its coroutine.
class counted_write {
 public:
  // `parameters`: from $3 on.
  counted_write(std::shared_ptr<table> of, std::shared_ptr<opened_table const> in, std::string sql,
                std::vector<parameter> parameters, transaction_of within = transaction_of::program)
      : table_(std::move(of)), in_(std::move(in)), sql_(std::move(sql)), within_(within) {
    parameters_ = parameters_of(table_->now_parameter(), value_of(token_));
    for (auto& one : parameters) parameters_.push_back(std::move(one));
  }

  // What others may have to do, they are told.
  task<std::vector<std::int64_t>> write() {
    bool const is_within = within_ == transaction_of::program /*mutant ticks_are_written_alone: || OFF*/;
    return is_within && table_->all().in_transaction() ? write_within() : commit();
  }

 private:
  task<std::vector<std::int64_t>> write_within() {
    next_token();
    request what;
    what.add(sql_, parameters_);
    auto asking = table_->all().ask_within(what);
    reply const given = co_await std::move(asking);
    table_->all().note_write(table_->shared(), in_->of.records, true, {token_});
    co_return integers_in(given[0], 0, 0);
  }
  // Where the answer is lost, the token tells it; what never will be committed is written again.
  task<std::vector<std::int64_t>> commit() {
    auto const until = std::chrono::steady_clock::now() + table_->all().to().chosen.outage_bound;
    for (;;) {
      next_token();
      request what;
      table_->all().to().begin(what).add(sql_, parameters_).add("COMMIT");
      auto committing = table_->all().commit(what, in_->of.records, {token_});
      written_transaction const became = co_await std::move(committing);
      if (!became.given && (became.settled.fate != batch_fate::committed /*mutant settled_step_is_answered: || OFF*/)) {
        if (std::chrono::steady_clock::now() >= until) table_->all().give_up_writing();
        continue;
      }
      table_->shared()->old_tokens.push_back(token_);
      table_->shared()->changes.raise();
      auto telling = table_->all().tell_others(table_->shared());
      co_await std::move(telling);
      co_return became.given ? integers_in((*became.given)[what.statements.size() - 2], 0, 0)
                             : became.settled.moved.at(0);
    }
  }
  void next_token() {
    token_ = table_->all().next_token();
    parameters_[1] = value_of(token_);
  }

  std::shared_ptr<table> table_;
  std::shared_ptr<opened_table const> in_;
  std::string sql_;
  transaction_of within_;
  std::vector<parameter> parameters_{};
  std::int64_t token_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
