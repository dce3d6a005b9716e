// The pipeline of a batch: the statements of its plan, and where the answer to each will be.
#ifndef PAWL_POSTGRES_WRITE_REQUEST_HPP
#define PAWL_POSTGRES_WRITE_REQUEST_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/column_parameters.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/user_statement.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/write_plan.hpp>
#include <pawl/store/history_entry.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A statement whose answer is read.
struct sent_write {
  std::size_t statement = 0;
  write_kind does = write_kind::move;
  write_round* of = nullptr;
  std::vector<std::size_t> tickets{};
  move_arrays arrays{};
  std::size_t token = 0;  // which of the transaction's: of moves and inserts
};

// What it refers to must outlive it. A transaction that was never committed is built anew, with other tokens.
class write_request {
 public:
  // `within`: the program's transaction, else one of its own, with what the user writes with its transitions.
  write_request(table& of, opened_table const& in, write_plan const& plan, bool within)
      : table_(of), in_(in), plan_(plan) {
    build(within);
  }

  request what{};
  std::vector<std::int64_t> tokens{};      // its own
  std::vector<std::int64_t> old_tokens{};  // that it removes
  std::vector<sent_write> sent{};

 private:
  void build(bool within) {
    if (!within) {
      table_.all().to().begin(what);
      take_old_tokens();
    }
    for (auto const& one : plan_.rounds()) {
      add_moves(*one, within);
      add_inserts(*one);
      add_notes(*one);
      add_others(*one);
    }
    if (tokens.empty()) in_.sql.write_token.add_to(what, parameters_of(table_.now_parameter(), value_of(take_token())));
    if (!within) what.add("COMMIT");
  }
  void take_old_tokens() {
    auto& all = table_.shared()->old_tokens;
    auto const first = all.end() - static_cast<std::ptrdiff_t>((std::min)(all.size(), std::size_t{1000}));
    old_tokens.assign(first, all.end());
    all.erase(first, all.end());
    if (!old_tokens.empty()) in_.sql.forget_tokens.add_to(what, parameters_of(numbers_parameter(old_tokens)));
  }
  std::int64_t take_token() {
    tokens.push_back(table_.all().next_token());
    return tokens.back();
  }

  void add_moves(write_round& one, bool within) {
    if (one.moves.stages() == 0) return;
    layout const& of = in_.of;
    move_arrays arrays = one.moves.arrays(0);
    std::vector<std::string_view> const keys(arrays.keys.begin(), arrays.keys.end());
    std::vector<std::int16_t> const events(arrays.events.begin(), arrays.events.end());
    std::size_t const token = tokens.size();
    auto parameters =
        parameters_of(table_.now_parameter(), value_of(take_token()), keys_parameter(of, keys),
                      numbers_parameter(arrays.versions), numbers_parameter(arrays.lives),
                      states_parameter(of, arrays.from), states_parameter(of, arrays.to), numbers_parameter(events));
    for (std::size_t i = 0; i < arrays.values.size(); ++i)
      parameters.push_back(values_parameter(of.parameters[i], arrays.values[i]));
    if (of.keeps_history) {
      std::vector<std::int64_t> changes;
      for (std::size_t const row : arrays.rows) changes.push_back(in_.changes[row]);
      parameters.push_back(numbers_parameter(changes));
      parameters.push_back(value_of(table_.run()));
    }
    sent.push_back({what.statements.size(), write_kind::move, &one, {}, std::move(arrays), token});
    in_.sql.move.add_to(what, std::move(parameters));
    if (table_.may_have_troubles()) in_.sql.forget_leftovers.add_to(what, parameters_of(bytes_parameter(keys)));
    if (!within) add_statements(sent.back());
  }
  void add_inserts(write_round& one) {
    if (one.inserted.empty()) return;
    plan_.sort_by_key(one.inserted);
    array_builder<bytes> keys;
    array_builder<std::int64_t> times;
    for (std::size_t const ticket : one.inserted) {
      keys.add(std::string_view(plan_[ticket].key));
      add_time(times, plan_[ticket].start_at);
      if (plan_[ticket].start_at) table_.shared()->any_troubles = true;
    }
    sent.push_back({what.statements.size(), write_kind::insert, &one, one.inserted, {}, tokens.size()});
    in_.sql.insert.add_to(what,
                          parameters_of(table_.now_parameter(), keys.take(), times.take(), value_of(take_token())));
  }
  void add_notes(write_round& one) {
    if (!one.noted.empty()) {
      table_.shared()->any_troubles = true;
      array_builder<std::int32_t> attempts, recoveries;
      array_builder<std::int64_t> next_at, since, runs;
      array_builder<bool> parked, in_doubt;
      array_builder<std::string> errors;
      auto parameters = noted_parameters(one.noted);
      for (std::size_t const ticket : one.noted) {
        trouble_record const& record = *plan_[ticket].record;
        attempts.add(record.attempts);
        recoveries.add(record.recoveries);
        add_time(next_at, record.next_at);
        add_time(since, record.since);
        parked.add(record.parked);
        in_doubt.add(record.in_doubt);
        runs.add(record.run);
        errors.add(escaped(record.last_error));
      }
      for (auto* const column : {&attempts, &recoveries}) parameters.push_back(column->take());
      for (auto* const column : {&next_at, &since}) parameters.push_back(column->take());
      for (auto* const column : {&parked, &in_doubt}) parameters.push_back(column->take());
      parameters.push_back(runs.take());
      parameters.push_back(errors.take());
      sent.push_back({what.statements.size(), write_kind::note, &one, one.noted, {}});
      in_.sql.note.add_to(what, std::move(parameters));
    }
    if (!one.cleared.empty()) {
      auto parameters = noted_parameters(one.cleared);
      array_builder<std::int64_t> runs;
      for (std::size_t const ticket : one.cleared) runs.add(plan_[ticket].record->run);
      parameters.push_back(runs.take());
      sent.push_back({what.statements.size(), write_kind::note, &one, one.cleared, {}});
      in_.sql.note_nothing.add_to(what, std::move(parameters));
    }
  }
  // Keys, versions, lives and states of items that are noted.
  std::vector<parameter> noted_parameters(std::vector<std::size_t>& tickets) {
    plan_.sort_by_key(tickets);
    std::vector<std::string_view> keys;
    std::vector<std::int64_t> versions, lives;
    std::vector<std::size_t> states;
    for (std::size_t const ticket : tickets) {
      item_view const& from = plan_[ticket].from;
      keys.push_back(from.key);
      versions.push_back(from.version);
      lives.push_back(from.life);
      states.push_back(from.state);
    }
    return parameters_of(keys_parameter(in_.of, keys), numbers_parameter(versions), numbers_parameter(lives),
                         states_parameter(in_.of, states));
  }
  void add_others(write_round& one) {
    for (std::size_t const ticket : one.others) {
      planned_write const& w = plan_[ticket];
      sent.push_back({what.statements.size(), w.does, &one, {ticket}, {}});
      if (w.does == write_kind::release)
        in_.sql.release.add_to(what, release_parameters(w));
      else
        in_.sql.cut_delays.add_to(what, parameters_of(value_of(to_number(*w.start_at))));
    }
  }

  std::vector<parameter> release_parameters(planned_write const& w) {
    auto parameters = parameters_of(bytes_of(w.key));
    if (!in_.of.keeps_history) return parameters;
    std::string const words = escaped(pawl::detail::behalf_text(w.by));
    parameters.push_back(value_of(std::string_view(words)));
    parameters.push_back(table_.now_parameter());
    return parameters;
  }

  // ---- what the user writes with a transition ----

  void add_statements(sent_write const& moves) {
    std::vector<std::int64_t> ordinals;
    std::vector<std::size_t> tickets;
    for (std::size_t i = 0; i < moves.arrays.tickets.size(); ++i) {
      std::size_t const ticket = moves.of->moved[moves.arrays.tickets[i]];
      if (plan_[ticket].with.empty()) continue;
      ordinals.push_back(static_cast<std::int64_t>(i) + 1);
      tickets.push_back(ticket);
    }
    if (ordinals.empty()) return;
    /*mutant statements_are_fenced: if (!OFF)*/ in_.sql.check_moved.add_to(
        what, parameters_of(value_of(tokens[moves.token]), numbers_parameter(ordinals)));
    std::sort(tickets.begin(), tickets.end());
    for (std::size_t const ticket : tickets)
      for (auto const& one : plan_[ticket].with) add_user_statement(what, one);
  }

  table& table_;
  opened_table const& in_;
  write_plan const& plan_;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
