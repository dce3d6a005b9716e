// An array sized at construction: cheaper to compile than std::vector or std::unique_ptr<T[]>.
#ifndef PAWL_SQLITE_FIXED_ARRAY_HPP
#define PAWL_SQLITE_FIXED_ARRAY_HPP

#include <cstddef>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

template <class T> class fixed_array {
 public:
  explicit fixed_array(std::size_t size) : items_(new T[size]) {}
  fixed_array(fixed_array&& other) noexcept : items_(std::exchange(other.items_, nullptr)) {}
  fixed_array(fixed_array const&) = delete;
  fixed_array& operator=(fixed_array&& other) noexcept {
    std::swap(items_, other.items_);
    return *this;
  }
  fixed_array& operator=(fixed_array const&) = delete;
  ~fixed_array() { delete[] items_; }

  T& operator[](std::size_t i) noexcept { return items_[i]; }

 private:
  T* items_;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
