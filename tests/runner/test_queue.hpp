// The queue used by the runner's tests. The suite is built twice: on stores that answer at once and, with
// PAWL_TEST_DELAYED, on the same stores behind a delayed_store.
#ifndef PAWL_TESTS_RUNNER_TEST_QUEUE_HPP
#define PAWL_TESTS_RUNNER_TEST_QUEUE_HPP

#include <pawl/queue/commit_queue.hpp>

#ifndef PAWL_TEST_DELAYED

template <class Store, class Loop, class Observer = pawl::null_observer>
class test_queue : public pawl::commit_queue<Store, Loop, Observer> {
 public:
  using pawl::commit_queue<Store, Loop, Observer>::commit_queue;
};
inline constexpr bool test_store_answers_later = false;

#else

#include "runner/delayed_store.hpp"

template <class Store> struct delayed_store_holder { delayed_store<Store> delayed; };

template <class Store, class Loop, class Observer = pawl::null_observer>
class test_queue : private delayed_store_holder<Store>,
                   public pawl::commit_queue<delayed_store<Store>, Loop, Observer> {
  using holder = delayed_store_holder<Store>;
  using queue = pawl::commit_queue<delayed_store<Store>, Loop, Observer>;

 public:
  test_queue(Loop& loop, Store& store,
             pawl::commit_queue_options options = {}) requires std::is_same_v<Observer, pawl::null_observer>
      : holder{{loop, store}}, queue(loop, this->delayed, options) {}
  test_queue(Loop& loop, Store& store, Observer& observer, pawl::commit_queue_options options = {})
      : holder{{loop, store}}, queue(loop, this->delayed, observer, options) {}
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
