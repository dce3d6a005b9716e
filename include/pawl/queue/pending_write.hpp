// The writes that wait for a group commit, in their order; each may be called off as long as it waits.
#ifndef PAWL_QUEUE_PENDING_WRITE_HPP
#define PAWL_QUEUE_PENDING_WRITE_HPP

#include <cstddef>
#include <exception>
#include <utility>

#include <boost/asio/cancellation_type.hpp>

#include <pawl/loop/task.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A write that waits in the queue. It owns what it writes, and its waiter.
template <class Store, class Executor> class queued_write {
 public:
  queued_write() = default;
  queued_write(queued_write const&) = delete;
  queued_write& operator=(queued_write const&) = delete;

  virtual void execute(Store& store) = 0;
  // Destroys this, then resumes the waiter: on its own executor, or on `home` if it has none.
  virtual void finish(std::exception_ptr failure, Executor const& home) = 0;
  virtual void drop() noexcept = 0;  // destroys this; the waiter never resumes
  virtual bool moved() const = 0;

  queued_write* next = nullptr;
  queued_write** link = nullptr;  // what points to it in the list that it stands in
  bool waits = false;             // to be written: it may be called off
  bool alone = false;             // it is to be written in a transaction of its own
  bool is_transition = true;
  bool by_run = false;
  transition_times times{};
  // What a cancellation slot keeps of it.
  struct handle {
    queued_write* write = nullptr;
  };
  handle* canceller = nullptr;

 protected:
  ~queued_write() {
    if (canceller) canceller->write = nullptr;
  }
};

// Stands in the waiter's cancellation slot. Neither it nor the write keeps the other alive, and either may go first: a slot
// may be given to the next operation, or be gone, before the write is.
template <class Queue, class Write> class write_canceller : Write::handle {
 public:
  write_canceller(Queue& queue, Write& of) : queue_(&queue) {
    this->write = &of;
    of.canceller = this;
  }
  write_canceller(write_canceller const&) = delete;
  write_canceller& operator=(write_canceller const&) = delete;
  ~write_canceller() {
    if (this->write) this->write->canceller = nullptr;
  }
  // Of whatever kind: what has not begun has had no effect. The queue outlives all that waits in it.
  void operator()(asio::cancellation_type) {
    if (this->write && this->write->waits) queue_->call_off(*this->write);
  }

 private:
  Queue* queue_;
};

// First in, first out.
template <class Write> class write_list {
 public:
  write_list() = default;
  write_list(write_list&& other) noexcept { append(other); }
  write_list(write_list const&) = delete;
  write_list& operator=(write_list const&) = delete;

  bool empty() const { return first_ == nullptr; }
  Write* front() const { return first_; }
  void push(Write* w) {
    w->next = nullptr;
    w->link = last_;
    *last_ = w;
    last_ = &w->next;
  }
  Write* pop() {
    Write* const w = first_;
    remove(w);
    return w;
  }
  void remove(Write* w) {
    *w->link = w->next;
    if (w->next)
      w->next->link = w->link;
    else
      last_ = w->link;
  }
  // All of another list, which is empty then.
  void append(write_list& other) {
    if (other.empty()) return;
    *last_ = std::exchange(other.first_, nullptr);
    (*last_)->link = last_;
    last_ = std::exchange(other.last_, &other.first_);
  }

 private:
  Write* first_ = nullptr;
  Write** last_ = &first_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
