// A run as one of a table's workers: it joins, claims what it works on, gives signs of life, and frees what the dead had
// claimed. After a lost session it joins anew.
#ifndef PAWL_POSTGRES_RUN_WORKER_HPP
#define PAWL_POSTGRES_RUN_WORKER_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/gather.hpp>
#include <pawl/postgres/lease.hpp>
#include <pawl/postgres/link.hpp>
#include <pawl/postgres/patience.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/row_reading.hpp>
#include <pawl/postgres/running_items.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/single_flight.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/postgres/worker.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/system/process.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// "host:process", for people.
inline std::string name_of_this_process() {
  boost::system::error_code failed;
  return asio::ip::host_name(failed) + ":" + std::to_string(pawl::detail::this_process());
}

// An item is held from its claim until it is given back, and never longer than the membership under which it was claimed:
// with the session all is lost, and begin() tells so of each item. Whoever goes on with one that is not held writes nothing
// wrong, for the version fences it.
//
// Owned by the run's claim and by each coroutine that uses it. On the loop's thread, over a session of its own. Throws
// store_error, as the table's calls do.
class run_worker : public std::enable_shared_from_this<run_worker> {
 public:
  run_worker(std::shared_ptr<table> of, std::shared_ptr<opened_table const> in)
      : table_(std::move(of)),
        in_(std::move(in)),
        link_(table_->all().to()),
        joining_(table_->all().loop()),
        pulse_(table_->all().loop().get_executor()),
        pause_(table_->all().loop().get_executor()),
        worker_(in_->of, name_of_this_process()),
        leases_(worker_),
        running_(table_->all().loop(), worker_) {}
  run_worker(run_worker const&) = delete;
  run_worker& operator=(run_worker const&) = delete;

  // Joins, looks after the dead and lives from then on, until leave() or end().
  task<void> begin_life() {
    auto const self = shared_from_this();
    auto joining = joined();
    co_await std::move(joining);
    try {
      auto looking = beat_and_look();
      co_await std::move(looking);
    } catch (connection_error const&) {
      lose(known_as_);
    }
    pawl::detail::spawn(table_->all().loop().get_executor(), live(self), {&pawl::detail::rethrow});
  }
  // Its session ends. Others take it for dead, and free what it holds: leave() does it in order.
  void end() noexcept {
    ended_ = true;
    pulse_.cancel();
    end_intake();
    elsewhere_.reset();
    link_.end();
    table_->remove_worker(known_as_);
  }
  // Claims end with nothing, but for an answer that they wait for.
  void end_intake() noexcept {
    ends_intake_ = true;
    pause_.cancel();
  }
  // All that it holds is free at once, as far as the server can be reached.
  task<void> leave() {
    auto const self = shared_from_this();
    ended_ = true;
    pulse_.cancel();
    if (is_member() /*mutant leaves_in_order: && !OFF*/) try {
        auto const session = session_;
        auto leaving = worker_.leave(*session, end_of_answer());
        co_await std::move(leaving);
      } catch (error const&) {}  // then the end of the session tells the others
    end();
  }

  // ---- claims ----

  task<found_page> claim(std::size_t state, page_mark after, std::size_t limit) {
    auto const self = shared_from_this();
    if (state >= in_->of.lifecycle->state_count()) co_return found_page();
    auto const begins = after.after_item ? page_begins::after_a_mark : page_begins::at_the_beginning;
    auto claiming = claim_up_to(limit, [&](connection& session, std::size_t so_many) {
      return leases_.claim(session, begins, table::page_parameters(in_->of, state, after, so_many), end_of_answer());
    });
    auto rows = co_await std::move(claiming);
    bool const is_last = rows.size() < limit;
    co_return table_->page_of(std::move(rows), std::move(after), is_last);
  }
  task<std::vector<found_row>> claim_due(stored_time until, delayed_by who, std::size_t limit) {
    auto const self = shared_from_this();
    auto& latest = who == delayed_by::runs ? due_runs_ : due_program_;
    latest = (std::max)(latest, until);
    auto claiming = claim_up_to(limit, [&](connection& session, std::size_t so_many) {
      return leases_.claim_due(session, until, who, so_many, end_of_answer());
    });
    auto rows = co_await std::move(claiming);
    /*mutant delayed_items_are_troubles: if (!OFF)*/ table_->note_troubles(rows);
    co_return rows;
  }

  // Returns true once the server knows that the item is run, at once where it does. False: it is not held any more.
  task<bool> begin(std::string key, std::int64_t version, std::int64_t row, std::int64_t life) {
    auto const self = shared_from_this();
    if (!is_member() || !held_.contains(row)) co_return false;
    if (running_.contains(key)) co_return true;
    auto const session = session_;
    auto const number = worker_.number();
    try {
      auto beginning =
          running_.begin(*session, {.key = key, .version = version, .row = row, .life = life}, end_of_answer());
      bool const is_known = co_await std::move(beginning);
      bool const is_ours = is_known && is_member() && worker_.number() == number && held_.contains(row);
      co_return is_ours;
    } catch (connection_error const&) {
      lose(number);
    } catch (store_error const& e) {
      throw_unless_busy(e);
    }
    co_return false;
  }
  void set_aside(std::int64_t row) {
    if (auto const found = held_.find(row); found != held_.end()) running_.end(found->second);
  }
  void give_back(std::int64_t row) {
    auto const found = held_.find(row);
    if (found == held_.end()) return;
    running_.end(found->second);
    leases_.give_back({.key = found->second, .row = row});
    held_.erase(found);
  }
  void pass_on(std::int64_t row) {
    auto const found = held_.find(row);
    if (found == held_.end()) return;
    running_.end(found->second);
    leases_.pass_on({.key = found->second, .row = row});
    held_.erase(found);
  }
  // A claim skips rows that other transactions hold, and those that others have claimed at the same time. So one look follows the
  // last claim that has brought anything, and others while something is left.
  bool others_at_work() {
    if (!others_at_work_ && !ends_intake_ && rest_ != rest::none) look_for_rest_soon();
    return others_at_work_ || (rest_ != rest::none /*mutant held_rows_are_waited_for: && !OFF*/);
  }

 private:
  using time_point = connection::time_point;
  // What is left to claim, as far as is known.
  enum class rest : std::uint8_t { unknown, some, none };

  patience new_patience() const {
    return patience(std::chrono::steady_clock::now() + table_->all().to().chosen.outage_bound);
  }
  // All who pause at a time wake together, and at once where the intake ends.
  task<void> pause(std::chrono::nanoseconds time) {
    if (ends_intake_) time = (std::min<std::chrono::nanoseconds>)(time, std::chrono::milliseconds(20));
    if (pause_.expiry() <= std::chrono::steady_clock::now() || ends_intake_) pause_.expires_after(time);
    boost::system::error_code woken;
    auto waiting = pause_.async_wait(asio::redirect_error(await, woken));
    auto const elsewhere = table_->all().loop().elsewhere();
    co_await std::move(waiting);
    auto checking = throw_if_cancelled();
    co_await std::move(checking);
  }

  time_point end_of_answer() const { return table_->all().to().end_of_answer(); }
  bool is_member() const noexcept { return worker_.is_member() && session_ && session_->is_open() && !is_lost_; }

  // The session under which it is a member. Whoever needs it first joins for all.
  task<std::shared_ptr<connection>> joined() {
    auto joining = joining_.run([this] { return is_member(); }, [this] { return join(); });
    co_await std::move(joining);
    co_return session_;
  }
  task<void> join() {
    bool const is_anew = session_ != nullptr;
    auto patience = new_patience();
    for (;;) {
      drop();
      if (ended_)
        throw store_error(store_failure::cancelled, "pawl: the run that was a worker of this table has ended");
      auto opening = table_->all().session_of(link_);
      auto const session = co_await std::move(opening);
      try {
        former_sessions_.push_back(session);
        session_ = session;
        auto joining = worker_.join(*session, end_of_answer());
        co_await std::move(joining);
      } catch (connection_error const&) {
        worker_.lose();
      } catch (store_error const& e) {
        patience.hear(e, ends_intake_ /*mutant join_is_patient: || OFF*/);
      }
      if (ended_) link_.close();
      if (worker_.is_member() && !ended_) break;
      auto pausing = pause(patience.next_pause());
      co_await std::move(pausing);
    }
    drop();  // what was begun in the meantime
    if (!running_.is_writing()) former_sessions_ = {session_};
    is_lost_ = false;
    known_as_ = worker_.number();
    table_->add_worker(known_as_);
    next_beat_ = std::chrono::steady_clock::now() + beat_every;
    if (is_anew) table_->shared()->changes.raise();  // what was lost is to be claimed again
  }
  // Nothing is held any more.
  void drop() {
    held_.clear();
    running_.clear();
    rest_ = rest::unknown;
    table_->remove_worker(std::exchange(known_as_, 0));
  }
  // The membership under this number is over.
  void lose(std::int32_t number) {
    if (worker_.number() != number) return;
    is_lost_ = true;
    drop();
  }
  // A transaction that met another one is asked for again.
  static void throw_unless_busy(store_error const& e) {
    if (e.what_failed() != store_failure::busy) throw;
  }

  // As many as are asked for, or all that there are: where others were faster, those that come next.
  template <class Claim> task<std::vector<found_row>> claim_up_to(std::size_t limit, Claim claim) {
    std::vector<found_row> rows;
    for (bool goes_on = true; goes_on && rows.size() < limit;) {
      std::size_t const so_many = limit - rows.size();
      try {
        auto claiming = as_member([&](connection& session) { return claim(session, so_many); });
        auto page = co_await std::move(claiming);
        goes_on = page.found >= so_many /*mutant claims_behind_others: && !OFF*/;
        for (auto& one : page.items) rows.push_back(std::move(one));
      } catch (store_error const&) {  // the next claim says so, too
        if (rows.empty()) throw;
        goes_on = false;
      }
    }
    has_room_ = rows.size() < limit;
    co_return rows;
  }
  // Claims, and again as another member where this one was lost or taken for dead. What it claims is held. Nothing, once the
  // intake has ended.
  template <class Claim> task<claimed_page> as_member(Claim claim) {
    auto patience = new_patience();
    while (!ends_intake_) {
      std::int32_t number = 0;
      try {
        auto joining = joined();
        auto const session = co_await std::move(joining);
        number = worker_.number();
        auto claiming = claim(*session);
        auto page = co_await std::move(claiming);
        if (page.is_of_member) {
          hold(page.items);
          co_return page;
        }
      } catch (connection_error const&) {
        lose(number);
      } catch (store_error const& e) {
        if (!ends_intake_) patience.hear(e, false);
      }
      if (ends_intake_) break;
      auto pausing = pause(patience.next_pause());
      co_await std::move(pausing);
    }
    co_return claimed_page();
  }
  void hold(std::vector<found_row> const& rows) {
    for (auto const& one : rows) held_.insert_or_assign(one.item.row, one.item.key);
    if (rows.empty()) return;
    ++claims_;
    rest_ = rest::unknown;
  }

  // ---- signs of life ----

  static task<void> live(std::shared_ptr<run_worker> self) {
    while (!self->ended_) {
      auto const number = self->worker_.number();
      try {
        auto waiting = self->wait_for_news();
        co_await std::move(waiting);
        if (self->ended_) co_return;
        auto gathering_now = gather_left(self->table_);
        if (std::exchange(self->was_told_, false)) co_await std::move(gathering_now);
        if (self->ended_) co_return;
        auto beating = self->beat_and_look();
        co_await std::move(beating);
      } catch (connection_error const&) {
        self->lose(number);
      } catch (store_error const&) {  // the next time, as far as the run goes on without
        if (self->looks_for_rest_ && !self->ended_) self->table_->shared()->changes.raise();  // its claims learn why
      }
    }
  }
  // Returns when it is time to look. One that may have a free slot hears at once of what others tell; not where the loop's clock
  // jumps, for it does not while a socket is waited for.
  task<void> wait_for_news() {
    if (looks_at_once_) co_return;
    auto const until = std::chrono::steady_clock::now() + next_look();
    pulse_.expires_at(until);
    bool const may_listen = table_->all().loop().is_real();
    while (may_listen && !ended_ && is_member() && has_room_ && session_->uses_names()) {
      auto const session = session_;
      auto listening = session->listen(until);
      auto const told = co_await std::move(listening);
      hear_told(told);
      if (ended_ || looks_at_once_ || std::chrono::steady_clock::now() >= until) co_return;
    }
    if (ended_ || looks_at_once_) co_return;
    boost::system::error_code woken;
    auto waiting = pulse_.async_wait(asio::redirect_error(await, woken));
    co_await std::move(waiting);
  }
  void hear_told(std::set<std::string> const& told) {
    auto const is_for_us = [this](auto const& hint) { return table_->is_for_us(hint); };
    if (ended_ || std::none_of(told.begin(), told.end(), is_for_us)) return;
    table_->shared()->changes.raise();
    if (!table_->rules().empty()) was_told_ = looks_at_once_ = true;
  }
  // All workers together look some twenty times a second, each of them once between two beats at least.
  std::chrono::milliseconds next_look() const {
    return (std::min)(beat_every, rescue_every * (std::max)(std::int64_t{1}, (others_alive_ + 1) / 4));
  }
  task<void> beat_and_look() {
    looks_at_once_ = false;
    auto joining = joined();
    auto const session = co_await std::move(joining);
    if (auto const now = std::chrono::steady_clock::now(); now >= next_beat_ || leases_.has_let_go()) {
      next_beat_ = now + beat_every;
      auto beating = leases_.beat(*session, end_of_answer());
      bool const lives = co_await std::move(beating);
      if (!lives || ended_) co_return;
    }
    auto rescuing = worker_.rescue(*session, {worker_.number()}, dead_after, end_of_answer());
    auto const found = co_await std::move(rescuing);
    hear(found);
    if (looks_for_rest_ && !ended_) {
      auto looking = look_for_rest(*session);
      co_await std::move(looking);
    }
    hear_told(session->take_told());
  }
  // At once where nothing is known of it; else with the next look, for what is left may be held for long.
  void look_for_rest_soon() {
    if (looks_for_rest_) return;
    looks_for_rest_ = true;
    elsewhere_.emplace(table_->all().loop().elsewhere());
    if (rest_ == rest::some) return;
    looks_at_once_ = true;
    pulse_.cancel();
    try {
      if (session_) session_->wake_listener();
    } catch (std::bad_alloc const&) {}  // then it is looked for with the next look
  }
  // The run is told in either case: it has nothing else to do.
  task<void> look_for_rest(connection& session) {
    auto const claims = claims_;
    auto looking = leases_.any_left(session, due_runs_, due_program_, end_of_answer());
    bool const is_some = co_await std::move(looking);
    looks_for_rest_ = false;
    elsewhere_.reset();
    if (claims == claims_) rest_ = is_some ? rest::some : rest::none;
    if (!ended_) table_->shared()->changes.raise();
  }
  void hear(worker::rescued const& found) {
    if (ended_) return;
    bool const are_fewer = found.others_alive < std::exchange(others_alive_, found.others_alive);
    bool const have_ended = std::exchange(others_at_work_, found.others_at_work) && !others_at_work_;
    if (found.deaths > 0) table_->shared()->any_troubles = true;
    if (are_fewer || have_ended || found.freed > 0) table_->shared()->changes.raise();
  }

  std::shared_ptr<table> table_;
  std::shared_ptr<opened_table const> in_;
  link link_;
  single_flight joining_;
  asio::steady_timer pulse_, pause_;
  worker worker_;
  leases leases_;
  running_items running_;
  std::shared_ptr<connection> session_{};
  std::vector<std::shared_ptr<connection>> former_sessions_{};  // a write of running_ may still refer to one
  std::map<std::int64_t, std::string> held_{};                  // keys by row
  std::int32_t known_as_ = 0;
  time_point next_beat_{};
  std::int64_t others_alive_ = 0;
  bool others_at_work_ = true;  // until it has looked
  bool is_lost_ = false, ended_ = false, ends_intake_ = false;
  bool has_room_ = true;  // the last claim has brought less than the run could take
  rest rest_ = rest::unknown;
  std::uint64_t claims_ = 0;                // that brought anything
  stored_time due_runs_{}, due_program_{};  // up to when delays have been asked for
  bool looks_for_rest_ = false, looks_at_once_ = false;
  bool was_told_ = false;                                   // of the table, whose items wait for their children
  std::optional<event_loop::elsewhere_guard> elsewhere_{};  // while it looks for the rest
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
