// A run's claim on a table: a worker that leases what it works on, or a shared lock of runs that lease nothing.
#ifndef PAWL_POSTGRES_OWNER_HPP
#define PAWL_POSTGRES_OWNER_HPP

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/link.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/run_worker.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// "pawl" in ASCII, less one: the class of the locks of runs that lease nothing.
inline constexpr std::int32_t class_of_shared_runs = 1885435755;

// Each owner has a session of its own, whose end gives the table up: also where the process was killed, and where the owner
// is destroyed without a loop that runs. There is no journal: leases tell what a dead process had in hand.
//
// A sole owner is one of any number of workers, and refused by none. Shared owners lease nothing.
class table_owner final : public run_owner {
 public:
  explicit table_owner(std::shared_ptr<table> of) : table_(std::move(of)) {}
  table_owner(table_owner const&) = delete;
  table_owner& operator=(table_owner const&) = delete;
  ~table_owner() override {
    if (worker_) worker_->end();
    if (link_) link_->close();
  }

  // A server cannot be asked without waiting.
  bool try_acquire(ownership) override {
    if (holds_) return true;
    throw error("run.lock", "pawl: the table " + std::string(table_->name()) + " in " + table_->all().name() +
                                " can be acquired only by awaiting store::acquire(owner, how)");
  }
  ownership how() const override { return how_; }
  std::string describe_holder() const override {
    return "pawl: another run holds the table " + std::string(table_->name()) + " in " + table_->all().name() +
           "; end it, or use run_options::wait_for_owner or pawl::ownership::shared";
  }

  // ---- leases ----

  void set_aside(std::int64_t row) override {
    if (worker_) worker_->set_aside(row);
  }
  void give_back(std::int64_t row) override {
    if (worker_) worker_->give_back(row);
  }
  void pass_on(std::int64_t row) override {
    if (worker_) worker_->pass_on(row);
  }
  void end_intake() noexcept override {
    ends_intake_ = true;
    if (worker_) worker_->end_intake();
  }
  bool others_at_work() override { return worker_ && worker_->others_at_work(); }
  // Harmless for an owner that is not acquired.
  task<void> leave() const {
    auto const worker = worker_;
    if (!worker) co_return;
    auto leaving = worker->leave();
    co_await std::move(leaving);
  }
  // Of an owner that was acquired as a sole one.
  run_worker& at_work() const {
    if (!worker_) throw error("run.lock", "pawl: only a run that is a sole owner of its table claims items of it");
    return *worker_;
  }

  // A session that has just ended may hold its lock for a moment: so long it is asked again.
  task<bool> acquire(ownership how) {
    if (holds_) co_return true;
    if (how == ownership::sole) {
      auto joining = join();
      co_return co_await std::move(joining);
    }
    if (!link_) link_ = std::make_unique<link>(table_->all().to());
    auto opening = table_->opened_now();
    auto const in = co_await std::move(opening);
    for (int tries = 0;; ++tries) {
      auto asking = ask(*in);
      bool const granted = co_await std::move(asking);
      if (granted) {
        how_ = how;
        holds_ = true;
        co_return true;
      }
      if (tries == 5) break;
      auto pausing = pause_for(table_->all().loop(), std::chrono::milliseconds(20));
      co_await std::move(pausing);
    }
    link_->close();
    co_return false;
  }

 private:
  // False if the run's intake has ended meanwhile.
  task<bool> join() {
    auto opening = table_->opened_now();
    auto const in = co_await std::move(opening);
    worker_ = std::make_shared<run_worker>(table_, in);
    if (ends_intake_) worker_->end_intake();
    auto const made = worker_;
    try {
      auto beginning = made->begin_life();
      co_await std::move(beginning);
    } catch (...) {
      made->end();
      worker_.reset();
      if (!ends_intake_) throw;
      co_return false;
    }
    how_ = ownership::sole;
    holds_ = true;
    co_return true;
  }
  task<bool> ask(opened_table const& in) {
    auto opening = table_->all().session_of(*link_);
    auto const session = co_await std::move(opening);
    if (!session->uses_names())
      throw error("run.lock",
                  "pawl: " + table_->all().name() +
                      " is behind a pooler, where no session keeps a lock; run with pawl::ownership::sole, which "
                      "leases items, or over a connection without one");
    request what;
    what.add("SELECT pg_try_advisory_lock_shared($1::int4,hashtext($2::text))",
             parameters_of(value_of(class_of_shared_runs), value_of(std::string_view(in.of.table))));
    try {
      auto asking = session->ask(what, table_->all().to().end_of_answer());
      reply const given = co_await std::move(asking);
      if (auto const* const failed = given.first_failure())
        throw error("run.lock", "pawl: " + table_->all().name() + ": " + std::string(failed->message()));
      co_return given[0].value<bool>(0, 0).value_or(false);
    } catch (connection_error const& e) {
      throw error("run.lock", e.what());
    }
  }

  std::shared_ptr<table> table_;
  std::shared_ptr<run_worker> worker_{};  // of a sole owner
  std::unique_ptr<link> link_{};
  ownership how_ = ownership::sole;
  bool holds_ = false, ends_intake_ = false;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
