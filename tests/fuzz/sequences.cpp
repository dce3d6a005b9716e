// Arbitrary sequences of events: the machine, memory_store and pawl's own table agree with a reference table.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/memory_store.hpp>

#include "fuzz/in_memory.hpp"
#include "fuzz/input.hpp"
#include "store/filing.hpp"

namespace fuzz {

using namespace filing;

// The lifecycle once more, as somebody would write it down by hand.
struct line {
  std::string_view from, event, to;
};
inline constexpr std::array<line, 8> paper{{{"untracked", "start_upload", "uploading"},
                                            {"uploading", "complete_upload", "processing"},
                                            {"uploading", "fail_upload", "failed"},
                                            {"processing", "complete_processing", "indexed"},
                                            {"processing", "fail_processing", "failed"},
                                            {"indexed", "reset", "untracked"},
                                            {"indexed", "fail_reset", "failed"},
                                            {"failed", "retry", "untracked"}}};
inline std::optional<std::string_view> on_paper(std::string_view from, std::string_view event) {
  for (auto const& l : paper)
    if (l.from == from && l.event == event) return l.to;
  return std::nullopt;
}

// The machine meets every event in every state; each either moves as on paper, or stays.
inline void walk(input from) {
  machine m;
  std::string_view state = "untracked";
  while (!from.empty()) {
    pawl::event_id<file_lifecycle> const event{
        static_cast<std::uint8_t>(from.byte() % pawl::events_of<file_lifecycle>::size)};
    auto const to = on_paper(state, pawl::name(event));
    require(m.can(event) == to.has_value(), "what it accepts is not on paper");
    require(m.fire(event) == to.has_value(), "it moved as is not on paper");
    if (to) state = *to;
    require(pawl::state_name_of<file_lifecycle>(m.state()) == state, "it is in a state that is not on paper");
    require(machine::hydrate(state)->state() == m.state(), "its name is that of another state");
  }
}

// An event of the item's state, or what a caller does who has an old copy of it.
template <class Store>
std::string apply_one(Store& store, any_file const& any, unsigned which, std::string const& text) {
  auto const say = [](auto const& answer) { return answer ? "moved" : answer.why().describe(); };
  return pawl::visit(
      [&]<auto S>(file<S> i)->std::string {
        bool const fails = which % 3 == 0;
        if constexpr (S == untracked)
          return say(store.apply(i, start_upload{}));
        else if constexpr (S == uploading)
          return fails ? say(store.apply(i, fail_upload{text})) : say(store.apply(i, complete_upload{text, text}));
        else if constexpr (S == processing)
          return fails ? say(store.apply(i, fail_processing{text})) : say(store.apply(i, complete_processing{text}));
        else if constexpr (S == indexed)
          return fails ? say(store.apply(i, fail_reset{text})) : say(store.apply(i, reset{}));
        else
          return say(store.apply(i, retry{}));
      },
      any);
}

class two_stores {
 public:
  two_stores() {
    file_system().mounted = files_.get();
    db_ = std::make_unique<pawl::sqlite::database>(path, quick());
    own_ = std::make_unique<pawl::sqlite::store<file_lifecycle>>(*db_);
  }
  two_stores(two_stores const&) = delete;
  two_stores& operator=(two_stores const&) = delete;

  // All in one transaction, which is taken back at the end: the next input finds nothing.
  void compare(input from) {
    file_system().mounted = files_.get();
    pawl::memory_store<file_lifecycle> memory;
    require(own_->try_begin(), "the database is locked");
    for (int steps = 0; steps < 24 && !from.empty(); ++steps) step(memory, from);
    own_->rollback();
    require(own_->runnable(untracked, {}, 1).empty(), "a rollback left something");
  }

 private:
  void step(pawl::memory_store<file_lifecycle>& memory, input& from) {
    unsigned const what = from.byte();
    std::string const key(1, static_cast<char>('a' + what % 3));
    auto const here = memory.get(key), there = own_->get(key);
    require(here.describe() == there.describe(),
            "an item is not the same: " + here.describe() + ", " + there.describe());
    if (!here.item || what % 7 == 0) {
      require(memory.insert_if_absent(key) == own_->insert_if_absent(key), "one has it and the other does not");
      return;
    }
    unsigned const which = from.byte();
    any_file const seen = stale(*here.item, which);
    std::string const text = from.text();
    any_file const seen_there = stale(*there.item, which);  // an item is of the store it was read from: its life too
    std::string const a = apply_one(memory, seen, which, text), b = apply_one(*own_, seen_there, which, text);
    require(a == b, "one says '" + a + "', the other '" + b + "'");
    require((a == "moved") == (seen.version == here.item->version), "a stale copy moved, or a fresh one did not");
    read_back(memory, key);
  }
  static any_file stale(any_file item, unsigned which) {
    if (which % 5 == 0) item.version -= 1;
    if (which % 11 == 0) item.version += 1;
    return item;
  }
  void read_back(pawl::memory_store<file_lifecycle>& memory, std::string const& key) {
    auto const a = memory.recorded<complete_upload>(*memory.get(key).item);
    auto const b = own_->recorded<complete_upload>(*own_->get(key).item);
    require(a.has_value() == b.has_value(), "one has recorded it and the other has not");
    require(!a || (a->file_id == b->file_id && a->file_uri == b->file_uri), "they have recorded different texts");
  }

  std::unique_ptr<crash::memory_files> files_ = folder_with("");
  std::unique_ptr<pawl::sqlite::database> db_{};
  std::unique_ptr<pawl::sqlite::store<file_lifecycle>> own_{};
};

}  // namespace fuzz

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input from(data, size);
  if (from.byte() % 8 != 0) {
    fuzz::walk(from);
  } else {
    static fuzz::two_stores stores;
    stores.compare(from);
  }
  return 0;
}
