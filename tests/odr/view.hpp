// What each file of the program sees of pawl, to be compared with the other files.
#ifndef PAWL_TESTS_ODR_VIEW_HPP
#define PAWL_TESTS_ODR_VIEW_HPP

#include <cstddef>
#include <cstdint>
#include <typeinfo>

namespace odr_test {

enum class door { open, closed };
struct push {};
struct door_lifecycle : pawl::lifecycle<pawl::initial<door::open>, pawl::goal<door::closed>,
                                        pawl::transition<door::open, push, door::closed>> {};
using doors = pawl::memory_store<door_lifecycle>;

struct view {
  char const* diagram;  // one object in the whole program
  std::uint64_t fingerprint;
  std::type_info const* item;
  std::size_t item_size, store_size, span_size;
  bool operator==(view const&) const = default;
};

// A program of several files: each moves what another one made.
struct part {
  view seen;
  bool (*push_door)(doors&, char const* key);
};

// Static, so that each file answers with what it sees itself.
[[maybe_unused]] static view see() {
  return {pawl::mermaid<door_lifecycle>.data(),
          pawl::fingerprint<door_lifecycle>,
          &typeid(pawl::any_item<door_lifecycle>),
          sizeof(pawl::any_item<door_lifecycle>),
          sizeof(doors),
          sizeof(pawl::span_recorder)};
}
[[maybe_unused]] static bool push_door(doors& store, char const* key) {
  auto const front = store.get(key);
  return front.item && store.apply(*front.item->as<door::open>(), push{}) && store.get(key).item->version == 1;
}

}  // namespace odr_test

#endif
