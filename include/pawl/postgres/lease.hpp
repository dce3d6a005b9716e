// Leases: a worker claims a page of items, so that no other begins the same work, and gives back what it does not need.
//
// A claim never touches the version, which is part of the idempotency keys: a call that is repeated after its worker's death
// keeps its key. What fences a write is the version alone; a lease that is lost costs at most a call that is made twice.
#ifndef PAWL_POSTGRES_LEASE_HPP
#define PAWL_POSTGRES_LEASE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/task.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/reply_check.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/worker.hpp>
#include <pawl/postgres/worker_sql.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Cells of a row of page_sql: key, priority, row, state, version, life, eight of the record, and what each event recorded.
inline std::size_t page_cells(layout const& of) {
  std::size_t cells = 14;
  for (assignment const& one : of.assignments)
    cells += one.kind != field_kind::cleared && one.kind != field_kind::time ? 1U : 0U;
  return cells;
}

// Claims what `page`, page_sql or due_sql of nobody's rows, finds; its parameters are $1 to $n, and $n+1 is the worker. Rows
// as the page's, each with two more cells: the worker, and how many rows the page has found. One row with a key that is NULL:
// nothing is claimed. No row: the worker was taken for dead. Rows that another transaction holds are skipped; of those that the
// page has found, others may have claimed some since it was read. $n+2: whether the transaction gives nothing back; $n+3 the
// rows that the worker has passed on. Puts the keys of what it has claimed into the setting pawl.claimed, for records_sql().
inline std::string claim_sql(layout const& of, std::string_view page, std::size_t parameters_of_page) {
  bool const is_own = of.kept == states_kept_as::codes;
  auto const parameter = [parameters_of_page](std::size_t n) {
    return text({"$", number(static_cast<std::int64_t>(parameters_of_page + n))});
  };
  std::string const counted = text({",quiet=w.quiet+", parameter(2), "::bool::int"});
  std::string columns;
  for (std::size_t i = 0; i < page_cells(of); ++i)
    columns += text({i > 0 ? ",a" : "a", number(static_cast<std::int64_t>(i))});
  std::string sql = text({"WITH ", me_sql(of, parameter(1)), ",c(", columns, ") AS MATERIALIZED (", page,
                          " FOR NO KEY UPDATE OF f SKIP LOCKED),"});
  auto const claimed = [](std::string_view keys, std::string_view condition) {
    return text({"SELECT c.*,me.worker,(SELECT count(*) FROM c),(SELECT set_config('pawl.claimed',ARRAY(", keys,
                 ")::text,true) IS NULL) FROM me LEFT JOIN c ON ", condition});
  };
  if (is_own)
    return sql += text({"o AS (UPDATE ", of.table, " AS f SET owner=me.worker FROM me WHERE f.", of.row,
                        "=ANY(ARRAY(SELECT a2 FROM c))),w AS (UPDATE ", of.records,
                        "pawl_worker AS w SET beat_at=clock_timestamp(),leased=w.leased||ARRAY(SELECT a2 FROM c)",
                        counted, " FROM me WHERE w.worker=me.worker) ", claimed("SELECT a0 FROM c", "true")});
  std::string const key = of.keys == key_kind::binary ? std::string("c.a0") : layout::in_bytes("c.a0");
  return sql += text({"o AS (INSERT INTO ", of.records, "pawl_lease(table_name,key,owner) SELECT ", in_quotes(of.name),
                      ",", key, ",me.worker FROM me,c ON CONFLICT DO NOTHING RETURNING key),w AS (UPDATE ", of.records,
                      "pawl_worker AS w SET beat_at=clock_timestamp()", counted, " FROM me WHERE w.worker=me.worker) ",
                      claimed("SELECT o.key FROM o", text({"(", key, " IN(SELECT o.key FROM o)) IS TRUE"}))});
}
// The page of nobody's rows, which is read only where the worker's own row is there.
inline std::string claim_page_sql(layout const& of, page_begins begins) {
  std::size_t const parameters = begins == page_begins::at_the_beginning ? 2U : of.priority.empty() ? 3U : 4U;
  std::string const passed_on = text({"$", number(static_cast<std::int64_t>(parameters) + 3)});
  return claim_sql(of, page_sql(of, begins, rows_of::nobody, passed_on), parameters);
}
inline std::string claim_due_sql(layout const& of, delayed_by who) {
  return claim_sql(of, due_sql(of, who, rows_of::nobody, "$5"), 2);
}
// After claim_sql(), in the same transaction, and nothing where that has found the worker dead: what holds the claimed rows
// back by now. The page read the records as they were when it began; before it came to a row, another worker may have
// claimed it, delayed or parked it and let go of it.
inline std::string records_sql(layout const& of) {
  return text({"SELECT p.key,", record_columns, records_with_rows(of),
               " AND p.key=ANY(nullif(current_setting('pawl.claimed',true),'')::bytea[])"});
}

// $1, $2 up to when the delays of runs and of the program are over; $3 the rows that the worker has passed on. One row:
// whether there is an item that it could claim. It may be one that another transaction holds.
inline std::string any_left_sql(layout const& of) {
  auto const due = [&of](delayed_by who, std::string_view until) {
    return text({" OR EXISTS(SELECT 1", records_with_rows(of), delayed(who), " AND p.next_at<=", until, "::int8",
                 in_states_with_a_step(of), belongs_to(of, rows_of::nobody), is_none_of(of, "$3"), ")"});
  };
  return text({"SELECT EXISTS(SELECT 1", runnable_rows(of, rows_of::nobody, "$3"), in_states_with_a_step(of), ")",
               due(delayed_by::runs, "$1"), due(delayed_by::program, "$2")});
}

struct claimed_page {
  bool is_of_member = false;  // false: it was taken for dead, and nothing that it held is its own
  std::size_t found = 0;      // items that it could claim; others have come first to those that it has not
  std::vector<found_row> items{};
};

// A worker's leases. What is let go of travels with the next beat or claim. Everything is asked over the worker's connection;
// both must outlive this. Throws what the worker's requests throw.
class leases {
 public:
  using time_point = connection::time_point;

  explicit leases(worker& of)
      : worker_(&of),
        first_(claim_page_sql(of.table(), page_begins::at_the_beginning)),
        next_(claim_page_sql(of.table(), page_begins::after_a_mark)),
        records_(records_sql(of.table())),
        any_left_(any_left_sql(of.table())) {
    for (auto const who : {delayed_by::runs, delayed_by::program, delayed_by::anybody})
      due_[static_cast<std::size_t>(who)] = prepared(claim_due_sql(of.table(), who));
  }
  leases(leases const&) = delete;
  leases& operator=(leases const&) = delete;

  // `of_page`: the parameters of page_sql.
  task<claimed_page> claim(connection& session, page_begins begins, std::vector<parameter> of_page, time_point until) {
    return claim(session, begins == page_begins::at_the_beginning ? first_ : next_, std::move(of_page), std::nullopt,
                 until);
  }
  // Those whose delay is over by `due`.
  task<claimed_page> claim_due(connection& session, stored_time due, delayed_by who, std::size_t limit,
                               time_point until) {
    auto parameters = parameters_of(value_of(to_number(due)), value_of(static_cast<std::int64_t>(limit)));
    return claim(session, due_[static_cast<std::size_t>(who)], std::move(parameters), due, until);
  }
  // Whether there is something to claim, or held by another transaction for a moment.
  task<bool> any_left(connection& session, stored_time due_runs, stored_time due_program, time_point until) const {
    request what = worker::beside(session);
    any_left_.add_to(what, parameters_of(value_of(to_number(due_runs)), value_of(to_number(due_program)), passed_on()));
    auto asking = session.ask(what, until);
    reply const given = co_await std::move(asking);
    require_success(given, "look for items of table " + table().name);
    co_return given[given.size() - 1].value<bool>(0, 0).value_or(false);
  }

  // The item is nobody's again.
  void give_back(pawl::detail::item_view it) { waiting_.push_back(handle_of(it)); }
  // The same, and it is never claimed again by this worker.
  void pass_on(pawl::detail::item_view it) {
    give_back(it);
    /*mutant passed_on_is_left_alone: if (!OFF)*/ passed_on_.push_back(handle_of(it));
  }
  // Something waits for the next beat.
  bool has_let_go() const noexcept { return !waiting_.empty(); }

  // A sign of life, with all that was let go of since the last. False: the worker was taken for dead.
  task<bool> beat(connection& session, time_point until) {
    let_go_list sent(*this);
    request what = worker::beside(session);
    add_beat(what, sent, true);
    auto telling = worker_->tell(session, what, until);
    bool const found = co_await std::move(telling);
    sent.is_told = true;
    co_return found;
  }

 private:
  struct handle {
    std::int64_t id = 0;
    std::string key{};
  };
  // What a request tells; it waits for the next one if this one fails.
  struct let_go_list {
    explicit let_go_list(leases& of) : owner(of), items(std::exchange(of.waiting_, {})) {}
    let_go_list(let_go_list const&) = delete;
    let_go_list& operator=(let_go_list const&) = delete;
    ~let_go_list() {
      if (is_told /*mutant let_go_is_told_again: || OFF*/) return;
      owner.waiting_.insert(owner.waiting_.end(), std::make_move_iterator(items.begin()),
                            std::make_move_iterator(items.end()));
    }

    leases& owner;
    std::vector<handle> items;
    bool is_told = false;
  };

  layout const& table() const noexcept { return worker_->table(); }
  bool is_own() const noexcept { return table().kept == states_kept_as::codes; }
  handle handle_of(pawl::detail::item_view it) const {
    handle made;
    if (is_own())
      made.id = it.row;
    else
      made.key = it.key;
    return made;
  }

  task<claimed_page> claim(connection& session, prepared const& statement, std::vector<parameter> of_page,
                           std::optional<stored_time> due, time_point until) {
    if (!worker_->is_member()) co_return claimed_page();
    request what = worker::beside(session);
    let_go_list sent(*this);
    if (!sent.items.empty()) add_beat(what, sent, false);
    of_page.push_back(value_of(worker_->number()));
    of_page.push_back(value_of(sent.items.empty()));
    of_page.push_back(passed_on());
    statement.add_to(what, std::move(of_page));
    records_.add_to(what, {});
    auto asking = session.ask(what, until);
    reply const given = co_await std::move(asking);
    require_success(given, "claim items of table " + table().name);
    sent.is_told = true;
    answer const &rows = given[given.size() - 2], &records = given[given.size() - 1];
    claimed_page page;
    page.is_of_member = rows.rows() > 0;
    if (!page.is_of_member) {
      worker_->lose();
      co_return page;
    }
    page.found = /*mutant claim_tells_what_it_found: OFF ? 0 :*/ static_cast<std::size_t>(
        integer_at(rows, 0, page_cells(table()) + 1));
    page.items = rows_in(table(), rows);
    take_records(page.items, records, due);
    co_return page;
  }
  // Each item has the record that it has now. What is held back by it is nobody's again.
  void take_records(std::vector<found_row>& items, answer const& from, std::optional<stored_time> due) {
    std::map<std::string, std::optional<trouble_record>, std::less<>> records;
    for (std::size_t row = 0; row < from.rows(); ++row)
      records.emplace(std::string(from.cell(row, 0)), record_at(from, row, 1));
    std::erase_if(items, [&](found_row& one) {
      auto const found = records.find(one.item.key);
      one.record = found != records.end() ? found->second : std::nullopt;
      bool const is_held =
          one.record &&
          (one.record->parked ||
           (one.record->next_at && !(due >= one.record->next_at))) /*mutant claim_reads_records_again: && !OFF*/;
      if (is_held) give_back({.key = one.item.key, .row = one.item.row});
      return is_held;
    });
  }

  void add_beat(request& to, let_go_list const& sent, bool is_alone) const {
    worker_->add_beat(to, array_of_handles(sent.items), is_alone);
  }
  parameter array_of_handles(std::vector<handle> const& all) const {
    array_builder<std::int64_t> ids;
    array_builder<bytes> keys;
    for (handle const& one : all) {
      if (is_own())
        ids.add(one.id);
      else
        keys.add(as_bytes(one.key));
    }
    return is_own() ? ids.take() : keys.take();
  }
  // As claim_sql() takes them: keys of a mapped table in the type of its column.
  parameter passed_on() const {
    if (is_own()) return array_of_handles(passed_on_);
    std::vector<std::string_view> keys;
    for (handle const& one : passed_on_) keys.push_back(one.key);
    return keys_parameter(table(), keys);
  }
  static bytes as_bytes(std::string_view text) {
    auto const* const begin = reinterpret_cast<std::byte const*>(text.data());
    return bytes(begin, begin + text.size());
  }

  worker* worker_;
  prepared first_, next_, records_, any_left_;
  std::array<prepared, 3> due_{};
  std::vector<handle> waiting_{};  // what was let go of
  std::vector<handle> passed_on_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
