// The store contract on stores that take whole batches: one that keeps it, and for each promise one that breaks it.
#include <algorithm>
#include <any>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/memory_store.hpp>
#include <pawl/testing/store_contract.hpp>

#include "catch.hpp"
#include "runner/batching_store.hpp"

namespace batch_contract_test {

using life = pawl::testing::contract_lifecycle;
using memory_store = pawl::memory_store<life>;

enum class fault {
  none,
  writes_at_once,            // apply() does what write() should
  loses_the_last,            // of several writes
  tells_all_moved,           // a conflict is told as a move, and an insert or a record likewise
  drops_repeated_keys,       // only the first write of a key is done
  keeps_others_of_rejected,  // all but the rejected write of a batch are committed
  hides_errors,              // write() never fails
  forgets_start_times,
  notes_after_moves,  // records are written when all else is done
};

// A batch whose calls go to the store one by one, with a fault.
struct faulty_store : delayed_store<memory_store> {
  struct batch;
  faulty_store(pawl::event_loop& on, memory_store& behind, fault has)
      : delayed_store(on, behind), loop(on), memory(behind), its(has) {}
  pawl::task<bool> try_begin() {
    co_await loop.sleep({});
    co_return memory.try_begin();
  }
  batch make_batch();
  pawl::event_loop& loop;
  memory_store& memory;
  fault its;
};
struct faulty_store::batch {
  struct one_write {
    std::string key;
    std::function<std::any()> execute;
    bool is_note = false;
    std::any answer{};
  };
  faulty_store* of;
  std::vector<one_write> writes{};
  std::exception_ptr rejection{};

  template <auto S, class E> std::size_t apply(pawl::item<life, S> const& from, E const& event) {
    if (of->its == fault::writes_at_once) static_cast<void>(of->memory.apply(from, event));
    return append(from.key, [this, &from, &event] {
      auto answer = of->memory.apply(from, event);
      if (of->its == fault::tells_all_moved && !answer)
        answer = pawl::item<life, pawl::next_state<life, S, E>>(from.key, from.version + 1);
      return std::any(std::move(answer));
    });
  }
  std::size_t insert(std::string_view key, std::optional<pawl::stored_time> start_at) {
    return append(key, [this, k = std::string(key), start_at] {
      bool const timed = start_at && of->its != fault::forgets_start_times;
      bool const is_new = timed ? of->memory.insert_if_absent(k, *start_at) : of->memory.insert_if_absent(k);
      return std::any(is_new || of->its == fault::tells_all_moved);
    });
  }
  std::size_t note(pawl::any_item<life> const& it, pawl::trouble_record const& record) {
    auto const ticket = append(it.key, [this, &it, &record] {
      return std::any(of->memory.note(it, record) || of->its == fault::tells_all_moved);
    });
    writes[ticket].is_note = true;
    return ticket;
  }
  pawl::task<void> write() {
    co_await of->loop.sleep({});
    try {
      if (!of->memory.try_begin()) co_return;
      execute(false);
      if (of->its == fault::notes_after_moves) execute(true);
      of->memory.commit();
      if (rejection) std::rethrow_exception(rejection);
    } catch (pawl::store_error const&) {
      of->memory.rollback();
      if (of->its != fault::hides_errors) throw;
    }
  }
  template <auto S, class E> pawl::applied_to<life, S, E> applied(std::size_t ticket) {
    auto const* answer = std::any_cast<pawl::applied_to<life, S, E>>(&writes[ticket].answer);
    return answer ? *answer : pawl::applied_to<life, S, E>(pawl::conflict<life>());
  }
  bool inserted(std::size_t ticket) { return was_done(ticket); }
  bool noted(std::size_t ticket) { return was_done(ticket); }

 private:
  bool was_done(std::size_t ticket) {
    auto const* answer = std::any_cast<bool>(&writes[ticket].answer);
    return answer && *answer;
  }
  std::size_t append(std::string_view key, std::function<std::any()> what) {
    writes.push_back({std::string(key), std::move(what)});
    return writes.size() - 1;
  }
  void execute(bool notes) {
    std::vector<std::string> done;
    for (std::size_t i = 0; i < writes.size(); ++i) {
      auto& one = writes[i];
      if (of->its == fault::notes_after_moves && one.is_note != notes) continue;
      if (of->its == fault::loses_the_last && i > 0 && i + 1 == writes.size()) continue;
      bool const repeated = std::find(done.begin(), done.end(), one.key) != done.end();
      if (of->its == fault::drops_repeated_keys && repeated) continue;
      done.push_back(one.key);
      try {
        one.answer = one.execute();
      } catch (pawl::store_error const& e) {
        if (of->its != fault::keeps_others_of_rejected || e.what_failed() != pawl::store_failure::rejected) throw;
        rejection = std::current_exception();
      }
    }
  }
};

faulty_store::batch faulty_store::make_batch() { return batch{this}; }
static_assert(pawl::batch_store<faulty_store>);

struct fixture {
  explicit fixture(fault one) : store(loop, memory, one) {}

  pawl::loop<pawl::virtual_clock> loop{};
  memory_store memory{};
  faulty_store store;

  void write(std::string_view key, std::string_view state, std::int64_t version) { memory.put(key, state, version); }
  void erase(std::string_view key) { memory.erase(key); }
  void reject(std::string_view) { memory.fail_next(pawl::store_failure::rejected); }
  void fail_commit() { memory.fail_next(pawl::store_failure::unknown); }
  template <class T> T wait(pawl::task<T> answer) { return loop.wait(std::move(answer)); }
};

pawl::testing::contract_verdict verdict_with(fault one) {
  return pawl::testing::store_contract([one] { return fixture(one); });
}
std::vector<std::string> broken_by(fault its) {
  auto const verdict = verdict_with(its);
  std::vector<std::string> titles;
  for (auto const& one : verdict.broken) titles.push_back(one.promise);
  return titles;
}
bool contains(std::vector<std::string> const& all, std::string_view title) {
  return std::find(all.begin(), all.end(), title) != all.end();
}

TEST_CASE("a store that takes whole batches keeps the contract", "[testing]") {
  auto const verdict = verdict_with(fault::none);
  CHECK(verdict);
  auto const batches = std::count_if(verdict.kept.begin(), verdict.kept.end(),
                                     [](auto const& title) { return title.find("batch") != std::string::npos; });
  CHECK(batches >= 10);
}

TEST_CASE("a broken batch is named by the promise that it breaks", "[testing]") {
  CHECK(contains(broken_by(fault::writes_at_once), "a batch applies nothing before it is written"));
  CHECK(contains(broken_by(fault::loses_the_last), "a batch is applied as a whole, and tells each of its moves"));
  CHECK(contains(broken_by(fault::tells_all_moved), "a conflict inside a batch concerns its write alone"));
  CHECK(contains(broken_by(fault::tells_all_moved), "a batch inserts what is not there, and leaves what is"));
  CHECK(contains(broken_by(fault::tells_all_moved), "a record that a batch notes is there, unless its item has moved"));
  CHECK(
      contains(broken_by(fault::drops_repeated_keys), "a later write of a batch sees an earlier one of the same key"));
  CHECK(
      contains(broken_by(fault::keeps_others_of_rejected),
               "a batch that is rejected applies nothing, poisons nothing, and the others can be written in another"));
  CHECK(contains(broken_by(fault::hides_errors), "an error at the COMMIT of a batch is unknown"));
  CHECK(contains(broken_by(fault::forgets_start_times), "an insert of a batch is delayed as it says"));
  CHECK(contains(broken_by(fault::notes_after_moves),
                 "a transition of a batch removes the record that the batch noted before"));
}

}  // namespace batch_contract_test
