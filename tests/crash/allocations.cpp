#include "crash/allocations.hpp"

#include <cstdlib>
#include <new>
#include <stdexcept>

#include <sqlite3.h>

namespace crash::allocations {

static sqlite3_mem_methods of_sqlite;

void watch_sqlite() {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &of_sqlite) != SQLITE_OK)
    throw std::runtime_error("SQLite does not tell its allocator");
  sqlite3_mem_methods watched = of_sqlite;
  watched.xMalloc = [](int size) -> void* { return strikes() ? nullptr : of_sqlite.xMalloc(size); };
  watched.xRealloc = [](void* old, int size) -> void* { return strikes() ? nullptr : of_sqlite.xRealloc(old, size); };
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &watched) != SQLITE_OK)
    throw std::runtime_error("SQLite has been used before its allocator was watched");
}

}  // namespace crash::allocations

void* operator new(std::size_t size) {
  if (void* const memory = crash::allocations::strikes() ? nullptr : std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
// Where Asio has its memory from; in place of the C library's.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  void* memory = nullptr;
  if (crash::allocations::strikes() || posix_memalign(&memory, alignment, size) != 0) return nullptr;
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
