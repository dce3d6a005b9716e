// Lists of types, with lookup by index and by type.
#ifndef PAWL_FSM_TYPE_LIST_HPP
#define PAWL_FSM_TYPE_LIST_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The types `T...` as one value: `type_list<a, b>::size == 2`.
template <class... T> struct type_list { static constexpr std::size_t size = sizeof...(T); };

namespace detail {

// A type as a number, hashed from its full name: comparing two numbers instantiates no template, std::is_same one per
// pair. (Addresses would do, but g++ does not compare them at compile time under -fsanitize=undefined.)
using type_mark = std::uint64_t;
template <class T> constexpr type_mark hash_of_name() {
  type_mark hash = 14695981039346656037u;  // FNV-1a
  for (char const c : std::string_view(PAWL_SIGNATURE)) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}
template <class T> inline constexpr type_mark mark_of = hash_of_name<T>();
inline constexpr type_mark no_type = mark_of<void>;

template <class List> inline constexpr std::array<type_mark, 0> marks_of{};
template <class... T> inline constexpr std::array<type_mark, sizeof...(T)> marks_of<type_list<T...>>{mark_of<T>...};

// The position of T in List, or List::size if it is not in it.
template <class T, class List>
inline constexpr std::size_t index_in = [] {
  std::size_t i = 0;
  while (i < List::size && marks_of<List>[i] != mark_of<T>) ++i;
  return i;
}();

template <std::size_t Index, class T> struct numbered { using type = T; };
template <class Indices, class List> struct numbered_list;
template <std::size_t... Index, class... T>
struct numbered_list<std::index_sequence<Index...>, type_list<T...>> : numbered<Index, T>... {};
template <std::size_t Index, class T> numbered<Index, T> pick(numbered<Index, T> const*);

// The type at Index in List: one overload resolution, no recursion.
template <std::size_t Index, class List>
using nth_t = typename decltype(pick<Index>(
    static_cast<numbered_list<std::make_index_sequence<List::size>, List> const*>(nullptr)))::type;

// A list for constexpr functions that do not know the length of their result in advance.
template <class T, std::size_t Capacity> struct bounded_list {
  T items[Capacity + 1]{};  // a plain array costs the evaluator less than std::array, and never has length 0
  std::size_t size = 0;
  constexpr void push(T item) { items[size++] = item; }
};

// The first Size elements of `list` as an array of just that length.
template <std::size_t Size, class T, std::size_t Capacity>
constexpr std::array<T, Size> shrunk(bounded_list<T, Capacity> const& list) {
  std::array<T, Size> items{};
  for (std::size_t i = 0; i < Size; ++i) items[i] = list.items[i];
  return items;
}

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#endif
