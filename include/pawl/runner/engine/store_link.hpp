// The store's run_port (store/run_port.hpp) as a run uses it, type-erased.
#ifndef PAWL_RUNNER_ENGINE_STORE_LINK_HPP
#define PAWL_RUNNER_ENGINE_STORE_LINK_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>

#include <pawl/loop/callback.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A question to the store and, once it has arrived, the answer.
template <class T> class question {
 public:
  bool is_pending() const { return pending_; }
  bool is_answered() const { return answered_; }

  // `put` hands this question to the store. If that throws, nothing is asked.
  template <class Put> void ask(Put put) {
    pending_ = true;
    try {
      put(*this);
    } catch (...) {
      pending_ = false;
      throw;
    }
  }
  void answer(T value) {
    pending_ = false;
    answered_ = true;
    answer_ = std::move(value);
  }
  void fail(std::exception_ptr failure) {
    pending_ = false;
    answered_ = true;
    failure_ = std::move(failure);
  }
  // Returns the answer, once; throws what the store threw.
  T receive() {
    answered_ = false;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return std::move(answer_);
  }

 private:
  bool pending_ = false;
  bool answered_ = false;
  T answer_{};
  std::exception_ptr failure_{};
};

// What a run asks the store when it starts.
struct opening {
  std::size_t unrecognised = 0;
  std::string identity{};
  // Unless an observer wants progress, these are empty.
  std::vector<std::size_t> items{};  // by state
  trouble_counts troubles{};
  std::size_t due = 0;       // delayed items whose time has come, as far as they were counted
  std::uint64_t paused = 0;  // as in surroundings
};

// What a run sees of its store from time to time.
struct surroundings {
  bool changed = false;      // another process has changed it, if that was asked for
  std::uint64_t paused = 0;  // states that are paused in the store, by index, a bit each
};

// What to look at, besides the record of an item that is being taken.
struct look {
  bool around = false;    // whether another process has changed the store
  bool at_place = false;  // whether the item is still where it was found
};

// What the store knows about an item that is being taken.
struct item_news {
  bool changed_elsewhere = false;
  bool has_moved = false;
  std::optional<trouble_record> record{};
  std::optional<former_key> former{};
};

// A store that answers at once has answered when the call returns. One that answers later leaves the question open and
// calls on_answer() on the loop's thread; the run is kept alive until then.
class store_link {
 public:
  store_link() = default;
  store_link(store_link const&) = delete;
  store_link& operator=(store_link const&) = delete;
  virtual ~store_link();

  virtual void* store() = 0;
  virtual bool answers_later() const = 0;

  // ---- always answered at once ----

  virtual stored_time now() = 0;
  virtual bool may_have_troubles() = 0;
  virtual std::unique_ptr<run_owner> make_owner() = 0;
  // What the store writes from now on is this run's; 0: no run's.
  virtual void set_run(std::int64_t number) = 0;
  // A transition has an entry of what had failed before it, by its item's record.
  virtual bool keeps_history() = 0;
  virtual std::string warning_when_shared() = 0;
  virtual std::string warning_when_keyed() = 0;
  virtual void verify() = 0;
  // What verify() throws; null if nothing.
  std::exception_ptr why_unreliable() noexcept {
    try {
      verify();
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  // ---- questions ----

  virtual void acquire(run_owner& owner, ownership how, question<bool>& into) = 0;
  virtual void open(stored_time now, stored_time latest_delay, bool counts_items, question<opening>& into) = 0;
  // The counts of an opening alone; `who`: whose due items are counted.
  virtual void count(stored_time now, delayed_by who, question<opening>& into) = 0;
  // The next page of a state's items; `restart` begins with the first page.
  virtual void page(std::size_t state, bool restart, std::size_t limit, question<found_page>& into) = 0;
  virtual void due(stored_time until, delayed_by who, std::size_t limit, question<found_page>& into) = 0;
  virtual void next_due(stored_time after, delayed_by who, question<std::optional<stored_time>>& into) = 0;
  virtual bool keeps_pauses() const = 0;
  virtual void look_around(bool for_changes, question<surroundings>& into) = 0;
  // The run has ended. Its claim is given up where the store leases items.
  virtual void leave(question<bool>& into) { into.answer(true); }

  // ---- about one item, within its worker's coroutine ----

  // Reads its record, last.
  virtual item_news news_of(stored_item const& it, look also) = 0;
  virtual task<void> news_of_later(stored_item const& it, look also, item_news& into);
  // Within a batch: writes its record. False: see has_note in run_port.hpp.
  virtual bool note(stored_item const& it, trouble_record const& record) = 0;
  virtual task<void> note_later(stored_item const& it, trouble_record const& record, bool& noted);
  // The same for a store that is given whole batches.
  virtual batch_place append_note(void*, stored_item const&, trouble_record const&) { return {}; }
  virtual bool noted(void*, std::size_t) { return false; }

  // ---- leases: see leases_items in run_port.hpp. Without them nothing happens ----

  bool leases() const { return leasing_ != nullptr; }
  void set_aside(std::int64_t row) {
    if (leasing_ != nullptr) leasing_->set_aside(row);
  }
  void give_back(std::int64_t row) {
    if (leasing_ != nullptr) leasing_->give_back(row);
  }
  void pass_on(std::int64_t row) {
    if (leasing_ != nullptr) leasing_->pass_on(row);
  }
  void end_intake() noexcept {
    if (leasing_ != nullptr) leasing_->end_intake();
  }
  bool others_at_work() { return leasing_ != nullptr && leasing_->others_at_work(); }
  // Within the item's coroutine, before its step. `ours` is false if the item is not this run's any more.
  virtual task<void> begin_item(stored_item const& it, bool& ours);

  // Questions under way are given up where that has no side effects (Asio's total cancellation): they fail with
  // operation_aborted, or are answered all the same.
  void give_up_questions();

  // Set once, before the first question.
  keeping_call on_answer{};
  std::weak_ptr<void> run{};

 protected:
  // Whatever asks a question that may be given up is to be cancelled through this, and keeps it.
  std::shared_ptr<asio::cancellation_signal> begin_question();

  run_owner* leasing_ = nullptr;  // the run's claim, if its items are leased

 private:
  std::vector<std::weak_ptr<asio::cancellation_signal>> under_way_{};
};

// A page as the backlog takes it, of items whose history the store must be asked for.
found_page make_found_page(std::vector<stored_item> items, bool is_last);

}  // namespace pawl::inline PAWL_ABI::detail

#ifndef PAWL_COMPILED
#include <pawl/runner/engine/store_link_impl.hpp>
#endif

#endif
