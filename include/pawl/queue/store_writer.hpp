// Implements write_port for a store: calls it if it answers at once, awaits it if it answers later, and hands it whole
// batches if it takes them.
#ifndef PAWL_QUEUE_STORE_WRITER_HPP
#define PAWL_QUEUE_STORE_WRITER_HPP

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/adapter/lifting.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/write_port.hpp>
#include <pawl/queue/write_times.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// True if note() returns a coroutine; a store that is no run_port has none.
template <class Store>
inline constexpr bool notes_later = [] {
  using any = any_item<typename Store::lifecycle>;
  if constexpr (requires(Store & s, any it, trouble_record record) { s.note(it, record); })
    return coroutine_type<decltype(std::declval<Store&>().note(std::declval<any>(), std::declval<trouble_record>()))>;
  else
    return false;
}();

// True if any store member used to write a batch returns a coroutine. What a batch_store writes always comes later.
template <class Store>
inline constexpr bool writes_later = [] {
  using L = typename Store::lifecycle;
  return batch_store<Store> || notes_later<Store> || coroutine_type<decltype(std::declval<Store&>().try_begin())> ||
         coroutine_type<decltype(std::declval<Store&>().commit())> ||
         coroutine_type<decltype(std::declval<Store&>().rollback())> ||
         coroutine_type<decltype(std::declval<Store&>().apply(std::declval<first_item<L>>(),
                                                              std::declval<first_event<L>>()))>;
}();

template <class Store>
inline constexpr write_manner manner_of = batch_store<Store>    ? write_manner::as_a_whole
                                          : writes_later<Store> ? write_manner::one_by_one
                                                                : write_manner::at_once;

// Awaits an answer that may have been given at once.
template <class Answer> task<awaited_t<Answer>> await_answer(Answer answer) {
  if constexpr (coroutine_type<Answer>)
    co_return co_await std::move(answer);
  else
    co_return std::move(answer);
}

template <class Store> class store_writer final : public write_port {
 public:
  explicit store_writer(Store& store) : store_(store) {}

  void* store() override { return &store_; }
  bool poisoned() const override { return store_.poisoned(); }
  std::string name() const override {
    if constexpr (requires { store_.name(); })
      return std::string(store_.name());
    else
      return "the store";
  }
  std::string lock_holder() const override {
    if constexpr (requires { store_.lock_holder(); })
      return std::string(store_.lock_holder());
    else
      return "another process";
  }

  bool try_begin() override {
    if constexpr (!writes_later<Store>) {
      if (!store_.try_begin()) return false;
      if constexpr (requires { store_.begin_batch(); }) store_.begin_batch();
      return true;
    }
    return false;
  }
  void commit() override {
    if constexpr (!writes_later<Store>) store_.commit();
  }
  void rollback() noexcept override {
    if constexpr (!writes_later<Store>) store_.rollback();
  }

  write_manner manner() const override { return manner_of<Store>; }
  void begin_batch([[maybe_unused]] batch_writer& writer) override {
    if constexpr (batch_store<Store>)
      spawn(writer.loop().get_executor(), write_whole_batch(writer.self(), store_), {&rethrow});
    else if constexpr (writes_later<Store>)
      spawn(writer.loop().get_executor(), write_batch(writer.self(), store_), {&rethrow});
  }

 private:
  // Writes one batch. The queue may be gone whenever this resumes; what it had taken is dropped with this coroutine.
  static task<void> write_batch(std::shared_ptr<batch_writer*> queue, Store& store) {
    batch_times times{};
    (*queue)->begin_writing(times);
    batch_writer::under_way now(queue);
    std::exception_ptr failure;
    bool begun = false;
    try {
      auto beginning = await_answer(store.try_begin());
      begun = co_await std::move(beginning);
    } catch (...) {
      failure = std::current_exception();
    }
    if (begun && *queue && !(*queue)->empty()) {
      now.take(times);
      co_await execute(queue, store, now.taken, times, failure);
    } else if (begun) {  // everything was cancelled meanwhile, or the queue is gone
      co_await undo(store);
    }
    if (*queue) now.end(begun, times, failure);
  }
  static task<void> execute(std::shared_ptr<batch_writer*> const& queue, Store& store, batch_writer::batch const& taken,
                            batch_times& times, std::exception_ptr& failure) {
    try {
      for (auto* w = taken.list.front(); w; w = w->next) {
        if (*queue) (*queue)->stamp(w->times.updating);
        auto executing = w->execute_later(&store);
        co_await std::move(executing);
        if (*queue) (*queue)->stamp(w->times.updated);
      }
      if (*queue) (*queue)->stamp(times.updated);
      if constexpr (coroutine_type<decltype(store.commit())>)
        co_await store.commit();
      else
        store.commit();
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) co_await undo(store);
  }
  // A failure of the rollback is ignored: the waiters are told the failure that made it necessary.
  static task<void> undo(Store& store) {
    try {
      if constexpr (coroutine_type<decltype(store.rollback())>)
        co_await store.rollback();
      else
        store.rollback();
    } catch (...) {}
  }

  // The same for a batch_store. Nothing is awaited before the batch is complete, so until then the queue is there.
  static task<void> write_whole_batch(std::shared_ptr<batch_writer*> queue, Store& store) {
    batch_times times{};
    (*queue)->begin_writing(times);
    batch_writer::under_way now(queue);
    now.take(times);
    std::exception_ptr failure;
    try {
      auto batch = store.make_batch();
      auto const places = append_all(now, batch);
      auto writing = batch.write();
      if (*queue) (*queue)->stamp(times.updated);
      co_await std::move(writing);
      std::size_t at = 0;
      for (auto* w = now.taken.list.front(); w; w = w->next) w->collect_from(&batch, places[at++].ticket);
    } catch (...) {
      failure = std::current_exception();
    }
    if (*queue) now.end(true, times, failure);
  }
  // A write that cannot be appended ends the batch before it, or fails alone if it is the first.
  template <class Batch> static std::vector<batch_place> append_all(batch_writer::under_way& now, Batch& batch) {
    std::vector<batch_place> places;
    places.reserve(now.taken.size);
    for (auto* w = now.taken.list.front(); w; w = w->next) {
      (*now.queue)->stamp(w->times.updating);
      try {
        places.push_back(w->append_to(&batch));
      } catch (...) {
        now.leave(places.empty() ? 1 : places.size());
        if (places.empty()) throw;
        break;
      }
      (*now.queue)->stamp(w->times.updated);
    }
    return places;
  }

  Store& store_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
