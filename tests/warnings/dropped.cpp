// Every awaitable and every answer that must be read, dropped: each of these lines is to be warned of, with the reason.
// With PAWL_FIXED each is kept, and there is no warning. See dropped.cmake.
#include <chrono>
#include <string>
#include <utility>

#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <pawl/pawl.hpp>
#include <pawl/testing.hpp>

#ifdef PAWL_FIXED
#define DROPPED(...) static_cast<void>(__VA_ARGS__)
#else
#define DROPPED(...) __VA_ARGS__
#endif

namespace dropped_test {

enum class state { written, sent };
struct mail {
  std::string receipt;
};
struct letter : pawl::lifecycle<pawl::initial<state::written>, pawl::goal<state::sent>,
                                pawl::transition<state::written, mail, state::sent>> {};
using store = pawl::memory_store<letter>;
struct steps {
  mail operator()(pawl::item<letter, state::written>) { return {}; }
};

pawl::task<int> of_the_program() { co_return 1; }
pawl::outcome<int> answered() { return 1; }

template <class Store> void drop_of_a_store(Store& letters, pawl::item<letter, state::written> const& it) {
  DROPPED(letters.apply(it, mail{}));  // dropped: another writer may have moved the item
  DROPPED(letters.try_begin());        // dropped: another process holds the lock
}

void drop_all(pawl::loop<>& loop, boost::asio::thread_pool& pool, store& letters, pawl::sqlite::database& db,
              pawl::sqlite::store<letter>& in_table, pawl::commit_queue<store, pawl::loop<>>& queue,
              pawl::mock_adapter<pawl::loop<>>& remote, pawl::stop_source& stop) {
  pawl::item<letter, state::written> const it("ada", 0);
  pawl::stored_time const later{};
  mail event{};

  DROPPED(of_the_program());                                 // dropped: awaitable
  DROPPED(loop.sleep(std::chrono::seconds(1)));              // dropped: nothing waits until it is awaited
  DROPPED(loop.elsewhere());                                 // dropped: the loop may jump
  DROPPED(pawl::offload(loop, pool, [] { return 1; }));      // dropped: the call is not made until it is awaited
  DROPPED(pawl::ask(of_the_program()));                      // dropped: the call is not made until it is awaited
  DROPPED(pawl::ask(1));                                     // dropped: the call is not made until it is awaited
  DROPPED(remote.call([] { return 1; }));                    // dropped: the call is not made until it is awaited
  DROPPED(answered());                                       // dropped: trouble would go unseen
  DROPPED(pawl::async_run(queue, steps{}));                  // dropped: the run does not begin until it is awaited
  DROPPED(queue.apply(it, event));                           // dropped: nothing is written until it is awaited
  DROPPED(queue.apply(it, event, pawl::blocking));           // dropped: the answer may be a conflict
  DROPPED(queue.apply(it, event, boost::asio::use_future));  // dropped: the answer may be a conflict
  DROPPED(queue.fire<mail>(it, "receipt"));                  // dropped: nothing is written until it is awaited
  DROPPED(queue.insert_if_absent("ada"));                    // dropped: nothing is inserted until it is awaited
  DROPPED(queue.insert_if_absent("ada", later));             // dropped: nothing is inserted until it is awaited
  DROPPED(db.try_begin());                                   // dropped: another process holds the lock

  // Callbacks get the answer, and whether the key was new is for who wants to know.
  loop.sleep(std::chrono::seconds(1), [](boost::system::error_code) {});
  queue.apply(it, event, [](std::exception_ptr, auto const&) {});
  queue.insert_if_absent("ada", [](std::exception_ptr, bool) {});
  queue.insert_if_absent("ada", pawl::blocking);
  queue.insert_if_absent("ada", later, pawl::blocking);
  letters.insert_if_absent("ada");

  drop_of_a_store(letters, it);
  drop_of_a_store(in_table, it);
}

}  // namespace dropped_test

int main() {}
