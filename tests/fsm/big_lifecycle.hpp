// A lifecycle of the maximum size: 64 states with four events each, 256 transitions.
#ifndef PAWL_TESTS_FSM_BIG_LIFECYCLE_HPP
#define PAWL_TESTS_FSM_BIG_LIFECYCLE_HPP

#include <cstddef>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>

namespace fsm_test {

enum class big_state {
  s00,
  s01,
  s02,
  s03,
  s04,
  s05,
  s06,
  s07,
  s08,
  s09,
  s10,
  s11,
  s12,
  s13,
  s14,
  s15,
  s16,
  s17,
  s18,
  s19,
  s20,
  s21,
  s22,
  s23,
  s24,
  s25,
  s26,
  s27,
  s28,
  s29,
  s30,
  s31,
  s32,
  s33,
  s34,
  s35,
  s36,
  s37,
  s38,
  s39,
  s40,
  s41,
  s42,
  s43,
  s44,
  s45,
  s46,
  s47,
  s48,
  s49,
  s50,
  s51,
  s52,
  s53,
  s54,
  s55,
  s56,
  s57,
  s58,
  s59,
  s60,
  s61,
  s62,
  s63
};

struct forward {};
struct backward {};
struct leap {};
struct stay {};

constexpr std::size_t after_forward(std::size_t state) { return (state + 1) % 64; }
constexpr std::size_t after_backward(std::size_t state) { return (state + 63) % 64; }
constexpr std::size_t after_leap(std::size_t state) { return (state * 7 + 3) % 64; }

template <std::size_t State> inline constexpr big_state big = static_cast<big_state>(State);

template <std::size_t... I>
auto every_row(std::index_sequence<I...>)
    -> pawl::lifecycle<pawl::initial<big_state::s00>, pawl::goal<big_state::s63>,
                       pawl::transition<big<I>, forward, big<after_forward(I)>>...,
                       pawl::transition<big<I>, backward, big<after_backward(I)>>...,
                       pawl::transition<big<I>, leap, big<after_leap(I)>>...,
                       pawl::transition<big<I>, stay, big<I>>...>;

struct big_lifecycle : decltype(every_row(std::make_index_sequence<64>())) {};

}  // namespace fsm_test

#endif
