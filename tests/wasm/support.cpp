// What tests need in wasm32-wasi, whose standard library has no exceptions and no files: throwing ends the test, and says so.
#include <cstddef>
#include <cstdlib>
#include <fstream>

static bool thrown = false;

extern "C" {
void* __cxa_allocate_exception(std::size_t size) noexcept { return std::malloc(size); }
[[noreturn]] void __cxa_throw(void*, void*, void*) {
  thrown = true;
  std::abort();
}
[[clang::export_name("has_thrown")]] bool has_thrown() { return thrown; }
}

template class std::basic_filebuf<char>;
template class std::basic_ifstream<char>;
template class std::basic_ofstream<char>;
