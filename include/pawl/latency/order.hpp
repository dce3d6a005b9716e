// Sorting without <algorithm>, whose header would be a tenth of what core.hpp costs to parse.
#ifndef PAWL_LATENCY_ORDER_HPP
#define PAWL_LATENCY_ORDER_HPP

#include <cstddef>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class T> constexpr T const& lesser(T const& a, T const& b) { return b < a ? b : a; }
template <class T> constexpr T const& greater(T const& a, T const& b) { return a < b ? b : a; }

// Restores the heap below `root`, whose children are heaps: no child is behind its parent.
template <class T, class Less> constexpr void sift_down(T* heap, std::size_t root, std::size_t size, Less const& less) {
  for (std::size_t child = 2 * root + 1; child < size; child = 2 * root + 1) {
    if (child + 1 < size && less(heap[child], heap[child + 1])) ++child;
    if (!less(heap[root], heap[child])) return;
    std::swap(heap[root], heap[child]);
    root = child;
  }
}
// A heap sort: in place, n log n in every case, not stable.
template <class T, class Less> constexpr void sort(T* first, std::size_t size, Less const& less) {
  for (std::size_t root = size / 2; root-- > 0;) sift_down(first, root, size, less);
  for (std::size_t end = size; end-- > 1;) {
    std::swap(first[0], first[end]);
    sift_down(first, 0, end, less);
  }
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
