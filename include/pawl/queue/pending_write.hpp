// A write that waits for its batch, and the list it waits in.
#ifndef PAWL_QUEUE_PENDING_WRITE_HPP
#define PAWL_QUEUE_PENDING_WRITE_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/cancellation_type.hpp>

#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A write's place in its store's batch, and the item it refers to if that must be kept until the batch is written.
struct batch_place {
  std::size_t ticket = 0;
  std::shared_ptr<void const> item{};
};

// Owns what it writes and its waiter. `store` is the store of the queue it was pushed to.
class pending_write {
 public:
  pending_write() = default;
  pending_write(pending_write const&) = delete;
  pending_write& operator=(pending_write const&) = delete;

  // Called within the batch's transaction.
  virtual void execute(void* store) = 0;
  // The same for a store that answers by coroutines.
  virtual task<void> execute_later(void* store) = 0;
  // The same for a store that is given whole batches (batch_store.hpp), in two halves: before the batch is written, and
  // after. `batch` is the store's.
  virtual batch_place append_to(void* batch) = 0;
  virtual void collect_from(void* batch, std::size_t ticket) = 0;
  // Destroys this, then resumes the waiter.
  virtual void finish(std::exception_ptr failure, loop_executor const& home) = 0;
  // Destroys this; the waiter never resumes, unless it asked from outside the loop: then it is told `unknown`.
  virtual void discard() noexcept = 0;
  // Of a write asked for outside the loop: the waiter is told this failure now, and nothing at the end.
  virtual void forsake(std::exception_ptr) noexcept {}
  // True if it was executed and moved an item.
  virtual bool moved() const = 0;

  pending_write* next = nullptr;
  pending_write** link = nullptr;  // the pointer that points to it in its list
  // At most so many may share its transaction, itself included: less each time its batch is rejected.
  std::uint32_t together = std::uint32_t(-1);
  bool waits = false;  // waits for its batch, so it may be cancelled
  bool is_transition = true;
  bool by_run = false;
  bool outside = false;  // asked for outside the loop: answered whatever happens
  transition_times times{};
  // The cancellation slot's pointer back to it.
  struct handle {
    pending_write* write = nullptr;
  };
  handle* canceller = nullptr;

 protected:
  ~pending_write() {
    if (canceller) canceller->write = nullptr;
  }
};

// A FIFO list of writes. Those left when it is destroyed are discarded.
class write_list {
 public:
  write_list() = default;
  write_list(write_list&& other) noexcept { append(other); }
  write_list(write_list const&) = delete;
  write_list& operator=(write_list const&) = delete;
  ~write_list() {
    while (!empty()) pop()->discard();
  }

  bool empty() const { return first_ == nullptr; }
  pending_write* front() const { return first_; }
  void push(pending_write* w) {
    w->next = nullptr;
    w->link = last_;
    *last_ = w;
    last_ = &w->next;
  }
  pending_write* pop() {
    pending_write* const w = first_;
    remove(w);
    return w;
  }
  void remove(pending_write* w) {
    *w->link = w->next;
    if (w->next)
      w->next->link = w->link;
    else
      last_ = w->link;
  }
  // Moves all of `other` to the end; `other` is empty afterwards.
  void append(write_list& other) {
    if (other.empty()) return;
    *last_ = std::exchange(other.first_, nullptr);
    (*last_)->link = last_;
    last_ = std::exchange(other.last_, &other.first_);
  }

 private:
  pending_write* first_ = nullptr;
  pending_write** last_ = &first_;
};

// Stored in the waiter's cancellation slot. It and the write do not keep each other alive, and either may be destroyed
// first: the slot may be reused for the next operation, or be gone, before the write is.
template <class Queue> class write_canceller : pending_write::handle {
 public:
  write_canceller(Queue& queue, pending_write& of) : queue_(&queue) {
    this->write = &of;
    of.canceller = this;
  }
  write_canceller(write_canceller const&) = delete;
  write_canceller& operator=(write_canceller const&) = delete;
  ~write_canceller() {
    if (this->write) this->write->canceller = nullptr;
  }
  // Accepts every cancellation type, since a write not yet begun has had no effect. The queue outlives all that waits
  // in it.
  void operator()(asio::cancellation_type) {
    if (this->write && this->write->waits) queue_->cancel(*this->write);
  }

 private:
  Queue* queue_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
