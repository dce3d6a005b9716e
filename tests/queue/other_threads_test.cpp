// What is asked of a queue from outside its loop: on other threads, before the loop runs, and when it runs no more.
// This file is also built with ThreadSanitizer.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>

#include "catch.hpp"
#include "runner/parcel.hpp"

namespace other_threads_test {

using namespace std::chrono_literals;
using parcel::pack;
using parcel::state;
using pawl::store_failure;
namespace asio = boost::asio;

using real_loop = pawl::loop<>;
using texts = std::vector<std::string>;
using sizes = std::vector<std::size_t>;

struct batches {
  std::vector<std::size_t> sizes;
  std::vector<std::string> keys;
  void on_batch(pawl::batch_times const& b) { sizes.push_back(b.size); }
  void on_transition(pawl::transition_times const& t) { keys.emplace_back(t.key); }
};

// Another process holds its lock for so many times.
struct locked_store : parcel::store {
  int refusals = 0;
  bool try_begin() { return refusals-- > 0 ? false : parcel::store::try_begin(); }
};

template <class Ask> std::string word_of(Ask ask) {
  try {
    return ask();
  } catch (pawl::error const& e) {
    return std::string(e.id());
  } catch (std::exception const& e) {
    return e.what();
  }
}
std::string in_a_word(std::exception_ptr failure, bool moved) {
  return word_of([&]() -> std::string {
    if (failure) std::rethrow_exception(failure);
    return moved ? "yes" : "no";
  });
}

// The answers of askers on any thread.
class answers {
 public:
  void note(std::string answer) {
    std::lock_guard const lock(mutex_);
    all_.push_back(std::move(answer));
  }
  texts all() const {
    std::lock_guard const lock(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_{};
  texts all_{};
};

using queue_type = test_queue<locked_store, real_loop, batches>;
using insert_answer = std::pair<std::exception_ptr, bool>;

// A queue, and everybody who may ask it from outside its loop.
struct world {
  explicit world(pawl::commit_queue_options options = {}) : queue(std::in_place, loop, memory, seen, options) {}
  ~world() { join(); }

  void join() {
    threads.clear();
    pool.join();
  }
  // Runs the loop until so many answers have come.
  void run_until_told(std::size_t count) {
    run_until([this, count] { return told.all().size() >= count; });
  }
  void run_until(std::function<bool()> done) {
    loop.wait([](real_loop& l, std::function<bool()> is_done) -> pawl::task<void> {
      while (!is_done()) co_await l.sleep(1ms);
    }(loop, std::move(done)));
  }
  // Other threads have made so many requests, which wait for the loop.
  void wait_for_requests(std::size_t count) {
    while (queue->writer().requests()->size() < count) std::this_thread::sleep_for(1ms);
  }
  static parcel::item<state::ordered> parcel_of(std::string key) { return {std::move(key), 0}; }

  real_loop loop;
  locked_store memory;
  batches seen;
  std::optional<queue_type> queue;
  answers told;
  asio::thread_pool pool{2};
  std::vector<std::jthread> threads;
};

struct asker {
  char const* name;
  void (*ask)(world& w, std::string key, bool inserts);
};

void ask_blocking(world& w, std::string key, bool inserts) {
  w.threads.emplace_back([&w, key, inserts] {
    w.told.note(word_of([&]() -> std::string {
      if (inserts) return w.queue->insert_if_absent(key, pawl::blocking) ? "yes" : "no";
      return w.queue->apply(world::parcel_of(key), pack{}, pawl::blocking) ? "yes" : "no";
    }));
  });
}
void ask_for_future(world& w, std::string key, bool inserts) {
  w.threads.emplace_back([&w, key, inserts] {
    w.told.note(word_of([&]() -> std::string {
      if (inserts) return w.queue->insert_if_absent(key, asio::use_future).get() ? "yes" : "no";
      return w.queue->apply(world::parcel_of(key), pack{}, asio::use_future).get() ? "yes" : "no";
    }));
  });
}
void ask_with_callback(world& w, std::string key, bool inserts) {
  auto const note = [&w](std::exception_ptr failure, auto const& moved) {
    w.told.note(in_a_word(failure, static_cast<bool>(moved)));
  };
  if (inserts)
    w.queue->insert_if_absent(key, note);
  else
    w.queue->apply(world::parcel_of(key), pack{}, note);
}
void ask_with_callback_elsewhere(world& w, std::string key, bool inserts) {
  w.threads.emplace_back([&w, key, inserts] { ask_with_callback(w, key, inserts); });
  w.threads.back().join();
}
void ask_from_coroutine(world& w, std::string key, bool inserts) {
  auto const job = [](world& of, std::string of_key, bool insert) -> pawl::task<void> {
    std::string word;
    try {
      if (insert) {
        word = co_await of.queue->insert_if_absent(of_key) ? "yes" : "no";
      } else {
        auto const moved = co_await of.queue->template fire<pack>(world::parcel_of(of_key));
        word = moved ? "yes" : "no";
      }
    } catch (pawl::error const& e) {
      word = e.id();
    }
    auto const executor = co_await asio::this_coro::executor;
    bool const at_home = executor.target<asio::thread_pool::executor_type>()->running_in_this_thread();
    of.told.note(at_home ? word : "on the wrong thread");
  };
  asio::co_spawn(w.pool, job(w, std::move(key), inserts), asio::detached);
}

constexpr asker everybody[] = {{"a thread that waits", &ask_blocking},
                               {"a thread with a future", &ask_for_future},
                               {"a callback of the loop's own thread", &ask_with_callback},
                               {"a callback of another thread", &ask_with_callback_elsewhere},
                               {"a coroutine of a pool", &ask_from_coroutine}};

// The reference count of an exception is in the C++ library, where ThreadSanitizer does not see it, and std::future shares
// its exception with the thread that set it.
#ifdef __SANITIZE_THREAD__
constexpr bool future_fails_in_public = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool future_fails_in_public = true;
#else
constexpr bool future_fails_in_public = false;
#endif
#else
constexpr bool future_fails_in_public = false;
#endif

// What may become of a request. Each is prepared before the request, and carried out after it has been made.
struct fate {
  char const* name;
  std::string answer_to_insert, answer_to_transition;
  void (*prepare)(world& w);
  bool runs;  // the loop runs after the request
  bool destroys = false;
};
fate const fates[] = {
    {"written", "yes", "yes", [](world& w) { w.memory.put("parcel", "ordered"); }, true},
    {"refused by the row", "no", "no",
     [](world& w) {
       w.memory.put("new", "ordered");
       w.memory.put("parcel", "ordered", 7);
     },
     true},
    {"rejected by the store", "store.rejected", "store.rejected",
     [](world& w) { w.memory.fail_next(store_failure::rejected); }, true},
    {"lost in the COMMIT", "store.unknown", "store.unknown",
     [](world& w) { w.memory.fail_next(store_failure::unknown); }, true},
    {"a poisoned store", "store.not_applied", "store.not_applied",
     [](world& w) {
       w.memory.fail_next(store_failure::not_applied);
       CHECK_THROWS(w.memory.insert_if_absent("first"));
     },
     true},
    {"locked by another process for too long", "store.busy", "store.busy",
     [](world& w) { w.memory.refusals = 1'000'000'000; }, true},
    {"a queue that is destroyed", "store.cancelled", "store.cancelled", [](world&) {}, false, true},
    {"a loop that is not run any more after a run", "store.cancelled", "store.cancelled",
     [](world& w) {
       struct steps {
         pack operator()(parcel::item<state::ordered>) { return {}; }
         parcel::ship operator()(parcel::item<state::packed>) { return {"t"}; }
         parcel::deliver operator()(parcel::item<state::sent>) { return {"s"}; }
       };
       CHECK(pawl::run(*w.queue, steps{}).finished == 0);
     },
     false},
};

TEST_CASE("who asks a queue from outside its loop is answered, whoever asks and whatever becomes of it", "[queue]") {
  auto const& who = GENERATE(from_range(std::begin(everybody), std::end(everybody)));
  auto const& what = GENERATE(from_range(std::begin(fates), std::end(fates)));
  bool const inserts = GENERATE(true, false);
  CAPTURE(who.name, what.name, inserts);
  auto const& expected = inserts ? what.answer_to_insert : what.answer_to_transition;
  if (future_fails_in_public && who.ask == &ask_for_future && expected.size() > 3) return;
  world w({.busy_bound = 20ms});
  what.prepare(w);
  who.ask(w, inserts ? "new" : "parcel", inserts);
  if (what.runs) w.run_until_told(1);
  if (what.destroys) {
    w.wait_for_requests(1);
    w.queue.reset();
  }
  w.join();
  CHECK(w.told.all() == texts{expected});
}

TEST_CASE("requests from outside the loop share a batch with those of its coroutines, inserts too, first in, first out",
          "[queue]") {
  world w;
  parcel::fill(w.memory, 2);
  auto const inside = [&w](std::string key) -> pawl::task<void> {
    auto const is_new = co_await w.queue->insert_if_absent(key);
    w.told.note(is_new ? "yes" : "no");
  };
  ask_with_callback(w, "parcel 0", false);
  for (std::string key : {"a", "b", "a"}) ask_with_callback(w, key, true);
  for (std::string key : {"b", "c"}) asio::co_spawn(w.loop.get_executor(), inside(key), asio::detached);
  ask_with_callback_elsewhere(w, "parcel 1", false);
  w.run_until_told(7);
  CHECK(w.told.all() == texts{"yes", "yes", "yes", "no", "yes", "no", "yes"});
  CHECK(w.seen.sizes == sizes{7});
  CHECK(w.seen.keys == texts{"parcel 0", "parcel 1"});  // an insert is no transition
  for (std::string key : {"a", "b", "c"}) CHECK(w.memory.get(key).item);
}

TEST_CASE("threads that insert at the same time are each told once whose key was new", "[queue]") {
  constexpr int threads = 4, keys = 50;
  world w;
  std::atomic<int> is_new{0};
  for (int thread = 0; thread < threads; ++thread)
    w.threads.emplace_back([&w, &is_new] {
      for (int key = 0; key < keys; ++key)
        is_new += static_cast<int>(w.queue->insert_if_absent("parcel " + std::to_string(key), pawl::blocking));
      w.told.note("ended");
    });
  w.run_until_told(threads);
  CHECK(is_new == keys);
  CHECK(w.memory.size() == keys);
}

TEST_CASE("an insert that the store refuses fails alone, and the others of its batch are written", "[queue]") {
  world w;
  for (std::string key : {"a", "", "b"}) ask_with_callback(w, key, true);
  w.run_until_told(3);
  CHECK(w.told.all() == texts{"yes", "store.misuse", "yes"});
  CHECK(w.memory.size() == 2);
}

TEST_CASE("an insert may be delayed until a time", "[queue]") {
  world w;
  auto const later = pawl::stored_time(std::chrono::system_clock::now()) + 1h;
  std::string word;
  w.queue->insert_if_absent("a", later, [&](std::exception_ptr failure, bool made) {
    word = in_a_word(failure, made);
    w.told.note(word);
  });
  w.threads.emplace_back([&] { w.told.note(w.queue->insert_if_absent("b", later, pawl::blocking) ? "yes" : "no"); });
  w.run_until_told(2);
  CHECK(w.told.all() == texts{"yes", "yes"});
  for (std::string key : {"a", "b"}) {
    auto const record = w.memory.trouble_of(*w.memory.get(key).item);
    REQUIRE(record);
    CHECK(record->next_at == later);
  }
}

// A parcel needs no remote here.
struct plain_steps {
  std::function<void()> delivered{};
  pack operator()(parcel::item<state::ordered>) { return {}; }
  parcel::ship operator()(parcel::item<state::packed>) { return {"t"}; }
  parcel::deliver operator()(parcel::item<state::sent>) {
    if (delivered) delivered();
    return {"s"};
  }
};

TEST_CASE("an insert or a transition of another thread wakes a run that waits for nothing else", "[queue]") {
  world w;
  w.memory.insert_if_absent("later", pawl::stored_time(std::chrono::system_clock::now()) + 24h);
  bool const inserts = GENERATE(true, false);
  std::stop_source stop;
  pawl::run_options options;
  options.until = pawl::until::stopped;
  options.poll = 0ns;  // it never looks by itself
  options.stop = &stop;
  std::atomic<bool> runs{false};
  w.loop.sleep(1ms, [&](boost::system::error_code) { runs = true; });
  w.threads.emplace_back([&] {
    while (!runs) std::this_thread::sleep_for(1ms);
    if (inserts) {
      w.told.note(w.queue->insert_if_absent("new", pawl::blocking) ? "yes" : "no");
    } else {
      auto const moved = w.queue->apply(world::parcel_of("later"), pack{}, pawl::blocking);
      w.told.note(moved ? "yes" : "no");
    }
  });
  auto const sum = pawl::run(*w.queue, plain_steps{[&] { stop.request_stop(); }}, options);
  w.join();
  CHECK(w.told.all() == texts{"yes"});
  CHECK(sum.stopped);
  CHECK(w.memory.get(inserts ? "new" : "later").item->state == state::delivered);
}

TEST_CASE("a thread that waits for a loop is served as soon as it is run", "[queue]") {
  world w({.busy_bound = std::chrono::nanoseconds::max()});
  ask_blocking(w, "new", true);
  w.wait_for_requests(1);
  w.run_until_told(1);
  CHECK(w.told.all() == texts{"yes"});
}

TEST_CASE("a thread that waits for a loop that nobody runs is told so after the bound", "[queue]") {
  world w({.busy_bound = GENERATE(0ms, 1ms)});
  std::string message;
  std::jthread other([&] {
    try {
      w.queue->insert_if_absent("new", pawl::blocking);
    } catch (pawl::store_error const& e) {
      message = e.what();
    }
  });
  other.join();
  CHECK(message ==
        "pawl: no thread runs the queue's loop: the insert of 'new' was not begun; nothing of it was applied");
  w.run_until([] { return true; });
  CHECK(w.memory.size() == 0);
}

TEST_CASE("the loop's own thread may not wait for itself", "[queue]") {
  world w;
  std::string message;
  w.loop.wait([](world& of, std::string& said) -> pawl::task<void> {
    try {
      of.queue->insert_if_absent("new", pawl::blocking);
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == store_failure::misuse);
      said = e.what();
    }
    co_return;
  }(w, message));
  CHECK_THAT(message, ContainsSubstring("would wait for itself"));
}

TEST_CASE("requests that meet the end of a run are written or refused, and no thread is left behind", "[queue]") {
  world w;
  parcel::fill(w.memory, 20);
  std::atomic<int> written{0};
  for (int thread = 0; thread < 3; ++thread)
    w.threads.emplace_back([&w, &written, thread] {
      for (int i = 0;; ++i) {
        auto const word = word_of([&]() -> std::string {
          return w.queue->insert_if_absent(std::to_string(thread) + " " + std::to_string(i), pawl::blocking) ? "yes"
                                                                                                             : "no";
        });
        if (word != "yes") return w.told.note(word);
        ++written;
      }
    });
  std::stop_source stop;
  int delivered = 0;
  pawl::run_options options;
  options.until = pawl::until::stopped;
  options.stop = &stop;
  pawl::run(*w.queue, plain_steps{[&] {
    if (++delivered == 40) stop.request_stop();
  }},
            options);
  w.join();
  for (auto const& word : w.told.all()) CHECK((word == "store.cancelled" || word == "store.unknown"));
  CHECK(w.memory.size() >= 20 + static_cast<std::size_t>(written));
}

TEST_CASE("once the loop is run again other threads are served again", "[queue]") {
  world w;
  CHECK(pawl::run(*w.queue, plain_steps{}).finished == 0);
  ask_with_callback(w, "new", true);
  CHECK(w.told.all() == texts{"store.cancelled"});
  bool asked = false;
  w.run_until([&] {
    if (!std::exchange(asked, true)) ask_blocking(w, "new", true);
    return w.told.all().size() == 2;
  });
  CHECK(w.told.all()[1] == "yes");
}

TEST_CASE("a request that is not written when the loop stops is refused after a run, and else waits for the loop",
          "[queue]") {
  world w({.busy_bound = std::chrono::nanoseconds::max()});
  bool const after_a_run = GENERATE(true, false);
  bool const fetched = GENERATE(true, false);  // by the loop, which stops before the flush
  if (after_a_run) CHECK(pawl::run(*w.queue, plain_steps{}).finished == 0);
  bool stopped = false;
  w.loop.sleep({}, [&](boost::system::error_code) {
    ask_blocking(w, "new", true);
    w.wait_for_requests(1);
    if (fetched)
      asio::post(w.loop.get_executor(), [&stopped] { stopped = true; });
    else
      stopped = true;
  });
  w.loop.run_until(stopped);
  if (!after_a_run) {
    w.wait_for_requests(1);
    CHECK(w.told.all().empty());
    w.run_until_told(1);
  }
  w.join();
  CHECK(w.told.all() == texts{after_a_run ? "store.cancelled" : "yes"});
  CHECK(w.memory.size() == (after_a_run ? 0 : 1));
}

TEST_CASE("a coroutine of a pool is cancelled while its request waits, also before the loop runs", "[queue]") {
  world w;
  bool const has_run = GENERATE(true, false);
  asio::cancellation_signal signal;
  auto const job = [](world& of) -> pawl::task<void> {
    std::string word;
    try {
      word = co_await of.queue->insert_if_absent("new") ? "yes" : "no";
    } catch (pawl::error const& e) {
      word = e.id();
    }
    of.told.note(word);
  };
  if (has_run) w.memory.refusals = 1'000'000'000;
  asio::co_spawn(w.pool, job(w), asio::bind_cancellation_slot(signal.slot(), asio::detached));
  w.wait_for_requests(1);
  if (has_run) w.run_until([&] { return w.memory.refusals < 1'000'000'000; });
  std::atomic<bool> is_cancelled = false;
  asio::post(w.pool, [&] {
    signal.emit(asio::cancellation_type::terminal);
    is_cancelled = true;
  });
  while (!has_run && !is_cancelled) std::this_thread::sleep_for(1ms);
  w.run_until_told(1);
  w.join();
  CHECK(w.told.all() == texts{"store.cancelled"});
  CHECK(w.memory.size() == 0);
}

// Answers its commit when it is told to, by a coroutine.
struct slow_commit : parcel::store {
  using lifecycle = parcel::life;
  bool committing = false;
  real_loop* loop = nullptr;
  pawl::task<void> commit() {
    committing = true;
    co_await loop->sleep(24h);
  }
};

TEST_CASE("a write that is under way when its queue is destroyed is unknown to who waits outside the loop", "[queue]") {
  real_loop loop;
  slow_commit memory;
  memory.loop = &loop;
  answers told;
  std::optional<pawl::commit_queue<slow_commit, real_loop>> queue;
  queue.emplace(loop, memory);
  std::jthread other([&] {
    told.note(word_of([&]() -> std::string { return queue->insert_if_absent("a", pawl::blocking) ? "yes" : "no"; }));
  });
  loop.wait([](slow_commit& of) -> pawl::task<void> {
    while (!of.committing) co_await of.loop->sleep(1ms);
  }(memory));
  queue.reset();
  other.join();
  CHECK(told.all() == texts{"store.unknown"});
}
}  // namespace other_threads_test
