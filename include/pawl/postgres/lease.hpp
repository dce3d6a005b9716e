// Leases: a worker claims a page of items, so that no other begins the same work, and gives back what it does not need.
//
// A claim never touches the version, which is part of the idempotency keys: a call that is repeated after its worker's death
// keeps its key. What fences a write is the version alone; a lease that is lost costs at most a call that is made twice.
#ifndef PAWL_POSTGRES_LEASE_HPP
#define PAWL_POSTGRES_LEASE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
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
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/postgres/worker.hpp>
#include <pawl/postgres/worker_sql.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/text.hpp>
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
// as the page's, in its order, each with one more cell, the worker. One row with a key that is NULL: nothing was found. No
// row: the worker was taken for dead, and nothing was claimed. Rows that another transaction holds are skipped. $n+2: whether
// the transaction gives nothing back.
inline std::string claim_sql(layout const& of, std::string_view page, std::size_t parameters_of_page) {
  bool const is_own = of.kept == states_kept_as::codes;
  std::string const me = text({"$", number(static_cast<std::int64_t>(parameters_of_page) + 1)});
  std::string const counted =
      text({",quiet=w.quiet+$", number(static_cast<std::int64_t>(parameters_of_page) + 2), "::bool::int"});
  std::string columns;
  for (std::size_t i = 0; i < page_cells(of); ++i)
    columns += text({i > 0 ? ",a" : "a", number(static_cast<std::int64_t>(i))});
  std::string sql = text(
      {"WITH ", me_sql(of, me), ",c(", columns, ") AS MATERIALIZED (", page, " FOR NO KEY UPDATE OF f SKIP LOCKED),"});
  if (is_own)
    return sql +=
           text({"o AS (UPDATE ", of.table, " AS f SET owner=me.worker FROM me,c WHERE f.", of.row,
                 "=c.a2),w AS (UPDATE ", of.records,
                 "pawl_worker AS w SET beat_at=statement_timestamp(),leased=w.leased||ARRAY(SELECT a2 FROM c)", counted,
                 " FROM me WHERE w.worker=me.worker) SELECT c.*,me.worker FROM me LEFT JOIN c ON true"});
  std::string const key = of.keys == key_kind::binary ? std::string("c.a0") : layout::in_bytes("c.a0");
  return sql += text({"o AS (INSERT INTO ", of.records, "pawl_lease(table_name,key,owner) SELECT ", in_quotes(of.name),
                      ",", key, ",me.worker FROM me,c ON CONFLICT DO NOTHING RETURNING key),w AS (UPDATE ", of.records,
                      "pawl_worker AS w SET beat_at=statement_timestamp()", counted,
                      " FROM me WHERE w.worker=me.worker) "
                      "SELECT c.*,me.worker FROM me LEFT JOIN c ON ",
                      key, "=ANY(ARRAY(SELECT o.key FROM o))"});
}
// The page of nobody's rows, which is read only where the worker's own row is there.
inline std::string claim_page_sql(layout const& of, page_begins begins) {
  std::size_t const parameters = begins == page_begins::at_the_beginning ? 2U : of.priority.empty() ? 3U : 4U;
  return claim_sql(of, page_sql(of, begins, rows_of::nobody), parameters);
}
inline std::string claim_due_sql(layout const& of, delayed_by who) {
  return claim_sql(of, due_sql(of, who, rows_of::nobody), 2);
}

// The rows that were claimed: those of page_sql or due_sql, counted from 0.
class claimed_page {
 public:
  // The worker was taken for dead: nothing is claimed, and nothing that it held is its own.
  claimed_page() = default;
  explicit claimed_page(answer rows) : rows_(std::move(rows)) {
    size_ = rows_->rows() == 1 && rows_->is_null(0, 0) ? 0 : rows_->rows();
  }

  bool is_of_member() const noexcept { return rows_.has_value(); }
  std::size_t size() const noexcept { return size_; }
  answer const& rows() const { return *rows_; }

 private:
  std::optional<answer> rows_{};
  std::size_t size_ = 0;
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
        let_go_(let_go_sql(of.table())) {
    for (auto const who : {delayed_by::runs, delayed_by::program, delayed_by::anybody})
      due_[static_cast<std::size_t>(who)] = prepared(claim_due_sql(of.table(), who));
  }
  leases(leases const&) = delete;
  leases& operator=(leases const&) = delete;

  // `of_page`: the parameters of page_sql or due_sql.
  task<claimed_page> claim(connection& session, page_begins begins, std::vector<parameter> of_page, time_point until) {
    return claim(session, begins == page_begins::at_the_beginning ? first_ : next_, std::move(of_page), until);
  }
  task<claimed_page> claim_due(connection& session, delayed_by who, std::vector<parameter> of_due, time_point until) {
    return claim(session, due_[static_cast<std::size_t>(who)], std::move(of_due), until);
  }

  // The item is nobody's again.
  void give_back(pawl::detail::item_view it) { waiting_.given_back.push_back(handle_of(it)); }
  // Something waits for the next beat.
  bool has_let_go() const noexcept { return !waiting_.empty(); }
  // It is already: in pawl's own table a transition to a state without a step has let go of it.
  void forget(pawl::detail::item_view it) { waiting_.forgotten.push_back(handle_of(it)); }
  // Adds a statement to the transaction of the batch that delays these items, or moves those of a mapped table to a state without
  // a step: they are nobody's with its commit. Afterwards they are to be forgotten.
  void let_go_with_batch(request& batch, std::vector<pawl::detail::item_view> const& items) const {
    std::vector<handle> all;
    for (auto const& one : items) all.push_back(handle_of(one));
    let_go_.add_to(batch, parameters_of(value_of(worker_->number()), array_of_handles(all)));
  }

  // A sign of life, with all that was let go of since the last. False: the worker was taken for dead.
  task<bool> beat(connection& session, time_point until) {
    let_go_list sent(*this);
    request what;
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
  struct let_go_items {
    std::vector<handle> given_back{}, forgotten{};
    bool empty() const noexcept { return given_back.empty() && forgotten.empty(); }
  };
  // What a request tells; it waits for the next one if this one fails.
  struct let_go_list : let_go_items {
    explicit let_go_list(leases& of) : let_go_items(std::exchange(of.waiting_, {})), owner(of) {}
    let_go_list(let_go_list const&) = delete;
    let_go_list& operator=(let_go_list const&) = delete;
    ~let_go_list() {
      if (is_told) return;
      put_back(this->given_back, owner.waiting_.given_back);
      put_back(this->forgotten, owner.waiting_.forgotten);
    }
    static void put_back(std::vector<handle>& from, std::vector<handle>& to) {
      to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    }

    leases& owner;
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
                           time_point until) {
    if (!worker_->is_member()) co_return claimed_page();
    request what;
    let_go_list sent(*this);
    if (!sent.empty()) add_beat(what, sent, false);
    of_page.push_back(value_of(worker_->number()));
    of_page.push_back(value_of(sent.given_back.empty()));
    statement.add_to(what, std::move(of_page));
    auto asking = session.ask(what, until);
    reply given = co_await std::move(asking);
    require_success(given, "claim items of table " + table().name);
    sent.is_told = true;
    answer& rows = given.answers.back();
    if (rows.rows() > 0) co_return claimed_page(std::move(rows));
    worker_->lose();
    co_return claimed_page();
  }

  void add_beat(request& to, let_go_items const& sent, bool is_alone) const {
    worker_->add_beat(to, array_of_handles(sent.given_back), array_of_handles(sent.forgotten), is_alone);
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
  static bytes as_bytes(std::string_view text) {
    auto const* const begin = reinterpret_cast<std::byte const*>(text.data());
    return bytes(begin, begin + text.size());
  }

  worker* worker_;
  prepared first_, next_, let_go_;
  std::array<prepared, 3> due_{};
  let_go_items waiting_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
