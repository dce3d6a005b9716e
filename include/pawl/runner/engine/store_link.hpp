// What a run asks of its store, without the store's type: the store's run_port (store/run_port.hpp), type-erased.
#ifndef PAWL_RUNNER_ENGINE_STORE_LINK_HPP
#define PAWL_RUNNER_ENGINE_STORE_LINK_HPP

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pawl/loop/callback.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A question to the store and, once it is there, the answer.
template <class T> class question {
 public:
  bool is_open() const { return open_; }
  bool is_answered() const { return answered_; }

  void ask() { open_ = true; }
  void answer(T value) {
    open_ = false;
    answered_ = true;
    answer_ = std::move(value);
  }
  void fail(std::exception_ptr failure) {
    open_ = false;
    answered_ = true;
    failure_ = std::move(failure);
  }
  // The answer, once; throws what the store threw.
  T take() {
    answered_ = false;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return std::move(answer_);
  }

 private:
  bool open_ = false;
  bool answered_ = false;
  T answer_{};
  std::exception_ptr failure_{};
};

// What a run asks when it begins.
struct opening {
  bool changed = false;  // nothing to be told: it only sets the mark from which changes count
  std::size_t unrecognised = 0;
  std::vector<std::size_t> items{};  // by state; empty where no observer asks for progress
};

// What the store knows of an item that is being taken in hand.
struct item_news {
  bool changed_elsewhere = false;
  std::optional<trouble_record> record{};
};

// A store that answers at once has answered the question when the call returns. One that answers later leaves it open;
// then on_answer() is called on the loop's thread, and the run is kept alive until then.
class store_link {
 public:
  store_link() = default;
  store_link(store_link const&) = delete;
  store_link& operator=(store_link const&) = delete;
  virtual ~store_link() = default;

  virtual void* store() = 0;
  virtual bool answers_later() const = 0;

  // ---- always at once ----

  virtual stored_time now() = 0;
  virtual bool may_have_troubles() = 0;
  virtual std::unique_ptr<run_owner> make_owner() = 0;
  virtual std::string warning_when_shared() = 0;

  // ---- questions ----

  virtual void acquire(run_owner& owner, ownership how, question<bool>& into) = 0;
  virtual void open(stored_time latest_delay, bool counts_items, question<opening>& into) = 0;
  // The next page of a state's items; `restart`: the first one.
  virtual void page(std::size_t state, bool restart, std::size_t limit, question<found_page>& into) = 0;
  virtual void due(stored_time until, std::size_t limit, question<found_page>& into) = 0;
  virtual void next_due(stored_time after, delayed_by who, question<std::optional<stored_time>>& into) = 0;
  virtual void changed_elsewhere(question<bool>& into) = 0;

  // ---- of one item, within its worker's coroutine ----

  // Reads its record from the store; with `looks_around` it first finds out whether another process has changed the store.
  virtual item_news news_of(stored_item const& it, bool looks_around) = 0;
  virtual task<void> news_of_later(stored_item const& it, bool looks_around, item_news& into) = 0;
  // Within a batch: writes its record. False: see run_port's note.
  virtual bool note(stored_item const& it, trouble_record const& record) = 0;
  virtual task<void> note_later(stored_item const& it, trouble_record const& record, bool& noted) = 0;

  // Set once, before the first question.
  keeping_call on_answer{};
  std::weak_ptr<void> run{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
