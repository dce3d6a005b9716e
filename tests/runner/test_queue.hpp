// The queue used by the runner's tests. The suite is built twice: on stores that answer at once and, with
// PAWL_TEST_DELAYED, on the same stores at a distance: a queue with an observer is on a delayed_store, which writes one
// after the other, and one without on a batching_store. With PAWL_TEST_POSTGRES most of it is built once more, on tables of
// a PostgreSQL server.
#ifndef PAWL_TESTS_RUNNER_TEST_QUEUE_HPP
#define PAWL_TESTS_RUNNER_TEST_QUEUE_HPP

#include <pawl/queue/commit_queue.hpp>
#include <pawl/store/memory_store.hpp>

#ifndef PAWL_TEST_POSTGRES
template <class L> using test_store = pawl::memory_store<L>;
#endif

// What a test may do so often in memory, and where each write waits for a server.
constexpr int so_many([[maybe_unused]] int in_memory, [[maybe_unused]] int on_a_server) {
#ifdef PAWL_TEST_POSTGRES
  return on_a_server;
#else
  return in_memory;
#endif
}

#if defined(PAWL_TEST_POSTGRES)

#include "postgres/server_store.hpp"

template <class L> using test_store = server_store<L>;

template <class Store, class Loop, class Observer = pawl::null_observer>
class test_queue : private server_store_holder<Store>,
                   public pawl::commit_queue<pawl::postgres::store<typename Store::lifecycle>, Loop, Observer> {
  using holder = server_store_holder<Store>;
  using queue = pawl::commit_queue<pawl::postgres::store<typename Store::lifecycle>, Loop, Observer>;

 public:
  test_queue(Loop& loop, Store& store,
             pawl::commit_queue_options options = {}) requires std::is_same_v<Observer, pawl::null_observer>
      : holder(loop, store), queue(loop, this->distant, options) {}
  test_queue(Loop& loop, Store& store, Observer& observer, pawl::commit_queue_options options = {})
      : holder(loop, store), queue(loop, this->distant, observer, options) {}
};
inline constexpr bool test_store_answers_later = true;

#elif !defined(PAWL_TEST_DELAYED)

template <class Store, class Loop, class Observer = pawl::null_observer>
class test_queue : public pawl::commit_queue<Store, Loop, Observer> {
 public:
  using pawl::commit_queue<Store, Loop, Observer>::commit_queue;
};
inline constexpr bool test_store_answers_later = false;

#else

#include "runner/batching_store.hpp"
#include "runner/delayed_store.hpp"

template <class Store, class Observer>
using distant_store =
    std::conditional_t<std::is_same_v<Observer, pawl::null_observer>, batching_store<Store>, delayed_store<Store>>;
template <class Store, class Observer> struct distant_store_holder { distant_store<Store, Observer> distant; };

template <class Store, class Loop, class Observer = pawl::null_observer>
class test_queue : private distant_store_holder<Store, Observer>,
                   public pawl::commit_queue<distant_store<Store, Observer>, Loop, Observer> {
  using holder = distant_store_holder<Store, Observer>;
  using queue = pawl::commit_queue<distant_store<Store, Observer>, Loop, Observer>;

 public:
  test_queue(Loop& loop, Store& store,
             pawl::commit_queue_options options = {}) requires std::is_same_v<Observer, pawl::null_observer>
      : holder{{loop, store}}, queue(loop, this->distant, options) {}
  test_queue(Loop& loop, Store& store, Observer& observer, pawl::commit_queue_options options = {})
      : holder{{loop, store}}, queue(loop, this->distant, observer, options) {}
};
inline constexpr bool test_store_answers_later = true;

#endif

template <class Loop, class Store> test_queue(Loop&, Store&) -> test_queue<Store, Loop>;
template <class Loop, class Store> test_queue(Loop&, Store&, pawl::commit_queue_options) -> test_queue<Store, Loop>;
template <class Loop, class Store, class Observer>
test_queue(Loop&, Store&, Observer&, pawl::commit_queue_options) -> test_queue<Store, Loop, Observer>;
template <class Loop, class Store, class Observer>
  requires(!std::is_same_v<std::remove_const_t<Observer>, pawl::commit_queue_options>)
test_queue(Loop&, Store&, Observer&)
->test_queue<Store, Loop, Observer>;

#endif
