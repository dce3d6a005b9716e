// One-dimensional arrays in PostgreSQL's binary format: one parameter for a whole column of a batch.
#ifndef PAWL_POSTGRES_ARRAY_HPP
#define PAWL_POSTGRES_ARRAY_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/postgres/value.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Grows by an element at a time; `take()` gives the parameter and begins anew.
template <class T> class array_builder {
 public:
  template <class U> void add(U const& value) {
    std::size_t const at = elements_.size();
    put_number(elements_, std::uint32_t{0});
    wire<T>::put(elements_, value);
    std::string length;
    put_number(length, static_cast<std::uint32_t>(elements_.size() - at - sizeof(std::uint32_t)));
    elements_.replace(at, length.size(), length);
    ++count_;
  }
  void add_null() {
    put_number(elements_, ~std::uint32_t{0});  // a length of -1
    has_null_ = true;
    ++count_;
  }
  std::size_t size() const noexcept { return count_; }

  parameter take() {
    std::string made;
    put_number(made, std::uint32_t{count_ != 0});  // dimensions: an empty array has none
    put_number(made, std::uint32_t{has_null_});
    put_number(made, wire<T>::type);
    if (count_ != 0) {
      put_number(made, count_);
      put_number(made, std::uint32_t{1});  // the first index
      made += elements_;
    }
    *this = {};
    return {wire<T>::array_type, std::move(made), false};
  }

 private:
  std::string elements_{};
  std::uint32_t count_ = 0;
  bool has_null_ = false;
};

template <class T> parameter array_of(std::vector<std::optional<T>> const& elements) {
  array_builder<T> made;
  for (auto const& one : elements) {
    if (one)
      made.add(*one);
    else
      made.add_null();
  }
  return made.take();
}

// Nothing where the bytes are no array of this type, of one dimension.
template <class T> std::optional<std::vector<std::optional<T>>> array_in(std::string_view from) {
  constexpr std::size_t header = 12, dimension = 8, word = 4;
  if (from.size() < header || number_at<std::uint32_t>(from, 8) != wire<T>::type) return std::nullopt;
  std::vector<std::optional<T>> read;
  auto const dimensions = number_at<std::uint32_t>(from, 0);
  if (dimensions == 0) return read;
  if (dimensions != 1 || from.size() < header + dimension) return std::nullopt;
  auto const count = number_at<std::uint32_t>(from, header);
  from.remove_prefix(header + dimension);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (from.size() < word) return std::nullopt;
    auto const length = number_at<std::uint32_t>(from, 0);
    from.remove_prefix(word);
    if (length == ~std::uint32_t{0}) {
      read.emplace_back();
      continue;
    }
    if (from.size() < length) return std::nullopt;
    auto value = wire<T>::take(from.substr(0, length));
    if (!value) return std::nullopt;
    read.push_back(std::move(value));
    from.remove_prefix(length);
  }
  return read;
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
