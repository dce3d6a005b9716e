// The answers to the writes of a batch: as the server gave them, or as the table tells them after they were lost.
#ifndef PAWL_POSTGRES_WRITE_ANSWERS_HPP
#define PAWL_POSTGRES_WRITE_ANSWERS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/write_plan.hpp>
#include <pawl/postgres/write_request.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A batch's answer to one of its writes.
struct write_result {
  bool done = false;   // moved, inserted or noted
  stored_item item{};  // that moved
  stored_row now{};    // after a conflict: what its row holds
};

// By ticket.
class write_answers {
 public:
  void resize(std::size_t count) { results_.resize(count); }
  write_result& operator[](std::size_t ticket) { return results_.at(ticket); }
  write_result const& operator[](std::size_t ticket) const { return results_.at(ticket); }
  std::vector<write_result> const& all() const noexcept { return results_; }

  void read(write_plan const& plan, opened_table const& in, write_request& of, reply const& given) {
    for (sent_write& one : of.sent) {
      answer const& told = given[one.statement];
      switch (one.does) {
        case write_kind::move:
          read_moves(plan, in, one, told);
          break;
        case write_kind::insert:
        case write_kind::note:
          read_keys(plan, one, told);
          break;
        case write_kind::release:
          results_[one.tickets[0]].done = told.rows() > 0;
          break;
        case write_kind::cut_delays:
          results_[one.tickets[0]].done = true;
      }
    }
  }
  // Of what was committed, and its answers were lost.
  // `moved`: what each token has kept.
  task<void> find(std::shared_ptr<table> of, write_plan const& plan, opened_table const& in, write_request& was,
                  std::vector<std::vector<std::int64_t>> moved) {
    for (sent_write& one : was.sent) {
      switch (one.does) {
        case write_kind::move:
          find_moves(plan, in, one, moved.at(one.token));
          break;
        case write_kind::insert: {
          auto finding = find_inserts(*of, plan, in, one, moved.at(one.token));
          co_await std::move(finding);
          break;
        }
        case write_kind::note: {
          auto finding = find_notes(*of, plan, in, one);
          co_await std::move(finding);
          break;
        }
        case write_kind::release:
        case write_kind::cut_delays:
          results_[one.tickets[0]].done = true;
      }
    }
  }
  // What the rows hold that did not move, in a snapshot of its own.
  task<void> explain_conflicts(std::shared_ptr<table> of, write_plan const& plan,
                               std::shared_ptr<opened_table const> in, bool within) {
    std::vector<std::size_t> tickets;
    std::vector<std::string_view> keys;
    for (std::size_t ticket = 0; ticket < plan.size(); ++ticket) {
      if (plan[ticket].does != write_kind::move || results_[ticket].done) continue;
      if (!may_name(in->of, plan[ticket].from.key)) continue;  // no row can have it
      tickets.push_back(ticket);
      keys.push_back(plan[ticket].from.key);
    }
    if (tickets.empty()) co_return;
    request what;
    in->sql.read_again.add_to(what, parameters_of(keys_parameter(in->of, keys)));
    auto asking = within ? of->all().ask_within(what) : of->all().read(what);
    reply const given = co_await std::move(asking);
    for (std::size_t row = 0; row < given[0].rows(); ++row) {
      std::size_t const ticket = tickets.at(static_cast<std::size_t>(integer_at(given[0], row, 0) - 1));
      if (!given[0].value<bool>(row, 1).value_or(false)) continue;
      auto naming = of->named(in, row_at(in->of, given[0], row, 2, std::string(plan[ticket].from.key)));
      results_[ticket].now = co_await std::move(naming);
    }
  }

 private:
  void read_moves(write_plan const& plan, opened_table const& in, sent_write& one, answer const& told) {
    take_moves(plan, in, one, integers_in(told, 0, 0), integers_in(told, 0, 1), integers_in(told, 0, 2));
  }
  void take_moves(write_plan const& plan, opened_table const& in, sent_write& one,
                  std::vector<std::int64_t> const& ordinals, std::vector<std::int64_t> const& lives,
                  std::vector<std::int64_t> const& rows) {
    one.of->moves.moved(one.arrays, ordinals, lives, rows);
    for (std::size_t i = 0; i < one.of->moved.size(); ++i) {
      auto const& moved = one.of->moves.result(i);
      if (!moved.moved) continue;
      planned_write const& w = plan[one.of->moved[i]];
      write_result& to = results_[one.of->moved[i]];
      to.done = true;
      to.item = {std::string(w.from.key), w.from.version + 1, in.of.lifecycle->rows[w.row].to,
                 locator_of(moved.row, w.from.key), moved.life};
    }
  }
  // The keys of those that took effect, in any order; `tickets` are sorted by key.
  void read_keys(write_plan const& plan, sent_write const& one, answer const& told) {
    for (std::size_t row = 0; row < told.rows(); ++row) {
      std::string_view const key = told.cell(row, 0);
      auto const at =
          std::lower_bound(one.tickets.begin(), one.tickets.end(), key,
                           [&plan](std::size_t ticket, std::string_view k) { return plan.key_of(ticket) < k; });
      if (at != one.tickets.end() && plan.key_of(*at) == key) results_[*at].done = true;
    }
  }

  void find_moves(write_plan const& plan, opened_table const& in, sent_write& one,
                  std::vector<std::int64_t> const& ordinals) {
    std::vector<std::int64_t> lives, rows;
    for (std::int64_t const ordinal : ordinals) {
      std::size_t const move = one.arrays.tickets.at(static_cast<std::size_t>(ordinal - 1));
      item_view const& from = plan[one.of->moved.at(move)].from;
      lives.push_back(from.life);
      rows.push_back(in.of.row.empty() ? 0 : from.row);
    }
    take_moves(plan, in, one, ordinals, lives, rows);
  }
  task<void> find_inserts(table& of, write_plan const& plan, opened_table const& in, sent_write const& one,
                          std::vector<std::int64_t> const& ids) {
    if (ids.empty()) co_return;
    request what;
    what.add(keys_of_rows_sql(in.of), parameters_of(numbers_parameter(ids)));
    auto asking = of.all().read(what);
    reply const given = co_await std::move(asking);
    read_keys(plan, one, given[0]);
  }
  // A record took effect if it is there now, unless this batch wrote its item once more.
  task<void> find_notes(table& of, write_plan const& plan, opened_table const& in, sent_write const& one) {
    request what;
    for (std::size_t const ticket : one.tickets) {
      item_view const& from = plan[ticket].from;
      in.sql.trouble_of.add_to(what, parameters_of(bytes_of(from.key), value_of(from.version), value_of(from.life)));
    }
    auto asking = of.all().read(what);
    reply const given = co_await std::move(asking);
    for (std::size_t i = 0; i < one.tickets.size(); ++i) {
      planned_write const& w = plan[one.tickets[i]];
      bool const is_last = &plan.last_round_of(w.from.key) == one.of;
      bool const is_there = given[i].rows() > 0;
      results_[one.tickets[i]].done =
          !is_last || (w.record->empty() ? !is_there : is_there && record_at(given[i], 0, 0) == *w.record);
    }
  }

  std::vector<write_result> results_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
