// A lifecycle's parts as tables of numbers, computed once per lifecycle.
#ifndef PAWL_FSM_SHAPE_HPP
#define PAWL_FSM_SHAPE_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <pawl/fsm/enumerator.hpp>
#include <pawl/fsm/part.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// One transition, as indices into `states` and into the list of events.
struct row {
  std::uint8_t from, event, to;
};

namespace detail {
template <class T> inline constexpr bool is_type_list = false;
template <class... T> inline constexpr bool is_type_list<type_list<T...>> = true;
}  // namespace detail

// A struct that is derived from `pawl::lifecycle<...>`. `pawl::valid` tells whether its table makes sense.
template <class T>
concept a_lifecycle = detail::is_type_list<typename T::parts>;

namespace detail {

inline constexpr std::size_t most_states = 64;
inline constexpr std::size_t most_rows = 256;

// Everything below also accepts a lifecycle with mistakes, and leaves out what is wrong, so that the compiler's only
// error is the sentence of the check.
enum class stateless : std::uint8_t {};

template <class Lifecycle> constexpr std::size_t find_part(part_kind kind) {
  std::size_t i = 0;
  for (auto const& facts : facts_of<typename Lifecycle::parts>) {
    if (facts.kind == kind) break;
    ++i;
  }
  return i;
}
// The enum of the initial state; without one, that of the first row.
template <class Lifecycle> constexpr auto find_state_type() {
  using parts = typename Lifecycle::parts;
  constexpr std::size_t initial = find_part<Lifecycle>(part_kind::initial);
  constexpr std::size_t at = initial < parts::size ? initial : find_part<Lifecycle>(part_kind::transition);
  if constexpr (at < parts::size) {
    using found = typename part<nth_t<at, parts>>::enumeration;
    return std::type_identity<std::conditional_t<std::is_enum_v<found>, found, stateless>>{};
  } else {
    return std::type_identity<stateless>{};
  }
}
template <class Lifecycle> using state_type_of = typename decltype(find_state_type<Lifecycle>())::type;

template <class Lifecycle> constexpr state_type_of<Lifecycle> state_from_code(std::int64_t code) noexcept {
  using state_type = state_type_of<Lifecycle>;
  return static_cast<state_type>(static_cast<std::underlying_type_t<state_type>>(code));
}

// The number of codes below `code`, in a sorted array.
constexpr std::size_t codes_below(std::int64_t const* codes, std::size_t size, std::int64_t code) noexcept {
  std::size_t begin = 0;
  while (size > 0) {
    std::size_t const half = size / 2;
    bool const below = codes[begin + half] < code;
    begin += below ? half + 1 : 0;
    size = below ? size - half - 1 : half;
  }
  return begin;
}

template <class Lifecycle>
inline constexpr std::size_t mention_count = [] {
  std::size_t count = 0;
  for (auto const& facts : facts_of<typename Lifecycle::parts>) count += facts.state_count;
  return count;
}();

// The values of all states, each once, sorted.
template <class Lifecycle>
inline constexpr auto all_codes = [] {
  using state_type = state_type_of<Lifecycle>;
  bounded_list<std::int64_t, scanned_values + mention_count<Lifecycle>> codes;
  for (std::size_t value = 0; value < scan_of<state_type>.size(); ++value) {
    if (!scan_of<state_type>[value].empty()) codes.push(static_cast<std::int64_t>(value));
  }
  for (auto const& facts : facts_of<typename Lifecycle::parts>) {
    for (std::size_t i = 0; i < facts.state_count; ++i) {
      if (facts.states[i].enumeration != mark_of<state_type>) continue;
      std::int64_t const code = facts.states[i].code;
      std::size_t const place = codes_below(codes.items, codes.size, code);
      if (place < codes.size && codes.items[place] == code) continue;
      for (std::size_t k = codes.size++; k > place; --k) codes.items[k] = codes.items[k - 1];
      codes.items[place] = code;
    }
  }
  return codes;
}();

template <class Lifecycle>
inline constexpr std::size_t code_count = (all_codes<Lifecycle>.size > most_states) ? most_states
                                                                                    : all_codes<Lifecycle>.size;
template <class Lifecycle> inline constexpr auto codes_of = shrunk<code_count<Lifecycle>>(all_codes<Lifecycle>);

template <class Lifecycle>
inline constexpr bool has_holes = [] {
  auto const& codes = codes_of<Lifecycle>;
  for (std::size_t i = 1; i < codes.size(); ++i) {
    if (codes[i - 1] + 1 != codes[i]) return true;
  }
  return codes.size() == 0;
}();

template <class Lifecycle> constexpr std::size_t index_of_code(std::int64_t code) noexcept {
  auto const& codes = codes_of<Lifecycle>;
  if constexpr (has_holes<Lifecycle>) {
    std::size_t const place = codes_below(codes.data(), codes.size(), code);
    return place < codes.size() && codes[place] == code ? place : codes.size();
  } else {
    std::uint64_t const offset = static_cast<std::uint64_t>(code) - static_cast<std::uint64_t>(codes[0]);
    return offset < codes.size() ? static_cast<std::size_t>(offset) : codes.size();
  }
}
template <class Lifecycle> constexpr std::size_t index_of_ref(state_ref const& state) {
  bool const ours = state.enumeration == mark_of<state_type_of<Lifecycle>>;
  return ours ? index_of_code<Lifecycle>(state.code) : codes_of<Lifecycle>.size();
}

template <class Lifecycle> constexpr std::int64_t initial_code() {
  constexpr std::size_t at = find_part<Lifecycle>(part_kind::initial);
  if constexpr (at < Lifecycle::parts::size) {
    return facts_of<typename Lifecycle::parts>[at].states[0].code;
  } else {
    return codes_of<Lifecycle>.size() == 0 ? 0 : codes_of<Lifecycle>[0];
  }
}

// The rows, and for each event the first part that names it.
template <std::size_t Parts> struct row_draft {
  bounded_list<row, Parts> rows{};
  bounded_list<std::size_t, Parts> event_parts{};
};
template <class Lifecycle>
inline constexpr auto draft_of = [] {
  auto const& facts = facts_of<typename Lifecycle::parts>;
  row_draft<Lifecycle::parts::size> draft;
  type_mark marks[most_rows]{};
  for (std::size_t i = 0; i < facts.size() && draft.rows.size < most_rows; ++i) {
    if (facts[i].kind != part_kind::transition || facts[i].event == no_type) continue;
    std::size_t const from = index_of_ref<Lifecycle>(facts[i].states[0]);
    std::size_t const to = index_of_ref<Lifecycle>(facts[i].states[1]);
    if (from == codes_of<Lifecycle>.size() || to == codes_of<Lifecycle>.size()) continue;
    std::size_t event = 0;
    while (event < draft.event_parts.size && marks[event] != facts[i].event) ++event;
    if (event == draft.event_parts.size) {
      marks[event] = facts[i].event;
      draft.event_parts.push(i);
    }
    draft.rows.push({static_cast<std::uint8_t>(from), static_cast<std::uint8_t>(event), static_cast<std::uint8_t>(to)});
  }
  return draft;
}();

template <class Lifecycle, class Indices = std::make_index_sequence<draft_of<Lifecycle>.event_parts.size>>
struct event_list;
template <class Lifecycle, std::size_t... Index> struct event_list<Lifecycle, std::index_sequence<Index...>> {
  using type = type_list<
      typename part<nth_t<draft_of<Lifecycle>.event_parts.items[Index], typename Lifecycle::parts>>::event...>;
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#endif
