// The pipeline of a batch: the statements of its plan, and where the answer to each will be.
#ifndef PAWL_POSTGRES_WRITE_REQUEST_HPP
#define PAWL_POSTGRES_WRITE_REQUEST_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/child_targets.hpp>
#include <pawl/postgres/children_sql.hpp>
#include <pawl/postgres/column_parameters.hpp>
#include <pawl/postgres/gathering.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/move_statement.hpp>
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
#include <pawl/store/insertion.hpp>
#include <pawl/store/sql_statement.hpp>
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

// What is sent of a transaction: all of it, if none of the parents is complete then; all but what follows if some are, and the
// COMMIT; or statements of the program's transaction.
enum class request_kind : std::uint8_t { whole, beginning, within };

// What it refers to must outlive it. A transaction that was never committed is built anew, with other tokens.
class write_request {
 public:
  // One of its own has what the user writes with its transitions.
  write_request(std::shared_ptr<table> const& of, std::shared_ptr<opened_table const> const& in, write_plan const& plan,
                child_targets const& targets, request_kind kind)
      : table_(*of), in_(*in), plan_(plan), targets_(targets), kind_(kind) {
    moved_.of = of;
    moved_.in = in;
    build();
  }

  request_kind kind() const noexcept { return kind_; }
  // Of one within: whether the answers tell that items of the table are children, which nobody knew.
  bool tells_of_parents(reply const& given) const { return asks_for_parents_ && given[asked_at_].rows() > 0; }
  // Who may have to be told of something, or has children now.
  moved_items const& moved() const noexcept { return moved_; }
  void assume_parents() {
    for (sent_write const& one : sent)
      if (one.does == write_kind::move) moved_.add(one.arrays, true);
  }

  request what{};
  std::vector<std::int64_t> tokens{};      // its own
  std::vector<std::int64_t> old_tokens{};  // that it removes
  std::vector<sent_write> sent{};

 private:
  bool is_within() const noexcept { return kind_ == request_kind::within; }
  void build() {
    if (!is_within()) {
      table_.all().to().begin(what);
      add_marks(what);
    }
    for (auto const& one : plan_.rounds()) {
      add_moves(*one);
      add_inserts(*one);
      add_notes(*one);
      add_others(*one);
    }
    if (is_within())
      ask_for_parents();
    else
      forget_old_tokens();
    if (kind_ == request_kind::beginning && moved_.empty()) kind_ = request_kind::whole;
    if (kind_ == request_kind::whole && !moved_.empty()) add_refusals(what, moved_, tokens.front());
    if (tokens.empty()) in_.sql.write_token.add_to(what, parameters_of(table_.now_parameter(), value_of(take_token())));
    if (kind_ == request_kind::whole) what.add("COMMIT");
  }
  // After what is moved: see children_sql.hpp.
  void ask_for_parents() {
    asked_at_ = what.statements.size();
    if (asks_for_parents_)
      in_.sql.family.asks_for_parents.add_to(what, parameters_of(value_of(children_token(in_.of.name))));
  }
  void forget_old_tokens() {
    auto& all = table_.shared()->old_tokens;
    auto const first = all.end() - static_cast<std::ptrdiff_t>((std::min)(all.size(), std::size_t{1000}));
    old_tokens.assign(first, all.end());
    all.erase(first, all.end());
    if (asks_for_parents_) {
      std::int64_t const mark = children_token(in_.of.name);
      auto asked = old_tokens;
      asked.push_back(mark);
      in_.sql.family.forget_tokens_and_ask.add_to(
          what, parameters_of(numbers_parameter(asked), value_of(mark), value_of(tokens.front())));
    } else if (!old_tokens.empty()) {
      in_.sql.forget_tokens.add_to(what, parameters_of(numbers_parameter(old_tokens)));
    }
  }
  std::int64_t take_token() {
    tokens.push_back(table_.all().next_token());
    return tokens.back();
  }

  void add_moves(write_round& one) {
    if (one.moves.stages() == 0) return;
    move_arrays arrays = one.moves.arrays(0);
    std::size_t const token = tokens.size();
    std::size_t const statement = what.statements.size();
    asks_for_parents_ = asks_for_parents_ || (!table_.may_have_parents() && changes_an_end(*in_.of.lifecycle, arrays));
    add_moves_to(what, table_, in_, in_.sql.move, arrays, take_token());
    moved_.add(arrays, table_.may_have_parents());
    sent.push_back({statement, write_kind::move, &one, {}, std::move(arrays), token});
    if (!is_within()) add_statements(sent.back());
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
      auto parameters = noted_parameters(one.noted);  // sorts them
      std::vector<trouble_record const*> records;
      for (std::size_t const ticket : one.noted) records.push_back(plan_[ticket].record);
      add_records(parameters, records);
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
      if (w.does == write_kind::release && !table_.rules().empty())
        what.add(leave_released_sql(in_.of), parameters_of(bytes_of(w.key)));
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
    // Children are locked in the order of their parents, whatever batch these are in; what else is written is in that of the
    // calls.
    bool const only_children = std::all_of(tickets.begin(), tickets.end(), [this](std::size_t ticket) {
      auto const& with = plan_[ticket].with;
      return std::all_of(with.begin(), with.end(), [](sql_statement const& one) { return one.children() != nullptr; });
    });
    if (only_children)
      plan_.sort_by_key(tickets);
    else
      std::sort(tickets.begin(), tickets.end());
    for (std::size_t const ticket : tickets) add_with(what, plan_[ticket]);
  }

 public:
  // Of tables of which no item has been a child before.
  void add_marks(request& to) const {
    for (auto const& [into, target] : targets_)
      if (!target->is_marked)
        to.add(mark_children_sql(in_.of.records), parameters_of(value_of(children_token(into->name))));
  }
  void add_with(request& to, planned_write const& w) {
    for (sql_statement const& one : w.with)
      if (insertion const* const items = one.children())
        add_children(to, w.from.key, *items);
      else
        add_user_statement(to, one);
  }

 private:
  // The keys as they are sent: sorted, none twice.
  void add_children(request& to, std::string_view parent, insertion const& items) {
    if (items.keys().empty()) return;
    child_target const& target = *targets_.at(&items.into());
    layout const& of = target.in->of;
    std::set<std::string> const keys(items.keys().begin(), items.keys().end());
    parameter const keys_sent = keys_in(of, keys);
    if (of.kept == states_kept_as::codes) {
      array_builder<std::int64_t> times;
      for (std::size_t i = 0; i < keys.size(); ++i) add_time(times, items.start_at());
      target.in->sql.insert.add_to(
          to, parameters_of(table_.now_parameter(), keys_sent, times.take(), value_of(take_token())));
    } else {
      auto parameters =
          parameters_of(table_.now_parameter(), keys_sent,
                        items.start_at() ? value_of(to_number(*items.start_at())) : null_of<std::int64_t>());
      bool const is_told = !of.priority.empty() && items.priority();
      if (is_told) parameters.push_back(value_of(*items.priority()));
      (is_told ? target.insert_with_priority : target.insert).add_to(to, std::move(parameters));
    }
    /*mutant children_are_linked_as_inserted: if (OFF) to.add("COMMIT").add("BEGIN");*/
    target.link.add_to(to, parameters_of(key_parameter(in_.of, parent), keys_sent));
  }

  table& table_;
  opened_table const& in_;
  write_plan const& plan_;
  child_targets const& targets_;
  request_kind kind_;
  moved_items moved_{};
  bool asks_for_parents_ = false;  // it moves items to an end, or from there, and does not know
  std::size_t asked_at_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
