// A write that a program awaits: a transition or an insert, with its waiter.
#ifndef PAWL_QUEUE_AWAITED_WRITE_HPP
#define PAWL_QUEUE_AWAITED_WRITE_HPP

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/system_executor.hpp>

#include <pawl/loop/spawn.hpp>
#include <pawl/loop/suspend.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/queue/outside_requests.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/store_writer.hpp>
#include <pawl/queue/write_port.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// ---- what is asked for ----

template <class Store, auto S, class E> class transition_request {
  using L = typename Store::lifecycle;

 public:
  using answer_type = applied_to<L, S, E>;
  static constexpr bool is_transition = true;
  static constexpr std::size_t row = row_index<L, S, E>;

  transition_request(item<L, S>&& it, E&& event) : item_(std::move(it)), event_(std::move(event)) {}

  std::string const& key() const { return item_.key; }
  void execute(void* store) {
    if constexpr (!writes_later<Store>) answer_.emplace(static_cast<Store*>(store)->apply(item_, event_));
  }
  task<void> execute_later(void* store) {
    if constexpr (manner_of<Store> == write_manner::one_by_one) {
      auto applying = await_answer(static_cast<Store*>(store)->apply(item_, event_));
      answer_.emplace(co_await std::move(applying));
    }
    co_return;
  }
  std::size_t append_to(void* batch) {
    if constexpr (batch_store<Store>) return static_cast<typename Store::batch*>(batch)->apply(item_, event_);
    return 0;
  }
  void collect_from(void* batch, std::size_t ticket) {
    if constexpr (batch_store<Store>)
      answer_.emplace(static_cast<typename Store::batch*>(batch)->template applied<S, E>(ticket));
  }
  bool moved() const { return answer_ && static_cast<bool>(*answer_); }
  answer_type take() { return answer_ ? std::move(*answer_) : unanswered(); }
  static answer_type unanswered() { return answer_type(conflict<L>()); }

 private:
  item<L, S> item_;
  E event_;
  std::optional<answer_type> answer_{};
};

template <class Store> class insert_request {
 public:
  using answer_type = bool;  // false: the key exists
  static constexpr bool is_transition = false;
  static constexpr std::size_t row = 0;

  insert_request(std::string&& key, std::optional<stored_time> start_at) : key_(std::move(key)), start_at_(start_at) {}

  std::string const& key() const { return key_; }
  void execute(void* store) {
    if constexpr (!writes_later<Store>)
      inserted_ = start_at_ ? static_cast<Store*>(store)->insert_if_absent(key_, *start_at_)
                            : static_cast<Store*>(store)->insert_if_absent(key_);
  }
  task<void> execute_later(void* store) {
    if constexpr (manner_of<Store> == write_manner::one_by_one) {
      auto& into = *static_cast<Store*>(store);
      if (start_at_) {
        auto inserting = await_answer(into.insert_if_absent(key_, *start_at_));
        inserted_ = co_await std::move(inserting);
      } else {
        auto inserting = await_answer(into.insert_if_absent(key_));
        inserted_ = co_await std::move(inserting);
      }
    }
    co_return;
  }
  std::size_t append_to(void* batch) {
    if constexpr (batch_store<Store>) return static_cast<typename Store::batch*>(batch)->insert(key_, start_at_);
    return 0;
  }
  void collect_from(void* batch, std::size_t ticket) {
    if constexpr (batch_store<Store>) inserted_ = static_cast<typename Store::batch*>(batch)->inserted(ticket);
  }
  bool moved() const { return inserted_; }
  bool take() { return inserted_; }
  static bool unanswered() { return false; }

 private:
  std::string key_;
  std::optional<stored_time> start_at_;
  bool inserted_ = false;
};

// ---- a request with its waiter ----

// Between the cancellation slot of a waiter on another thread and its write, which is the loop's.
struct outside_link {
  outside_link(std::shared_ptr<batch_writer*> of, pending_write& w, loop_executor on)
      : queue(std::move(of)), write(&w), home(std::move(on)) {}

  outside_link(outside_link const&) = delete;
  outside_link& operator=(outside_link const&) = delete;

  void cancel() {  // on the loop's thread
    if (!*queue) return;
    (*queue)->fetch_requests();
    if (write && write->waits) (*queue)->cancel(*write);
  }

  std::shared_ptr<batch_writer*> queue;
  pending_write* write;  // null: it is gone
  loop_executor home;
  std::atomic<bool> ended{false};
};
struct outside_canceller {
  std::shared_ptr<outside_link> link;
  void operator()(asio::cancellation_type) const {
    if (link->ended.load()) return;
    post(link->home, std::weak_ptr(link), [](outside_link& of) { of.cancel(); });
  }
};

template <class Handler, class Request> class awaited_write final : public pending_write {
  using answer_type = typename Request::answer_type;
  using allocator =
      typename std::allocator_traits<asio::associated_allocator_t<Handler>>::template rebind_alloc<awaited_write>;

 public:
  static awaited_write* make(Handler&& handler, Request&& request) {
    allocator memory(asio::get_associated_allocator(handler));
    auto* place = memory.allocate(1);
    return ::new (static_cast<void*>(place)) awaited_write(std::move(handler), std::move(request), memory);
  }
  // Before it is handed to the queue. If there is no memory for the handler, the write merely cannot be cancelled.
  void ask_outside(batch_writer& writer, asio::cancellation_slot slot) noexcept {
    outside = true;
    if (!slot.is_connected()) return;
    try {
      link_ = std::make_shared<outside_link>(writer.self(), *this, writer.loop().get_executor());
      slot.emplace<outside_canceller>(outside_canceller{link_});
    } catch (std::bad_alloc const&) {}
  }

  void execute(void* store) override { request_.execute(store); }
  task<void> execute_later(void* store) override { return request_.execute_later(store); }
  batch_place append_to(void* batch) override { return {request_.append_to(batch), nullptr}; }
  void collect_from(void* batch, std::size_t ticket) override { request_.collect_from(batch, ticket); }
  bool moved() const override { return request_.moved(); }
  void finish(std::exception_ptr failure, loop_executor const& home) override {
    if (!handler_) return destroy();                  // forsaken
    if constexpr (requires { request_.undone(); }) {  // it failed alone
      if (!failure) failure = request_.undone();
    }
    auto handler = std::move(*handler_);
    auto answer = request_.take();
    bool const was_outside = outside;
    destroy();
    if (was_outside)
      resume(std::move(handler), copy_of(failure), std::move(answer), nullptr);
    else
      resume(std::move(handler), std::move(failure), std::move(answer), &home);
  }
  void discard() noexcept override {
    if (outside) forsake(lost_under_way(*this));
    [[maybe_unused]] auto const handler = std::move(handler_);  // which may own all that is around this write
    destroy();
  }
  void forsake(std::exception_ptr failure) noexcept override {
    if (!outside || !handler_) return;
    try {
      auto handler = std::move(*handler_);
      handler_.reset();
      resume(std::move(handler), std::move(failure), Request::unanswered(), nullptr);
    } catch (...) {  // thrown by the waiter: there is nobody to tell
    }
  }

 private:
  awaited_write(Handler&& handler, Request&& request, allocator memory)
      : handler_(std::move(handler)), request_(std::move(request)), memory_(memory) {
    is_transition = Request::is_transition;
    times.key = request_.key();
    times.row = Request::row;
  }
  ~awaited_write() {
    if (!link_) return;
    link_->write = nullptr;
    link_->ended = true;
  }
  void destroy() noexcept {
    allocator memory(memory_);
    this->~awaited_write();
    memory.deallocate(this, 1);
  }
  // `home` is null for a waiter outside the loop: then it resumes where it says, and if it does not, at once.
  static void resume(Handler&& handler, std::exception_ptr failure, answer_type&& answer, loop_executor const* home) {
    if (home) {
      auto const chosen = asio::get_associated_executor(handler, *home);
      if (is_home(chosen, *home))  // a dispatch would call it at once too, after some allocations
        std::move(handler)(std::move(failure), std::move(answer));
      else
        dispatch_to(chosen, std::move(handler), std::move(failure), std::move(answer));
    } else {
      auto const chosen = asio::get_associated_executor(handler, asio::system_executor());
      dispatch_to(chosen, std::move(handler), std::move(failure), std::move(answer));
    }
  }
  template <class Executor>
  static void dispatch_to(Executor const& on, Handler&& handler, std::exception_ptr failure, answer_type&& answer) {
    if constexpr (std::is_same_v<Executor, asio::system_executor>)  // would end the process if the handler throws
      return std::move(handler)(std::move(failure), std::move(answer));
    else
      asio::dispatch(on, [h = std::move(handler), f = std::move(failure), a = std::move(answer)]() mutable {
        std::move(h)(std::move(f), std::move(a));
      });
  }
  std::optional<Handler> handler_;
  Request request_;
  allocator memory_;
  std::shared_ptr<outside_link> link_{};
};

// Asks the queue for a write, on any thread.
template <class Request, class Handler> void ask_queue(batch_writer& writer, Handler&& handler, Request&& request) {
  using write_type = awaited_write<std::decay_t<Handler>, Request>;
  auto const cancellation = asio::get_associated_cancellation_slot(handler);
  if (!writer.loop().runs_here()) {
    auto* const write = write_type::make(std::move(handler), std::move(request));
    write->ask_outside(writer, cancellation);
    writer.ask_outside(*write);
    return;
  }
  writer.schedule();  // first: if it throws, no write is left in the queue
  auto* const write = write_type::make(std::move(handler), std::move(request));
  writer.make_cancellable(*write, cancellation);
  writer.push(*write, batch_writer::no_slot);
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
