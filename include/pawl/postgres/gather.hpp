// Looks for parents whose children have ended unseen, and tells them: for runs that begin, and after other processes' hints.
#ifndef PAWL_POSTGRES_GATHER_HPP
#define PAWL_POSTGRES_GATHER_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/children_sql.hpp>
#include <pawl/postgres/column_parameters.hpp>
#include <pawl/postgres/gathering.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/resolve.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// One transaction in which items of a table are looked at that are not moved otherwise; in the program's if one is open. Rows
// that others hold are left to these. Kept by its coroutine.
class gathering_of_items {
 public:
  // `left`: others have found them complete, and left them so.
  gathering_of_items(std::shared_ptr<table> of, std::shared_ptr<opened_table const> in, std::set<std::string> keys,
                     bool left)
      : table_(std::move(of)), in_(std::move(in)), keys_(std::move(keys)), left_(left) {}

  // How many were told.
  task<std::size_t> run() { return table_->all().in_transaction() ? run_within() : commit(); }

 private:
  task<std::size_t> commit() {
    auto& all = table_->all();
    auto const until = std::chrono::steady_clock::now() + all.to().chosen.outage_bound;
    for (;;) {
      gathering todo(table_, in_->of.records);
      telling more(todo, all.to(), [this, &todo](reply const& given) { return read(todo, given); });
      std::int64_t const token = all.next_token();
      request what;
      all.to().begin(what);
      in_->sql.write_token.add_to(what, parameters_of(table_->now_parameter(), value_of(token)));
      add(what, todo);
      auto committing = all.commit(what, in_->of.records, {token}, &more);
      written_transaction const became = co_await std::move(committing);
      if (!became.given && became.settled.fate != batch_fate::committed) {
        if (std::chrono::steady_clock::now() >= until) all.give_up_writing();
        continue;
      }
      auto& old = table_->shared()->old_tokens;
      old.push_back(token);
      old.insert(old.end(), todo.tokens().begin(), todo.tokens().end());
      for (auto const& one : todo.others()) {
        one.into->changes.raise();
        auto telling = all.tell_others(one.into);
        if (one.tells) co_await std::move(telling);
      }
      co_return todo.told();
    }
  }
  task<std::size_t> run_within() {
    auto& all = table_->all();
    gathering todo(table_, in_->of.records);
    request what;
    add(what, todo);
    auto asking = all.ask_within(what);
    reply const given = co_await std::move(asking);
    auto last = read(todo, given);
    auto finishing = todo.finish([&all](request const& one) { return all.ask_within(one, true); }, std::move(last));
    auto const ended = co_await std::move(finishing);
    if (ended && ended->first_failure() != nullptr) all.fail_within(*ended);
    all.note_write(table_->shared(), in_->of.records, false, todo.tokens());
    for (auto const& one : todo.others()) all.note_write(one.into, one.records, one.tells, {});
    co_return todo.told();
  }

  void add(request& to, gathering& todo) {
    rows_at_ = to.statements.size();
    in_->sql.family.hold_rows.add_to(to, parameters_of(keys_in(in_->of, keys_)));
    moved_items items;
    items.of = table_;
    items.in = in_;
    items.waiting = keys_;
    todo.ask(to, std::move(items));
  }
  // What is written then.
  request read(gathering& todo, reply const& given) const {
    request last;
    std::vector<std::string_view> const keys(keys_.begin(), keys_.end());
    std::set<std::string, std::less<>> held;
    std::set<std::string_view> gone(keys_.begin(), keys_.end());
    answer const& rows = given[rows_at_];
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      std::string_view const key = keys.at(static_cast<std::size_t>(integer_at(rows, row, 0) - 1));
      gone.erase(key);
      if (rows.value<bool>(row, 1).value_or(false)) held.emplace(key);
    }
    todo.read(given, [&held](std::string const& key) { return held.contains(key); });
    if (!left_) return last;
    if (!gone.empty())
      in_->sql.family.forget_gone_of_keys.add_to(last, parameters_of(bytes_parameter({gone.begin(), gone.end()})));
    if (!held.empty())
      in_->sql.family.take_complete.add_to(last, parameters_of(bytes_parameter({held.begin(), held.end()})));
    return last;
  }

  std::shared_ptr<table> table_;
  std::shared_ptr<opened_table const> in_;
  std::set<std::string> keys_;
  bool left_;
  std::size_t rows_at_ = 0;
};

inline task<std::size_t> gather_items(std::shared_ptr<table> of, std::shared_ptr<opened_table const> in,
                                      std::set<std::string> keys, bool left) {
  gathering_of_items one(std::move(of), std::move(in), std::move(keys), left);
  auto running = one.run();
  co_return co_await std::move(running);
}
inline constexpr std::size_t most_gathered = 500;  // in one transaction

// Parents that other processes have left. Those whose rows others hold stay for the next time.
inline task<std::size_t> gather_left(std::shared_ptr<table> of) {
  if (of->rules().empty()) co_return std::size_t{0};
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  std::size_t told = 0;
  std::set<std::string> seen;
  for (bool goes_on = true; goes_on;) {
    request what;
    in->sql.family.left_complete.add_to(what, parameters_of(value_of(static_cast<std::int64_t>(most_gathered))));
    auto asking = of->ask_all(what);
    reply const given = co_await std::move(asking);
    std::set<std::string> keys;
    for (std::size_t row = 0; row < given[0].rows(); ++row) keys.emplace(given[0].cell(row, 0));
    goes_on = keys.size() == most_gathered && keys != seen;
    if (keys.empty()) break;
    seen = keys;
    auto gathering_now = gather_items(of, in, std::move(keys), true);
    told += co_await std::move(gathering_now);
  }
  co_return told;
}

// One transaction that tells nobody; what is not committed is found the next time.
inline task<void> write_quietly(std::shared_ptr<table> of, std::shared_ptr<opened_table const> in, statement one) {
  auto& all = of->all();
  std::int64_t const token = all.next_token();
  bool const within = all.in_transaction();
  request what;
  if (!within) all.to().begin(what);
  in->sql.write_token.add_to(what, parameters_of(of->now_parameter(), value_of(token)));
  what.statements.push_back(std::move(one));
  if (within) {
    auto asking = all.ask_within(what);
    co_await std::move(asking);
    all.note_write(of->shared(), in->of.records, false, {token});
    co_return;
  }
  what.add("COMMIT");
  auto committing = all.commit(what, in->of.records, {token});
  co_await std::move(committing);
  of->shared()->old_tokens.push_back(token);
}
// All items that wait for children: those that others than stores have moved or deleted are looked at, too.
inline task<std::size_t> gather_waiting(std::shared_ptr<table> of) {
  if (of->rules().empty()) co_return std::size_t{0};
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  auto gathering_left = gather_left(of);
  std::size_t told = co_await std::move(gathering_left);
  for (gather_rule const& rule : of->rules()) {
    auto finding = of->find(*rule.children);
    auto const children = co_await std::move(finding);
    bool const is_known = children && children->of.records == in->of.records;
    page_mark after;
    for (bool is_last = false; !is_last;) {
      auto asking = of->page(rule.state, after, most_gathered);
      auto page = co_await std::move(asking);
      std::set<std::string> keys;
      for (auto const& one : page.items) keys.insert(one.item.key);
      after = page.next;
      is_last = page.is_last;
      if (keys.empty()) continue;
      if (is_known) {
        statement compare{{}, compare_children_sql(in->of, children->of), parameters_of(keys_in(in->of, keys))};
        auto comparing = write_quietly(of, in, std::move(compare));
        co_await std::move(comparing);
      }
      auto gathering_now = gather_items(of, in, std::move(keys), false);
      told += co_await std::move(gathering_now);
    }
  }
  co_return told;
}
// The same, and what is known of parents whose rows are gone is removed.
inline task<std::size_t> gather_all(std::shared_ptr<table> of) {
  if (of->rules().empty()) co_return std::size_t{0};
  auto opening = of->opened_now();
  auto const in = co_await std::move(opening);
  statement forget{{}, forget_gone_parents_sql(in->of), {}};
  auto forgetting = write_quietly(of, in, std::move(forget));
  co_await std::move(forgetting);
  auto gathering_now = gather_waiting(of);
  co_return co_await std::move(gathering_now);
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
