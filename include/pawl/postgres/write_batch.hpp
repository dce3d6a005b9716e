// What a store writes in one transaction and one round trip: transitions, inserts and trouble records.
#ifndef PAWL_POSTGRES_WRITE_BATCH_HPP
#define PAWL_POSTGRES_WRITE_BATCH_HPP

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

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/resolve.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/key_index.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// A batch's answer to one of its writes.
struct write_result {
  bool done = false;   // moved, inserted or noted
  stored_item item{};  // that moved
  stored_row now{};    // after a conflict: what its row holds
};

// Writes are applied in the order in which they were added: those of one key in rounds, one after the other, and in a round
// each kind in one statement, sorted by key. Until the table is open nothing can be checked: what can never be written then
// fails the batch, else its own add.
class write_batch {
 public:
  explicit write_batch(std::shared_ptr<table> of) : table_(std::move(of)), in_(table_->opened()) {}

  // Each returns a ticket. Throws store_error (rejected), with the batch as it was, if this can never be written. What is
  // referred to lives until write() has answered.
  std::size_t move(item_view from, std::size_t row, std::vector<sent_value> values) {
    return add({.does = kind::move, .from = from, .row = row, .values = std::move(values)});
  }
  std::size_t insert(std::string key, std::optional<stored_time> start_at) {
    return add({.does = kind::insert, .key = std::move(key), .start_at = start_at});
  }
  std::size_t note(item_view of, trouble_record const& record) {
    return add({.does = kind::note, .from = of, .record = &record});
  }
  std::size_t release(std::string key) { return add({.does = kind::release, .key = std::move(key)}); }
  std::size_t cut_delays(stored_time latest) { return add({.does = kind::cut_delays, .start_at = latest}); }

  // In a transaction of its own, or in the program's where that is open. Once.
  task<void> write() {
    auto opening = table_->opened_now();
    auto const opened = co_await std::move(opening);
    if (!in_) {
      in_ = opened;
      for (std::size_t ticket = 0; ticket < writes_.size(); ++ticket) place(ticket);
    }
    bool const within = table_->all().in_transaction();
    std::string unread;
    if (within) {
      request what = statements(true);
      auto writing = table_->all().ask_within(what);
      reply const given = co_await std::move(writing);
      read_answers(given);
      table_->all().note_write(table_->shared());
    } else {
      auto committing = commit(unread);
      co_await std::move(committing);
      table_->old_tokens() = std::move(tokens_);
      table_->shared()->changes.raise();
    }
    try {
      auto explaining = explain_conflicts();
      co_await std::move(explaining);
    } catch (store_error const& e) {
      unread = e.what();
    }
    if (!unread.empty())
      table_->all().poison(store_failure::unknown,
                           unread + "; the transaction was committed, but what it met could not be read");
  }
  write_result& result(std::size_t ticket) { return results_.at(ticket); }

 private:
  enum class kind : std::uint8_t { move, insert, note, release, cut_delays };
  struct one_write {
    kind does = kind::move;
    std::string key{};  // of an insert and a release
    item_view from{};
    std::size_t row = 0;
    std::vector<sent_value> values{};
    trouble_record const* record = nullptr;
    std::optional<stored_time> start_at{};
  };
  struct last_round {
    std::string_view key;
    std::size_t round = 0;
  };
  struct round {
    explicit round(layout const& of) : moves(of) {}
    move_batch moves;
    std::vector<std::size_t> moved{}, inserted{}, noted{}, cleared{}, others{};  // tickets; `moved` by that of `moves`
  };
  // A statement whose answer is read.
  struct sent {
    std::size_t statement = 0;
    kind does = kind::move;
    round* of = nullptr;
    std::vector<std::size_t> tickets{};
    move_arrays arrays{};
    std::size_t token = 0;  // which of the transaction's: of moves and inserts
  };

  std::string_view key_of(one_write const& w) const {
    return w.does == kind::move || w.does == kind::note ? w.from.key : std::string_view(w.key);
  }

  std::size_t add(one_write w) {
    std::size_t const ticket = writes_.size();
    writes_.push_back(std::make_unique<one_write>(std::move(w)));  // its key stays where it is
    results_.emplace_back();
    if (!in_) return ticket;
    try {
      place(ticket);
    } catch (...) {
      writes_.pop_back();
      results_.pop_back();
      throw;
    }
    return ticket;
  }

  void place(std::size_t ticket) {
    one_write& w = *writes_[ticket];
    std::string_view const key = key_of(w);
    if (w.does == kind::insert) check_insert(key);
    if (w.does == kind::note && !may_name(in_->of, key)) return;
    std::size_t const at = keys_.size() == index_.find(key, keys_) ? 0 : keys_[index_.find(key, keys_)].round + 1;
    round& into = round_at(at);
    switch (w.does) {
      case kind::move:
        into.moves.add(w.from, w.row, std::move(w.values));
        into.moved.push_back(ticket);
        break;
      case kind::insert:
        into.inserted.push_back(ticket);
        break;
      case kind::note:
        (w.record->empty() ? into.cleared : into.noted).push_back(ticket);
        break;
      case kind::release:
      case kind::cut_delays:
        into.others.push_back(ticket);
    }
    remember(key, at);
  }
  void check_insert(std::string_view key) const {
    std::string const why = why_no_key(in_->of, key);
    if (why.empty()) return;
    pawl::detail::wording::fail(
        key.empty() ? store_failure::misuse : store_failure::rejected,
        {"pawl: ", table_->all().name(), ": insert_if_absent() into ", in_->of.name,
         key.empty() ? std::string(" needs a key that is not empty") : text({": the key ", why})});
  }
  round& round_at(std::size_t at) {
    if (at == rounds_.size()) rounds_.push_back(std::make_unique<round>(in_->of));
    return *rounds_[at];
  }
  void remember(std::string_view key, std::size_t at) {
    std::size_t const found = index_.find(key, keys_);
    if (found != keys_.size()) {
      keys_[found].round = at;
      return;
    }
    keys_.push_back({key, at});
    index_.add(keys_);
  }

  // ---- what is sent ----

  // A transaction of its own. One whose answers were lost and that never will be committed is written again, with other
  // tokens. `unread`: why what a committed one has answered could not be found out.
  task<void> commit(std::string& unread) {
    auto const until = std::chrono::steady_clock::now() + table_->all().to().chosen.outage_bound;
    for (;;) {
      request const what = statements(false);
      auto committing = table_->all().commit(what, in_->of.records, tokens_);
      written_transaction const became = co_await std::move(committing);
      if (became.given) {
        read_answers(*became.given);
        co_return;
      }
      if (became.settled.fate == batch_fate::committed) {
        try {
          auto finding = find_answers(became.settled.moved);
          co_await std::move(finding);
        } catch (store_error const& e) {
          unread = e.what();
        }
        co_return;
      }
      if (std::chrono::steady_clock::now() >= until)
        table_->all().poison(store_failure::not_applied, "pawl: the connection to PostgreSQL was lost time and again");
    }
  }
  request statements(bool within) {
    request to;
    tokens_.clear();
    sent_.clear();
    if (!within) {
      to.add(std::string(sessions::begin_sql));
      if (!table_->old_tokens().empty())
        in_->sql.forget_tokens.add_to(to, parameters_of(numbers_parameter(table_->old_tokens())));
    }
    for (auto const& one : rounds_) {
      add_moves(to, *one);
      add_inserts(to, *one);
      add_notes(to, *one);
      add_others(to, *one);
    }
    if (tokens_.empty())
      in_->sql.write_token.add_to(to, parameters_of(table_->now_parameter(), value_of(take_token())));
    if (!within) to.add("COMMIT");
    return to;
  }
  std::int64_t take_token() {
    tokens_.push_back(table_->all().next_token());
    return tokens_.back();
  }

  void add_moves(request& to, round& one) {
    if (one.moves.stages() == 0) return;
    layout const& of = in_->of;
    move_arrays arrays = one.moves.arrays(0);
    std::vector<std::string_view> const keys(arrays.keys.begin(), arrays.keys.end());
    std::vector<std::int16_t> const events(arrays.events.begin(), arrays.events.end());
    std::size_t const token = tokens_.size();
    auto parameters =
        parameters_of(table_->now_parameter(), value_of(take_token()), keys_parameter(of, keys),
                      numbers_parameter(arrays.versions), numbers_parameter(arrays.lives),
                      states_parameter(of, arrays.from), states_parameter(of, arrays.to), numbers_parameter(events));
    for (std::size_t i = 0; i < arrays.values.size(); ++i)
      parameters.push_back(values_parameter(of.parameters[i], arrays.values[i]));
    sent_.push_back({to.statements.size(), kind::move, &one, {}, std::move(arrays), token});
    in_->sql.move.add_to(to, std::move(parameters));
    if (table_->may_have_troubles()) in_->sql.forget_leftovers.add_to(to, parameters_of(bytes_parameter(keys)));
  }
  void add_inserts(request& to, round& one) {
    if (one.inserted.empty()) return;
    sort_by_key(one.inserted);
    array_builder<bytes> keys;
    array_builder<std::int64_t> times;
    for (std::size_t const ticket : one.inserted) {
      keys.add(std::string_view(writes_[ticket]->key));
      add_time(times, writes_[ticket]->start_at);
      if (writes_[ticket]->start_at) table_->shared()->any_troubles = true;
    }
    sent_.push_back({to.statements.size(), kind::insert, &one, one.inserted, {}, tokens_.size()});
    in_->sql.insert.add_to(to,
                           parameters_of(table_->now_parameter(), keys.take(), times.take(), value_of(take_token())));
  }
  void add_notes(request& to, round& one) {
    if (!one.noted.empty()) {
      table_->shared()->any_troubles = true;
      array_builder<std::int32_t> attempts, recoveries;
      array_builder<std::int64_t> next_at, since, runs;
      array_builder<bool> parked, in_doubt;
      array_builder<std::string> errors;
      auto parameters = noted_parameters(one.noted);
      for (std::size_t const ticket : one.noted) {
        trouble_record const& record = *writes_[ticket]->record;
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
      sent_.push_back({to.statements.size(), kind::note, &one, one.noted, {}});
      in_->sql.note.add_to(to, std::move(parameters));
    }
    if (!one.cleared.empty()) {
      auto parameters = noted_parameters(one.cleared);
      array_builder<std::int64_t> runs;
      for (std::size_t const ticket : one.cleared) runs.add(writes_[ticket]->record->run);
      parameters.push_back(runs.take());
      sent_.push_back({to.statements.size(), kind::note, &one, one.cleared, {}});
      in_->sql.note_nothing.add_to(to, std::move(parameters));
    }
  }
  // Keys, versions, lives and states of items that are noted.
  std::vector<parameter> noted_parameters(std::vector<std::size_t>& tickets) {
    sort_by_key(tickets);
    std::vector<std::string_view> keys;
    std::vector<std::int64_t> versions, lives;
    std::vector<std::size_t> states;
    for (std::size_t const ticket : tickets) {
      item_view const& from = writes_[ticket]->from;
      keys.push_back(from.key);
      versions.push_back(from.version);
      lives.push_back(from.life);
      states.push_back(from.state);
    }
    return parameters_of(keys_parameter(in_->of, keys), numbers_parameter(versions), numbers_parameter(lives),
                         states_parameter(in_->of, states));
  }
  void add_others(request& to, round& one) {
    for (std::size_t const ticket : one.others) {
      one_write const& w = *writes_[ticket];
      sent_.push_back({to.statements.size(), w.does, &one, {ticket}, {}});
      if (w.does == kind::release)
        in_->sql.release.add_to(to, parameters_of(bytes_of(w.key)));
      else
        in_->sql.cut_delays.add_to(to, parameters_of(value_of(to_number(*w.start_at))));
    }
  }
  void sort_by_key(std::vector<std::size_t>& tickets) const {
    std::sort(tickets.begin(), tickets.end(),
              [this](std::size_t a, std::size_t b) { return key_of(*writes_[a]) < key_of(*writes_[b]); });
  }
  static void add_time(array_builder<std::int64_t>& to, std::optional<stored_time> time) {
    if (time)
      to.add(to_number(*time));
    else
      to.add_null();
  }
  static parameter bytes_parameter(std::vector<std::string_view> const& keys) {
    array_builder<bytes> all;
    for (std::string_view const key : keys) all.add(key);
    return all.take();
  }
  template <class T, class Held> static parameter column_of(std::vector<sent_value> const& values) {
    array_builder<T> all;
    for (sent_value const& value : values) {
      if (auto const* const held = std::get_if<Held>(&value))
        all.add(*held);
      else
        all.add_null();
    }
    return all.take();
  }
  static parameter values_parameter(field_kind kind_of_values, std::vector<sent_value> const& values) {
    switch (kind_of_values) {
      case field_kind::integer:
        return column_of<std::int64_t, std::int64_t>(values);
      case field_kind::real:
        return column_of<double, double>(values);
      case field_kind::bytes:
        return column_of<bytes, std::string>(values);
      case field_kind::text:
      case field_kind::cleared:
      case field_kind::time:
        break;
    }
    return column_of<std::string, std::string>(values);
  }

  // ---- what was answered ----

  void read_answers(reply const& given) {
    for (sent& one : sent_) {
      answer const& told = given[one.statement];
      switch (one.does) {
        case kind::move:
          read_moves(one, told);
          break;
        case kind::insert:
        case kind::note:
          read_keys(one, told);
          break;
        case kind::release:
          results_[one.tickets[0]].done = told.rows() > 0;
          break;
        case kind::cut_delays:
          results_[one.tickets[0]].done = true;
      }
    }
  }
  static std::vector<std::int64_t> numbers_in(answer const& told, std::size_t column) {
    std::vector<std::int64_t> all;
    if (auto const array = told.array<std::int64_t>(0, column))
      for (auto const& one : *array) all.push_back(one.value_or(0));
    return all;
  }
  void read_moves(sent& one, answer const& told) {
    take_moves(one, numbers_in(told, 0), numbers_in(told, 1), numbers_in(told, 2));
  }
  void take_moves(sent& one, std::vector<std::int64_t> const& ordinals, std::vector<std::int64_t> const& lives,
                  std::vector<std::int64_t> const& rows) {
    one.of->moves.moved(one.arrays, ordinals, lives, rows);
    for (std::size_t i = 0; i < one.of->moved.size(); ++i) {
      auto const& moved = one.of->moves.result(i);
      if (!moved.moved) continue;
      one_write const& w = *writes_[one.of->moved[i]];
      write_result& to = results_[one.of->moved[i]];
      to.done = true;
      to.item = {std::string(w.from.key), w.from.version + 1, in_->of.lifecycle->rows[w.row].to,
                 locator_of(moved.row, w.from.key), moved.life};
    }
  }
  // The keys of those that took effect, in any order; `tickets` are sorted by key.
  void read_keys(sent const& one, answer const& told) {
    for (std::size_t row = 0; row < told.rows(); ++row) {
      std::string_view const key = told.cell(row, 0);
      auto const at =
          std::lower_bound(one.tickets.begin(), one.tickets.end(), key,
                           [this](std::size_t ticket, std::string_view k) { return key_of(*writes_[ticket]) < k; });
      if (at != one.tickets.end() && key_of(*writes_[*at]) == key) results_[*at].done = true;
    }
  }

  // ---- what was committed, and its answers were lost ----

  // `moved`: what each token has kept.
  task<void> find_answers(std::vector<std::vector<std::int64_t>> moved) {
    for (sent& one : sent_) {
      switch (one.does) {
        case kind::move:
          find_moves(one, moved.at(one.token));
          break;
        case kind::insert: {
          auto finding = find_inserts(one, moved.at(one.token));
          co_await std::move(finding);
          break;
        }
        case kind::note: {
          auto finding = find_notes(one);
          co_await std::move(finding);
          break;
        }
        case kind::release:
        case kind::cut_delays:
          results_[one.tickets[0]].done = true;
      }
    }
  }
  void find_moves(sent& one, std::vector<std::int64_t> const& ordinals) {
    std::vector<std::int64_t> lives, rows;
    for (std::int64_t const ordinal : ordinals) {
      std::size_t const move = one.arrays.tickets.at(static_cast<std::size_t>(ordinal - 1));
      item_view const& from = writes_[one.of->moved.at(move)]->from;
      lives.push_back(from.life);
      rows.push_back(in_->of.row.empty() ? 0 : from.row);
    }
    take_moves(one, ordinals, lives, rows);
  }
  task<void> find_inserts(sent const& one, std::vector<std::int64_t> const& ids) {
    if (ids.empty()) co_return;
    request what;
    what.add(keys_of_rows_sql(in_->of), parameters_of(numbers_parameter(ids)));
    auto asking = table_->ask_all(what);
    reply const given = co_await std::move(asking);
    read_keys(one, given[0]);
  }
  // A record took effect if it is there now, unless this batch wrote its item once more.
  task<void> find_notes(sent const& one) {
    request what;
    for (std::size_t const ticket : one.tickets) {
      item_view const& from = writes_[ticket]->from;
      in_->sql.trouble_of.add_to(what, parameters_of(bytes_of(from.key), value_of(from.version), value_of(from.life)));
    }
    auto asking = table_->ask_all(what);
    reply const given = co_await std::move(asking);
    for (std::size_t i = 0; i < one.tickets.size(); ++i) {
      one_write const& w = *writes_[one.tickets[i]];
      bool const is_last = rounds_[keys_[index_.find(w.from.key, keys_)].round].get() == one.of;
      bool const is_there = given[i].rows() > 0;
      results_[one.tickets[i]].done =
          !is_last || (w.record->empty() ? !is_there : is_there && record_at(given[i], 0, 0) == *w.record);
    }
  }

  // What the rows hold that did not move, in a snapshot of its own.
  task<void> explain_conflicts() {
    std::vector<std::size_t> tickets;
    std::vector<std::string_view> keys;
    for (std::size_t ticket = 0; ticket < writes_.size(); ++ticket) {
      if (writes_[ticket]->does != kind::move || results_[ticket].done) continue;
      if (!may_name(in_->of, writes_[ticket]->from.key)) continue;  // no row can have it
      tickets.push_back(ticket);
      keys.push_back(writes_[ticket]->from.key);
    }
    if (tickets.empty()) co_return;
    request what;
    in_->sql.read_again.add_to(what, parameters_of(keys_parameter(in_->of, keys)));
    auto asking = table_->ask_all(what);
    reply const given = co_await std::move(asking);
    for (std::size_t row = 0; row < given[0].rows(); ++row) {
      std::size_t const ticket = tickets.at(static_cast<std::size_t>(integer_at(given[0], row, 0) - 1));
      if (!given[0].value<bool>(row, 1).value_or(false)) continue;
      auto naming = table_->named(in_, row_at(in_->of, given[0], row, 2, std::string(writes_[ticket]->from.key)));
      results_[ticket].now = co_await std::move(naming);
    }
  }

  std::shared_ptr<table> table_;
  std::shared_ptr<opened_table const> in_;  // null: not open when the first write was added
  std::vector<std::unique_ptr<one_write>> writes_{};
  std::vector<write_result> results_{};
  std::vector<std::unique_ptr<round>> rounds_{};
  std::vector<last_round> keys_{};
  pawl::detail::key_index index_{};
  std::vector<std::int64_t> tokens_{};
  std::vector<sent> sent_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
