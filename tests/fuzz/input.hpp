// Shared by the fuzzers: turns bytes into choices and texts, and aborts when a promise is broken.
#ifndef PAWL_TESTS_FUZZ_INPUT_HPP
#define PAWL_TESTS_FUZZ_INPUT_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// What libFuzzer calls for each input; also declared here, so that a target does not define what nobody knows.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace fuzz {

// A fuzzer keeps the input that ended its program.
inline void require(bool holds, std::string const& otherwise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", otherwise.c_str());
  std::abort();
}

// The input from its front to its end; after that all is 0 and empty.
class input {
 public:
  input(std::uint8_t const* data, std::size_t size) : rest_(reinterpret_cast<char const*>(data), size) {}

  bool empty() const noexcept { return rest_.empty(); }
  unsigned byte() noexcept {
    if (rest_.empty()) return 0;
    auto const first = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  // The byte before it says how long it is.
  std::string text() {
    std::size_t const size = (std::min)(std::size_t{byte()}, rest_.size());
    std::string taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }
  std::string rest() { return std::string(rest_); }

 private:
  std::string_view rest_;
};

}  // namespace fuzz

#endif
