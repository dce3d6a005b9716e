// Opens arbitrary bytes as a database: it works, or is refused with a message. A file refused at open is left
// unchanged.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/inspection.hpp>

#include "fuzz/in_memory.hpp"
#include "fuzz/input.hpp"
#include "store/filing.hpp"

namespace fuzz {

using namespace filing;

// One event that the item's state accepts. False: it was outrun, which nobody does here.
template <class Store> bool advance(Store& store, any_file const& any) {
  return pawl::visit(
      [&]<auto S>(file<S> i)->bool {
        if constexpr (S == untracked)
          return bool(store.apply(i, start_upload{}));
        else if constexpr (S == uploading)
          return bool(store.apply(i, complete_upload{"id", "uri"}));
        else if constexpr (S == processing)
          return bool(store.apply(i, complete_processing{"document"}));
        else if constexpr (S == indexed)
          return true;
        else
          return bool(store.apply(i, retry{}));
      },
      any);
}

// Some pages of every state, each item one step on. A damaged index may show an item that its row denies: that is a
// conflict and no more.
template <class Store> void work_through(Store& store) {
  for (auto const state : pawl::states<file_lifecycle>) {
    typename Store::page_mark mark;
    for (int pages = 0; pages < 3; ++pages) {
      auto const page = store.runnable(state, mark, 5);
      if (page.empty()) break;
      for (auto const& item : page) {
        (void)store.get(item.key);
        (void)store.template recorded<complete_upload>(item);
        (void)store.trouble_of(item);
        (void)advance(store, item);
      }
      require(page.next.row > mark.row, "the pages do not advance");
      mark = page.next;
    }
  }
  (void)pawl::inspect(store);
}

template <class Of> void try_store(pawl::sqlite::database& db) {
  try {
    pawl::sqlite::store<Of> store(db);
    work_through(store);
  } catch (pawl::error const& e) {
    require(e.what()[0] != '\0' && !e.id().empty(), "an error without words");
  }
}

}  // namespace fuzz

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const bytes = fuzz::input(data, size).rest();
  fuzz::file_system().begin_anew(1);
  auto const files = fuzz::folder_with(bytes);
  fuzz::file_system().mounted = files.get();
  bool opened = false;
  try {
    pawl::sqlite::database db(fuzz::path, fuzz::quick());
    opened = true;
    fuzz::try_store<fuzz::file_lifecycle>(db);
    fuzz::try_store<fuzz::files_table>(db);
  } catch (pawl::error const& e) {
    fuzz::require(!opened, "an error outside of what was called");
    fuzz::require(std::string(e.what()).find(fuzz::path) != std::string::npos, "it does not say which file it is");
    fuzz::require(fuzz::bytes_of(*files) == bytes, "a file that was refused is not as it was");
  }
  return 0;
}
