// What a transaction owes to the parents of the items that it has moved: they are told when all their children have ended.
#ifndef PAWL_POSTGRES_GATHERING_HPP
#define PAWL_POSTGRES_GATHERING_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/gathered.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/any_text.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/children_sql.hpp>
#include <pawl/postgres/gather_rule.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/move_statement.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/verdict.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// What a transaction has moved, or may have, in one table, by key.
struct moved_items {
  std::shared_ptr<table> of{};
  std::shared_ptr<opened_table const> in{};
  std::map<std::string, std::int64_t>
      ended{};  // those that came to an end, or left it: the version that they have then, or a later one
  std::set<std::string> waiting{};  // those that came to a state of a rule

  bool empty() const noexcept { return ended.empty() && waiting.empty(); }
  // `may_have_parents`: whether it matters who has ended.
  void add(std::string_view key, std::int64_t from_version, std::size_t from, std::size_t to, bool may_have_parents) {
    auto const& roles = in->of.lifecycle->roles;
    if (may_have_parents && ending_of(roles[from]) != ending_of(roles[to]))
      ended.emplace(std::string(key), from_version + 1);  // the first of several is kept
    if (of->rule_of(to) != nullptr) waiting.emplace(key);
  }
  void add(move_arrays const& arrays, bool may_have_parents) {
    for (std::size_t i = 0; i < arrays.keys.size(); ++i)
      add(arrays.keys[i], arrays.versions[i], arrays.from[i], arrays.to[i], may_have_parents);
  }
};
inline bool changes_an_end(lifecycle_view const& lifecycle, move_arrays const& arrays) {
  for (std::size_t i = 0; i < arrays.keys.size(); ++i)
    if (ending_of(lifecycle.roles[arrays.from[i]]) != ending_of(lifecycle.roles[arrays.to[i]])) return true;
  return false;
}

inline parameter keys_in(layout const& of, std::set<std::string> const& keys) {
  return keys_parameter(of, std::vector<std::string_view>(keys.begin(), keys.end()));
}
// $n states, $n+1 names of the tables whose items are waited for there.
inline void add_rules(std::vector<parameter>& to, moved_items const& items) {
  std::vector<std::size_t> states;
  array_builder<std::string> children;
  for (gather_rule const& one : items.of->rules()) {
    states.push_back(one.state);
    children.add(one.children->name);
  }
  to.push_back(states_parameter(items.in->of, states));
  to.push_back(children.take());
}
// Notes who has ended, and holds what is to be looked at.
inline void add_holds(request& to, moved_items const& items) {
  auto const& sql = items.in->sql.family;
  if (!items.ended.empty()) {
    std::vector<std::string_view> keys;
    std::vector<std::int64_t> versions;
    for (auto const& [key, version] : items.ended) {
      keys.push_back(key);
      versions.push_back(version);
    }
    sql.note_ended.add_to(to, parameters_of(keys_parameter(items.in->of, keys), numbers_parameter(versions)));
    sql.hold_parents.add_to(to, {});
  }
  if (!items.waiting.empty()) sql.hold_waiting.add_to(to, parameters_of(keys_in(items.in->of, items.waiting)));
}
// The transaction fails if anybody is to be told: its last request, for all that there is to do in most of them.
inline void add_refusals(request& to, moved_items const& items, std::int64_t token) {
  add_holds(to, items);
  auto const& sql = items.in->sql.family;
  if (!items.ended.empty()) sql.refuse_complete_parents.add_to(to, parameters_of(value_of(token)));
  if (items.waiting.empty()) return;
  auto parameters = parameters_of(value_of(token), keys_in(items.in->of, items.waiting));
  add_rules(parameters, items);
  sql.refuse_waiting_for_nobody.add_to(to, std::move(parameters));
}

// One transaction's. Kept by its coroutine.
class gathering {
 public:
  // The answers to a request, also where a statement of it has failed.
  using asking = std::function<task<reply>(request const&)>;
  // What the transaction has written into another table: to be told once it is committed.
  struct written {
    std::shared_ptr<shared_table> into;
    std::string records;
    bool tells = false;
  };

  gathering(std::shared_ptr<table> of, std::string records) : table_(std::move(of)), records_(std::move(records)) {}

  // Who is to be told. The answers are in the reply to this request.
  void ask(request& to, moved_items items) {
    add_holds(to, items);
    auto& asked = places_.emplace_back();
    if (!items.ended.empty()) {
      asked.complete = to.statements.size();
      items.in->sql.family.complete_parents.add_to(to, {});
      for (auto const& parents : gatherers_of(items)) {
        asked.rows.push_back({parents, to.statements.size()});
        parents->opened()->sql.family.rows_of_parents.add_to(to, parameters_of(value_of(items.of->name())));
      }
    }
    if (!items.waiting.empty()) {
      asked.waiting = to.statements.size();
      auto parameters = parameters_of(keys_in(items.in->of, items.waiting));
      add_rules(parameters, items);
      items.in->sql.family.waiting_for_nobody.add_to(to, std::move(parameters));
    }
    asked.items = std::move(items);
  }
  // `is_ours`: whether the transaction has this item of those that wait.
  void read(reply const& given, std::function<bool(std::string const&)> const& is_ours) {
    for (place const& one : std::exchange(places_, {})) {
      if (one.complete != nowhere) read_complete(one, given);
      if (one.waiting != nowhere) read_waiting(one, given[one.waiting], is_ours);
    }
  }
  bool has_more() const noexcept { return !due_.empty() || !left_.empty() || !gone_.empty(); }
  std::size_t told() const noexcept { return told_; }
  std::vector<std::int64_t> const& tokens() const noexcept { return tokens_; }
  std::vector<written> const& others() const noexcept { return written_; }

  // Tells them, and whoever is complete then. `last`: what ends the transaction, sent with the last request. Returns the
  // answers to that, if anything was sent, or to one of which a statement says why the transaction has failed.
  task<std::optional<reply>> finish(asking ask, request last) {
    while (!due_.empty()) {
      auto group = take_group();
      auto firing = fire(ask, std::move(group), &last);
      auto ended = co_await std::move(firing);
      if (ended) co_return ended;
    }
    request what;
    add_notes(what);
    add(what, last);
    if (what.statements.empty()) co_return std::nullopt;
    auto asking_now = ask(what);
    reply given = co_await std::move(asking_now);
    co_return std::optional<reply>(std::move(given));
  }

 private:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);
  struct rows_of {
    std::shared_ptr<table> of;
    std::size_t statement = 0;
  };
  struct place {
    moved_items items{};
    std::size_t complete = nowhere, waiting = nowhere;
    std::vector<rows_of> rows{};
  };
  // A parent whose row the transaction holds.
  struct due {
    std::shared_ptr<table> of{};
    std::shared_ptr<opened_table const> in{};
    gather_rule const* rule = nullptr;
    stored_item it{};
    gathered children{};
  };
  struct parked {
    due parent;
    std::string why;
  };

  // Open tables whose items wait for those of this one, each once.
  std::vector<std::shared_ptr<table>> gatherers_of(moved_items const& items) const {
    std::vector<std::shared_ptr<table>> all;
    for (auto const& weak : table_->all().gatherers()) {
      auto const one = weak.lock();
      if (!one || !one->opened() || one->opened()->of.records != items.in->of.records) continue;
      auto const is_rule = [&](gather_rule const& rule) { return rule.children->name == items.of->name(); };
      auto const is_same = [&](auto const& other) { return other->name() == one->name(); };
      auto const rules = one->rules();
      if (std::any_of(rules.begin(), rules.end(), is_rule) && std::none_of(all.begin(), all.end(), is_same))
        all.push_back(one);
    }
    return all;
  }
  void read_complete(place const& of, reply const& given) {
    std::set<std::int64_t> left;
    answer const& complete = given[of.complete];
    for (std::size_t row = 0; row < complete.rows(); ++row) left.insert(integer_at(complete, row, 0));
    for (rows_of const& one : of.rows) {
      answer const& rows = given[one.statement];
      for (std::size_t row = 0; row < rows.rows(); ++row) {
        std::int64_t const id = integer_at(rows, row, 0);
        bool const is_there = rows.value<bool>(row, 2).value_or(false), is_held = !rows.is_null(row, 5);
        if (is_there && !is_held /*mutant held_parent_is_left: && !OFF*/) continue;  // whoever holds it may not look
        left.erase(id);
        if (!is_there)
          gone_.push_back(id);
        else
          add_due(one.of, rows, row, 3, std::string(rows.cell(row, 1)), of.items.of->name());
      }
    }
    left_.insert(left_.end(), left.begin(), left.end());
    for (std::size_t row = 0; row < complete.rows(); ++row)
      if (left.contains(integer_at(complete, row, 0)))
        written_.push_back({table_->all().share(std::string(complete.cell(row, 1))), records_, true});
  }
  void read_waiting(place const& of, answer const& rows, std::function<bool(std::string const&)> const& is_ours) {
    std::vector<std::string> const keys(of.items.waiting.begin(), of.items.waiting.end());
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      std::string const& key = keys.at(static_cast<std::size_t>(integer_at(rows, row, 0) - 1));
      if (is_ours(key)) add_due(of.items.of, rows, row, 1, key, {});
    }
  }
  // From `first` on: how many children have arrived and failed, row_columns(). `children`: only of a rule that waits for these.
  void add_due(std::shared_ptr<table> const& of, answer const& rows, std::size_t row, std::size_t first,
               std::string key, std::string_view children) {
    auto const in = of->opened();
    stored_item it = item_at(in->of, rows, row, first + 2, std::move(key));
    gather_rule const* const rule = of->rule_of(it.state);
    if (rule == nullptr || (!children.empty() && rule->children->name != children)) return;
    auto const is_same = [&](due const& one) { return one.of->name() == of->name() && one.it.key == it.key; };
    if (std::any_of(due_.begin(), due_.end(), is_same)) return;
    due_.push_back({of, in, rule, std::move(it), {integer_at(rows, row, first), integer_at(rows, row, first + 1)}});
  }

  // All of one table, by key.
  std::vector<due> take_group() {
    std::vector<due> group, others;
    auto const first = due_.front().of;
    for (due& one : due_) (one.of == first ? group : others).push_back(std::move(one));
    due_ = std::move(others);
    std::sort(group.begin(), group.end(), [](due const& a, due const& b) { return a.it.key < b.it.key; });
    return group;
  }
  // With `last`, if nothing else follows. The answers that end the transaction, if they do.
  task<std::optional<reply>> fire(asking ask, std::vector<due> group, request const* last) {
    auto const of = group.front().of;
    auto const in = group.front().in;
    move_batch moves(in->of);
    group = add_events(moves, std::move(group));
    if (group.empty()) co_return std::nullopt;
    moved_items next;
    next.of = of;
    next.in = in;
    for (due const& one : group)
      next.add(one.it.key, one.it.version, one.it.state, in->of.lifecycle->rows[one.rule->row].to, true);
    std::int64_t const token = table_->all().next_token();
    request what;
    /*mutant parents_are_told_with_the_child: if (OFF) what.add("COMMIT").add("BEGIN");*/
    what.add("SAVEPOINT pawl_gather");
    add_moves_to(what, *of, *in, in->sql.move, moves.arrays(0), token);
    what.add("RELEASE SAVEPOINT pawl_gather");
    std::size_t const fired = what.statements.size();
    bool const is_last = last != nullptr && next.empty() && due_.empty();
    if (!next.empty()) this->ask(what, next);
    if (is_last) {
      add_notes(what);
      add(what, *last);
    }
    auto asking_now = ask(what);
    reply given = co_await std::move(asking_now);
    auto const first_failure = std::find_if(given.begin(), given.end(), [](answer const& a) { return !a.succeeded(); });
    if (given.first_failure() == nullptr) {
      tokens_.push_back(token);
      told_ += group.size();
      note_written(of, *in, group);
      read(given, [](std::string const&) { return true; });
      if (is_last) co_return std::optional<reply>(std::move(given));
      co_return std::nullopt;
    }
    places_.clear();
    verdict const why = verdict_of_error(first_failure->sqlstate(), false);
    bool const is_refused = static_cast<std::size_t>(first_failure - given.begin()) < fired &&
                            (why == verdict::rejected || why == verdict::refused);
    if (!is_refused) co_return std::optional<reply>(std::move(given));
    auto undoing = undo(ask);
    auto not_undone = co_await std::move(undoing);
    if (not_undone) co_return not_undone;
    if (group.size() == 1) {
      parked_.push_back({std::move(group.front()), "written: " + words_of(*first_failure)});
      co_return std::nullopt;
    }
    for (due& one : group) {
      std::vector<due> alone;
      alone.push_back(std::move(one));
      auto firing = fire(ask, std::move(alone), nullptr);
      auto ended = co_await std::move(firing);
      if (ended) co_return ended;
    }
    co_return std::nullopt;
  }
  // Those whose event could be made.
  std::vector<due> add_events(move_batch& to, std::vector<due> group) {
    std::vector<due> made;
    made.reserve(group.size());  // the batch refers to their keys
    for (due& each : group) {
      due& one = made.emplace_back(std::move(each));
      std::string why;
      try {
        to.add(item_view::of(one.it), one.rule->row, one.rule->values(one.children));
        continue;
      } catch (std::exception const& e) {
        why = e.what();
      } catch (...) {
        why = "what was thrown is no std::exception";
      }
      parked_.push_back({std::move(one), "made: " + why});
      made.pop_back();
    }
    return made;
  }
  static task<std::optional<reply>> undo(asking ask) {
    request what;
    what.add("ROLLBACK TO SAVEPOINT pawl_gather").add("RELEASE SAVEPOINT pawl_gather");
    auto asking_now = ask(what);
    reply given = co_await std::move(asking_now);
    if (given.first_failure() == nullptr) co_return std::nullopt;
    co_return std::optional<reply>(std::move(given));
  }

  static std::string words_of(answer const& failed) {
    std::string words(failed.message());
    if (!failed.detail().empty()) words += ": " + std::string(failed.detail());
    return words;
  }
  void note_written(std::shared_ptr<table> const& of, opened_table const& in, std::vector<due> const& fired) {
    auto const& lifecycle = *in.of.lifecycle;
    auto const has_step = [&](due const& one) {
      return lifecycle.roles[lifecycle.rows[one.rule->row].to] == role::step;
    };
    written_.push_back({of->shared(), in.of.records, std::any_of(fired.begin(), fired.end(), has_step)});
  }

  static void add(request& to, request const& what) {
    to.statements.insert(to.statements.end(), what.statements.begin(), what.statements.end());
  }
  // They stay noted: where what they are sent with is undone, they are sent again.
  void add_notes(request& to) {
    if (!left_.empty()) to.add(leave_complete_sql(records_), parameters_of(numbers_parameter(left_)));
    if (!gone_.empty()) to.add(forget_children_sql(records_), parameters_of(numbers_parameter(gone_)));
    for (parked const& one : parked_) add_parked(to, one);
  }
  // The children have ended whatever becomes of their parent, and are not kept from it.
  static void add_parked(request& to, parked const& one) {
    layout const& of = one.parent.in->of;
    stored_item const& it = one.parent.it;
    one.parent.of->shared()->any_troubles = true;
    trouble_record record;
    record.parked = true;
    record.last_error = "its children have ended, but the event could not be " + one.why;
    auto parameters = parameters_of(keys_parameter(of, {it.key}), numbers_parameter(std::vector{it.version}),
                                    numbers_parameter(std::vector{it.life}), states_parameter(of, {it.state}));
    add_records(parameters, {&record});
    one.parent.in->sql.note.add_to(to, std::move(parameters));
  }

  std::shared_ptr<table> table_;  // in whose name it is done
  std::string records_;
  std::vector<place> places_{};
  std::vector<due> due_{};
  std::vector<std::int64_t> left_{}, gone_{};  // ids of parents
  std::vector<parked> parked_{};
  std::vector<written> written_{};
  std::vector<std::int64_t> tokens_{};
  std::size_t told_ = 0;
};

// What follows after the first request of a transaction in which parents may have to be told. All three outlive it.
class telling final : public rest_of_transaction {
 public:
  // `read`: takes the answers to the first request, and returns what is written besides at the end.
  using reading = std::function<request(reply const& first)>;
  telling(gathering& todo, address const& to, reading read) : todo_(todo), to_(to), read_(std::move(read)) {}

  task<reply> go_on(conversation& with, reply given) override {
    first_.emplace(std::move(given));
    request last = read_(*first_);
    had_more_ = todo_.has_more();
    last.add("COMMIT");
    auto finishing = todo_.finish([this, &with](request const& what) { return with.ask(what, to_.end_of_answer()); },
                                  std::move(last));
    auto ended = co_await std::move(finishing);
    co_return std::move(*ended);
  }
  reply const& first() const { return *first_; }
  bool had_more() const noexcept { return had_more_; }

 private:
  gathering& todo_;
  address const& to_;
  reading read_;
  std::optional<reply> first_{};
  bool had_more_ = false;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
