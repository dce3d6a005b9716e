// A store that delivers every answer one turn of the loop later keeps the same contract as the store behind it.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/store/run_port.hpp>
#include <pawl/testing/store_contract.hpp>

#include "catch.hpp"
#include "runner/delayed_store.hpp"

namespace later_store_contract_test {

using pawl::testing::contract_lifecycle;

using memory_store = pawl::memory_store<contract_lifecycle>;
// delayed_store returns false where a transaction of this process is open, for tests of two queues on one store; a store
// throws then.
struct later_store : delayed_store<memory_store> {
  later_store(pawl::event_loop& on, memory_store& behind) : delayed_store(on, behind), loop(on), memory(behind) {}
  pawl::task<bool> try_begin() {
    co_await loop.sleep({});
    co_return memory.try_begin();
  }

  pawl::event_loop& loop;
  memory_store& memory;
};
static_assert(pawl::run_port<later_store>);

struct fixture {
  pawl::loop<pawl::virtual_clock> loop;
  memory_store memory;
  later_store store{loop, memory};

  void add(std::string_view key) { memory.insert_if_absent(key); }
  void write(std::string_view key, std::string_view state, std::int64_t version) { memory.put(key, state, version); }
  void erase(std::string_view key) { memory.erase(key); }
  void reject(std::string_view) { memory.fail_next(pawl::store_failure::rejected); }
  void fail_commit() { memory.fail_next(pawl::store_failure::unknown); }
  template <class T> T wait(pawl::task<T> answer) { return loop.wait(std::move(answer)); }
};

TEST_CASE("a store that answers later keeps every promise of the store behind it", "[testing]") {
  auto const verdict = pawl::testing::store_contract([] { return fixture(); });
  CHECK(verdict);
  for (auto const& one : verdict.unchecked) {
    CAPTURE(one.promise, one.needs);
    CHECK((one.needs.find("other()") != std::string::npos || one.needs.find("inserts no items") != std::string::npos));
  }
}

}  // namespace later_store_contract_test
