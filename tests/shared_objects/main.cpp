// Two shared objects that each hold pawl, with all their symbols hidden, in one process: an error of one is caught by its
// type in the other, and a child made by fork() is refused by one what its parent has open through the other.
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "child_process.hpp"
#include "files.hpp"
#include "shared_objects/part.hpp"

static bool expect(bool holds, char const* what) {
  if (!holds) std::printf("not so: %s\n", what);
  return holds;
}
static bool is_refused(part const& by, part const& whose, std::string const& path) {
  return std::string_view(by.ending_of(whose.open, path.c_str())) == "store.refused";
}

int main() {
  temporary_folder const folder;
  part const first = first_part(), second = second_part();
  bool holds = expect(first.error == second.error && first.store_error == second.store_error,
                      "the types of pawl's errors are the same in both");
  int number = 0;
  for (auto const& [one, other] : {std::pair(first, second), std::pair(second, first)}) {
    std::string const path = folder / (std::to_string(++number) + ".db"), nowhere = folder / "no folder/a.db";
    holds &= expect(is_refused(other, one, nowhere), "an error of an object is caught by its type in another");
    one.open(path.c_str());
    child_process child([&, by = other] { return is_refused(by, by, path) ? 0 : 1; });
    holds &= expect(child.wait() == 0, "a child opens nothing that its parent has open through another object");
  }
  return holds ? 0 : 1;
}
