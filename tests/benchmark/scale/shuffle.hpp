// A pseudorandom permutation of the numbers below `size`, in constant memory.
#ifndef PAWL_TESTS_BENCHMARK_SCALE_SHUFFLE_HPP
#define PAWL_TESTS_BENCHMARK_SCALE_SHUFFLE_HPP

#include <bit>
#include <cstddef>
#include <cstdint>

namespace scale {

class shuffle {
 public:
  explicit shuffle(std::size_t size)
      : size_(size), bits_(static_cast<int>(std::bit_width(size))), mask_((std::uint64_t{1} << bits_) - 1) {}

  // Mixes within the next power of two, where each step can be undone, until the number is below `size` again.
  std::size_t operator()(std::size_t i) const {
    std::uint64_t x = i;
    do {
      for (std::uint64_t odd : {0x9e3779b97f4a7c15U, 0xbf58476d1ce4e5b9U, 0x94d049bb133111ebU}) {
        x = (x * odd + 0x632be59bd9b4e019U) & mask_;
        x ^= x >> (bits_ / 2 + 1);
      }
    } while (x >= size_);
    return static_cast<std::size_t>(x);
  }

 private:
  std::size_t size_;
  int bits_;
  std::uint64_t mask_;
};

}  // namespace scale

#endif
