// The lifecycle of a parcel: checked by the compiler, run by a machine of one byte.
//   g++ -std=c++20 -I single_include examples/hello_machine.cpp && ./a.out
#include <iostream>

#include <pawl/core.hpp>

enum class parcel { packed, travelling, lost, delivered };
using enum parcel;

struct ship {};
struct lose {};
struct find {};
struct sign {
  char const* name;  // what an event brings along
};

// clang-format off
struct parcel_lifecycle : pawl::lifecycle<
    pawl::initial<packed>, pawl::waiting<lost>, pawl::goal<delivered>,
    pawl::transition<packed,     ship, travelling>,
    pawl::transition<travelling, lose, lost>,
    pawl::transition<travelling, sign, delivered>,
    pawl::transition<lost,       find, travelling>> {};
// clang-format on

static_assert(pawl::valid<parcel_lifecycle>);  // without its last row: "an item would wait for ever"
static_assert(pawl::next_state<parcel_lifecycle, travelling, sign> == delivered);
static_assert(!pawl::accepts<parcel_lifecycle, lost, sign>);

int main() {
  std::cout << pawl::mermaid<parcel_lifecycle> << '\n';

  auto machine = pawl::machine<parcel_lifecycle>::hydrate("lost").value();  // as a database remembers it
  if (!machine.fire(sign{"Ada"})) std::cout << "A parcel that is " << machine.name() << " cannot be signed for.\n";
  machine.each_accepted([](auto event) { std::cout << "What can happen to it: " << name(event) << ".\n"; });
  if (machine.fire(find{}) && machine.fire(sign{"Ada"})) std::cout << "Now it is " << machine.name() << ".\n";
}
