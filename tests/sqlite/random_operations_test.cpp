// The same random operations on every store give the same results.
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "sqlite/every_store.hpp"

namespace random_operations {

using namespace filing;
using namespace sqlite_test;

// Everything that can be read of a store, as text.
template <class Store> std::string describe(Store& store, std::vector<std::string> const& keys) {
  std::string all = std::to_string(store.unrecognised()) + "\n";
  for (auto const& key : keys) {
    auto const now = store.get(key);
    all += key + ": " + now.describe();
    if (now.item) {
      if (auto const e = store.template recorded<complete_upload>(*now.item)) all += " " + e->file_id + e->file_uri;
      if (auto const e = store.template recorded<complete_processing>(*now.item)) all += " " + e->document_id;
    }
    all += "\n";
  }
  for (auto const state : pawl::states<file_lifecycle>) {
    for (auto const& item : store.runnable(state, {}, 1000)) all += item.key + "@" + std::to_string(item.version) + " ";
    all += "\n";
  }
  return all;
}

// Applies any event that the item's state accepts, of those that record in columns of their own or in none.
template <class Store>
std::string apply_any(Store& store, any_file const& item, unsigned which, std::string const& text) {
  auto const say = [](auto const& answer) { return answer ? "moved" : answer.why().describe(); };
  return pawl::visit(
      [&]<auto S>(file<S> i)->std::string {
        if constexpr (S == untracked)
          return say(store.apply(i, start_upload{}));
        else if constexpr (S == uploading)
          return which % 3 == 0 ? say(store.apply(i, fail_upload{text}))
                                : say(store.apply(i, complete_upload{text, "uri"}));
        else if constexpr (S == processing)
          return which % 3 == 0 ? say(store.apply(i, fail_processing{text}))
                                : say(store.apply(i, complete_processing{text}));
        else if constexpr (S == indexed)
          return which % 3 == 0 ? say(store.apply(i, fail_reset{text})) : say(store.apply(i, reset{}));
        else
          return say(store.apply(i, retry{}));
      },
      item);
}

TEST_CASE("random operations leave the same in memory, in a mapped table and in pawl's own table", "[sqlite]") {
  auto const seed = GENERATE(range(1U, 9U));
  std::mt19937 random(seed);
  auto const below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  in_memory memory;
  in_mapped_table mapped;
  in_own_table own;
  std::vector<std::string> keys;
  std::vector<any_file> known;  // items as they were seen at some time, many of them stale by now
  bool open = false;

  for (int i = 0; i < 400; ++i) {
    unsigned const what = below(20);
    if (what == 0 && !open) {
      keys.push_back("key " + std::to_string(i));
      memory.add(keys.back());
      mapped.add(keys.back());
      own.add(keys.back());
      known.emplace_back(keys.back(), 0, untracked);
    } else if (what == 1 && !open) {
      REQUIRE(memory.store.try_begin());
      REQUIRE(mapped.store.try_begin());
      REQUIRE(own.store.try_begin());
      open = true;
    } else if (what == 2 && open) {
      memory.store.commit();
      mapped.store.commit();
      own.store.commit();
      open = false;
    } else if (what == 3 && open) {
      memory.store.rollback();
      mapped.store.rollback();
      own.store.rollback();
      open = false;
    } else if (!known.empty()) {
      auto item = known[below(static_cast<unsigned>(known.size()))];
      if (below(3) != 0) item = memory.store.get(item.key).item.value();
      item.row = 0;  // each store has rows of its own
      known.push_back(item);
      std::string const text = "text " + std::to_string(i);
      unsigned const which = below(6);
      std::string const answer = apply_any(memory.store, item, which, text);
      REQUIRE(apply_any(mapped.store, item, which, text) == answer);
      REQUIRE(apply_any(own.store, item, which, text) == answer);
    }
    if (i % 40 == 39) {
      std::string const expected = describe(memory.store, keys);
      REQUIRE(describe(mapped.store, keys) == expected);
      REQUIRE(describe(own.store, keys) == expected);
    }
  }
}

}  // namespace random_operations
