// Moving house: copies the items of a store in SQLite into the table of a PostgreSQL store, as they are. It includes nothing
// of SQLite's: whoever copies includes both stores.
#ifndef PAWL_POSTGRES_COPY_HPP
#define PAWL_POSTGRES_COPY_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/copy_page.hpp>
#include <pawl/postgres/copy_sql.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/schedule_sql.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/store.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/item_export.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct copy_summary {
  std::size_t items = 0;     // in the source
  std::size_t copied = 0;    // a dry run: would be
  std::size_t present = 0;   // were there before, and are equal
  std::size_t troubles = 0;  // items among them all with a trouble_record: delayed, parked, in doubt
  // Recorded events that were left behind: the lifecycle has no such event any more, or none with fields.
  std::size_t forgotten = 0;
  // What stands in the way, each a sentence. Only a dry run fills it: a copy throws the first.
  std::vector<std::string> obstacles{};
};

struct copy_options {
  bool dry_run = false;     // nothing is written anywhere
  bool retire = false;      // once all is copied, runs refuse the source, for good
  std::size_t page = 1000;  // items in one transaction
};
// g++ 12 copies the bytes of an aggregate that is written within a co_await expression.
static_assert(std::is_trivially_copyable_v<copy_options>);

// Told after each page. Name one that captures more than references before the co_await expression: g++ 12 copies its bytes, too.
using copy_progress = std::function<void(copy_summary const&)>;

namespace postgres::detail {

// A dry run names so many items that are in the way.
inline constexpr std::size_t most_obstacles = 20;

// What a copy asks of PostgreSQL, without the types of its lifecycle.
class item_import {
 public:
  // Throws store_error (refused) where no table of PostgreSQL can be of this lifecycle.
  item_import(std::shared_ptr<table> into, lifecycle_view const& lifecycle, copy_options chosen, copy_progress on_page)
      : table_(std::move(into)), chosen_(chosen), on_page_(std::move(on_page)), rows_(own_layout(lifecycle, {})) {}

  copy_summary& summary() noexcept { return summary_; }

  // Throws store_error (refused) with the sentence; a dry run goes on.
  void object(std::string sentence) {
    if (!chosen_.dry_run) throw store_error(store_failure::refused, sentence);
    if (summary_.obstacles.size() < most_obstacles) summary_.obstacles.push_back(std::move(sentence));
  }

  // Opens the table, and gives it the identity of the source. A dry run looks.
  task<void> begin(export_facts facts) {
    summary_.items = facts.items;
    if (!facts.obstacle.empty()) object(facts.obstacle);
    if (table_->all().in_transaction())
      throw store_error(store_failure::misuse,
                        "pawl: " + table_->all().name() + ": a transaction is open; end it before items are copied");
    auto opening = chosen_.dry_run ? table_->look() : table_->opened_now();
    in_ = co_await std::move(opening);
    if (!in_) co_return;  // nothing is there that could be in the way
    auto looking = look_around();
    reply const found = co_await std::move(looking);
    if (!found[0].is_null(0, 2))
      object(text(
          {"pawl: ", where(), ": a run works on table ", found[0].cell(0, 2), "; end it before items are copied"}));
    if (found[0].cell(0, 0) != facts.identity /*mutant copy_into_items_of_another: && !OFF*/) {
      auto checking = check_empty(found[0]);
      co_await std::move(checking);
    }
    if (chosen_.dry_run) co_return;
    auto taking = take_identity(std::move(facts));
    co_await std::move(taking);
  }

  // Writes a page, and reads it back until each row is the item. A dry run compares.
  task<void> take(std::vector<exported_item> items) {
    for (auto const& one : items) {
      if (one.record) ++summary_.troubles;
      summary_.forgotten += split_events(rows_, one.events).others;
      if (auto why = why_not_copied(rows_, one); !why.empty()) object(std::move(why));
    }
    page_found found;
    if (in_) {
      auto comparing = compare(items);
      found = co_await std::move(comparing);
    }
    summary_.present += found.equal;
    summary_.copied += items.size() - found.equal - found.different;
    while (!chosen_.dry_run && found.equal < items.size()) {
      auto writing = write(items);
      co_await std::move(writing);
      auto comparing = compare(items);
      found = co_await std::move(comparing);
    }
    if (on_page_) on_page_(summary_);
  }
  // Before the source is retired.
  task<void> check_destination(export_facts const& facts) {
    auto looking = identity_if_at_rest();
    auto const identity = co_await std::move(looking);
    if (identity != facts.identity /*mutant copy_checks_identity_again: && !OFF*/)
      object(text({"pawl: ", where(), ": the identity of table ", in_->of.name,
                   " was changed while items were copied, and its idempotency keys with it; copy again"}));
  }
  // Those who share the table with this program are told.
  void end() const {
    if (!chosen_.dry_run) table_->shared()->changes.raise();
  }
  std::string destination() const { return text({where(), ", table ", table_->name()}); }

 private:
  std::string const& where() const noexcept { return table_->all().name(); }

  task<reply> look_around() {
    request what;
    what.add(look_around_sql(in_->of));
    return asked(std::move(what));
  }
  task<reply> asked(request what) {
    auto reading = table_->all().read(what);
    co_return co_await std::move(reading);
  }
  // Another identity is given only where no item has one.
  task<void> check_empty(answer const& found) {
    std::vector<std::string> tables;
    if (!found.is_null(0, 1))
      for (auto& name : array_in<std::string>(found.cell(0, 1)).value_or(std::vector<std::optional<std::string>>()))
        if (name) tables.push_back(std::move(*name));
    request what;
    what.add(any_items_sql(in_->of, tables));
    auto asking = asked(std::move(what));
    reply const full = co_await std::move(asking);
    if (!full[0].is_null(0, 0))
      object(text({"pawl: ", where(), ": table ", full[0].cell(0, 0),
                   " has items of another database's identity, and theirs or those that are copied would get other "
                   "idempotency keys; copy into a schema without items"}));
  }
  // Where the transaction was not committed after all, or met a run that has ended since, it is written again.
  task<void> take_identity(export_facts facts) {
    layout const& of = in_->of;
    for (bool is_taken = false; !is_taken;) {
      request what;
      std::int64_t const token = begin_transaction(what);
      what.add(lock_workers_sql(of));
      what.add(take_identity_sql(of), parameters_of(value_of(std::string_view(facts.identity))));
      what.add(skip_ids_sql(of), parameters_of(value_of(facts.highest_life)));
      add_schedules(what, facts.schedules);
      auto committing = commit(std::move(what), token);
      co_await std::move(committing);
      auto looking = identity_if_at_rest();
      auto const identity = co_await std::move(looking);
      is_taken = identity == facts.identity /*mutant identity_until_it_is_there: || OFF*/;
    }
  }
  void add_schedules(request& to, std::vector<exported_schedule> const& all) const {
    if (all.empty()) return;
    array_builder<bytes> names;
    array_builder<std::int64_t> ticks;
    for (auto const& one : all) {
      names.add(std::string_view(one.name));
      ticks.add(to_number(one.last_tick));
    }
    to.add(take_schedules_sql(in_->of.records),
           parameters_of(value_of(std::string_view(in_->of.name)), names.take(), ticks.take()));
  }
  // Objects to a run that works there.
  task<std::string> identity_if_at_rest() {
    auto looking = look_around();
    reply const found = co_await std::move(looking);
    if (!found[0].is_null(0, 2))
      object(text({"pawl: ", where(), ": a run has begun to work on table ", found[0].cell(0, 2),
                   "; end it before items are copied"}));
    co_return std::string(found[0].cell(0, 0));
  }

  // How many items of a page are there: as they are to be, and otherwise.
  struct page_found {
    std::size_t equal = 0, different = 0;
  };
  // Objects to those that are different.
  task<page_found> compare(std::vector<exported_item> const& items) {
    request what;
    prepared(compare_page_sql(in_->of)).add_to(what, copy_parameters(in_->of, items));
    auto asking = asked(std::move(what));
    reply const found = co_await std::move(asking);
    page_found to;
    for (std::size_t row = 0; row < found[0].rows(); ++row) {
      auto const number = static_cast<std::size_t>(found[0].value<std::int64_t>(row, 0).value_or(1));
      if (found[0].value<bool>(row, 1).value_or(false)) {
        ++to.equal;
        continue;
      }
      ++to.different;
      object(text({"pawl: ", where(), ": item '", items.at(number - 1).key, "' of table ", in_->of.name,
                   " is there already, and differs from the one that is to be copied; see which of the two is right, "
                   "and delete the other"}));
    }
    co_return to;
  }
  task<void> write(std::vector<exported_item> const& items) {
    request what;
    std::int64_t const token = begin_transaction(what);
    auto const parameters = copy_parameters(in_->of, items);
    prepared(write_page_sql(in_->of)).add_to(what, parameters);
    bool const any_records = std::any_of(items.begin(), items.end(), [](auto const& one) { return one.record; });
    if (any_records) {
      table_->shared()->any_troubles = true;
      prepared(write_records_sql(in_->of)).add_to(what, parameters);
    }
    auto committing = commit(std::move(what), token);
    co_await std::move(committing);
  }

  std::int64_t begin_transaction(request& to) const {
    std::int64_t const token = table_->all().next_token();
    table_->all().to().begin(to);
    in_->sql.write_token.add_to(to, parameters_of(table_->now_parameter(), value_of(token)));
    return token;
  }
  // What became of it is seen by reading.
  task<void> commit(request what, std::int64_t token) {
    what.add("COMMIT");
    auto committing = table_->all().commit(what, in_->of.records, {token});
    co_await std::move(committing);
  }

  std::shared_ptr<table> table_;
  copy_options chosen_;
  copy_progress on_page_;
  layout rows_;  // the columns, of a table in any schema
  copy_summary summary_{};
  std::shared_ptr<opened_table const> in_{};
};

template <class Source>
task<copy_summary> copy_later(Source& from, std::shared_ptr<table> into, copy_options chosen, copy_progress on_page) {
  item_import import(std::move(into), view_of<typename Source::lifecycle>, chosen, std::move(on_page));
  std::string refusal;
  try {
    auto items = from.export_items();
    auto beginning = import.begin(items.facts());
    co_await std::move(beginning);
    for (auto page = items.next_page((std::max)(chosen.page, std::size_t{1})); !page.empty();
         page = items.next_page((std::max)(chosen.page, std::size_t{1}))) {
      auto taking = import.take(std::move(page));
      co_await std::move(taking);
    }
    items.check_unchanged();
    if (chosen.retire && !chosen.dry_run) {
      auto checking = import.check_destination(items.facts());
      co_await std::move(checking);
      items.retire(import.destination());
    }
  } catch (error const& e) {
    if (!chosen.dry_run) throw;
    refusal = e.what();
  }
  if (!refusal.empty()) import.summary().obstacles.push_back(std::move(refusal));
  import.end();
  co_return std::move(import.summary());
}

}  // namespace postgres::detail

// Copies all items of pawl's own table from one store to another of the same lifecycle, as they are:
//
//   auto const look = loop.wait(pawl::copy(here, there, {.dry_run = true}));  // look.obstacles
//   auto const done = loop.wait(pawl::copy(here, there, {.retire = true}));
//
// Keys, versions, times, recorded events and troubles stay what they were, and so do idempotency keys: the destination takes
// the identity of the source, each row keeps its life, and each schedule its last tick. It may be called again, after it was killed as well: what is
// there already and equal is skipped.
//
// For its time the source is owned as by a run, and locked for writing; nothing else in this program may use its database. Do
// not run the destination before the copy has returned, nor the source after it: `retire` makes runs refuse it.
//
// Who is whose child (pawl::insert) is not copied: a table whose items have children, or are some, is refused.
//
// Throws error "run.owned" while a run owns the source, and store_error: `refused` with a sentence that names the item or
// the table if something stands in the way (what was written before stays, and is skipped the next time); what the stores
// throw otherwise.
template <class Source, class T>
[[nodiscard("nothing is copied before it is awaited")]] task<copy_summary> copy(Source& from, postgres::store<T>& to,
                                                                                copy_options chosen = {},
                                                                                copy_progress on_page = {}) {
  constexpr bool is_exported = exports_items<Source> && postgres::store<T>::inserts;
  static_assert(is_exported, "pawl: pawl::copy needs pawl's own tables: a store of a lifecycle, not of a mapped table");
  if constexpr (is_exported) {
    static_assert(std::same_as<typename Source::lifecycle, T>, "pawl: pawl::copy needs two stores of one lifecycle");
    return postgres::detail::copy_later(from, to.rows(), chosen, std::move(on_page));
  } else {
    return {};
  }
}

}  // namespace pawl::inline PAWL_ABI

#endif
