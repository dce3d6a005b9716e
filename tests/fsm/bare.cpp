// The fsm room in a program without exceptions and RTTI, as on small devices and in games. Every header of the room is
// included on the command line.
#include <cstdio>

#include "fsm/file_lifecycle.hpp"

static_assert(pawl::valid<fsm_test::file_lifecycle>);
static_assert(pawl::fingerprint<fsm_test::file_lifecycle> != 0);

int main() {
  using namespace fsm_test;
  auto machine = pawl::machine<file_lifecycle>::hydrate("uploading");
  if (!machine || !machine->fire(complete_upload{"file"}) || machine->fire(retry{})) return 1;
  std::printf("%.*s\n%s", static_cast<int>(machine->name().size()), machine->name().data(),
              pawl::mermaid<file_lifecycle>.data());
  return machine->state() == processing ? 0 : 1;
}
