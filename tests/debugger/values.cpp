// One value of each kind that the debugger views show; gdb stops in look() and prints them (check.cmake).
#include <pawl/adapter/outcome.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/memory_store.hpp>

namespace debugger_test {

enum class door { open = 2, closed = 5, locked = 9 };
struct shut {};
struct turn {};
struct door_lifecycle : pawl::lifecycle<pawl::initial<door::open>, pawl::goal<door::locked>,
                                        pawl::transition<door::open, shut, door::closed>,
                                        pawl::transition<door::closed, turn, door::locked>> {};
static_assert(pawl::valid<door_lifecycle>);

int looked = 0;
void look() { ++looked; }

void show() {
  pawl::memory_store<door_lifecycle> store;
  store.insert_if_absent("front");
  auto fresh_machine = pawl::machine<door_lifecycle>();
  auto moved_machine = pawl::machine<door_lifecycle>::at<door::locked>();
  auto first = *store.get("front").item->as<door::open>();
  auto moved = store.apply(first, shut{});
  auto stale = store.apply(first, shut{});
  auto any = *store.get("front").item;
  auto gone = store.get("back");
  store.put("side", "painted");
  auto unknown = store.get("side");
  pawl::outcome<int> number = 42;
  pawl::outcome<int> failed = pawl::trouble::transient("no route");
  auto trouble = pawl::trouble::cancelled();
  auto why = pawl::conflict<door_lifecycle>();
  look();
  static_cast<void>(fresh_machine), static_cast<void>(moved_machine), static_cast<void>(any), static_cast<void>(gone);
  static_cast<void>(unknown), static_cast<void>(moved), static_cast<void>(stale), static_cast<void>(number);
  static_cast<void>(failed), static_cast<void>(trouble), static_cast<void>(why);
}

}  // namespace debugger_test

int main() {
  debugger_test::show();
  return debugger_test::looked == 1 ? 0 : 1;
}
