// Items: one row of a store, with its state either as part of the type or known only at run time.
#ifndef PAWL_STORE_ITEM_HPP
#define PAWL_STORE_ITEM_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {
template <class L, auto S> constexpr bool is_state_of() {
  if constexpr (std::is_same_v<std::remove_const_t<decltype(S)>, state_of<L>>)
    return state_index<L>(S) < state_count<L>;
  else
    return false;
}
}  // namespace detail

// An item known to be in state S at `version`, to be moved by a store. It is a snapshot: apply() reports whether the
// row still matches. The constructors keep it from being an aggregate: g++ 12 copies the bytes of aggregate temporaries
// in a co_await expression.
template <a_lifecycle L, auto S> struct item {
  static_assert(detail::is_state_of<L, S>(), "pawl: the item's state is not a state of the lifecycle's enum");

  using lifecycle = L;
  static constexpr auto state = S;

  std::string key{};         // any bytes; unique in its store
  std::int64_t version = 0;  // grows by one with every transition, including a reset
  std::int64_t row = 0;      // the store's own locator; 0: unknown, the store finds the row by its key
  // Tells this row from a later one with the same key: after a row was deleted and written anew, its successor has
  // another one. 0: unknown. An item of an earlier life never moves its successor, and its troubles are not inherited.
  std::int64_t life = 0;

  item() = default;
  item(std::string k, std::int64_t v, std::int64_t r = 0, std::int64_t l = 0)
      : key(std::move(k)), version(v), row(r), life(l) {}
  friend bool operator==(item const&, item const&) = default;
};

// An item whose state is known at run time.
template <a_lifecycle L> struct any_item {
  using lifecycle = L;

  std::string key{};
  std::int64_t version = 0;
  state_of<L> state = initial_state<L>;
  std::int64_t row = 0;
  std::int64_t life = 0;

  any_item() = default;
  any_item(std::string k, std::int64_t v, state_of<L> s, std::int64_t r = 0, std::int64_t l = 0)
      : key(std::move(k)), version(v), state(s), row(r), life(l) {}
  template <auto S>
  any_item(item<L, S> i) : key(std::move(i.key)), version(i.version), state(S), row(i.row), life(i.life) {}
  friend bool operator==(any_item const&, any_item const&) = default;

  // The item with its state in the type, if it is in state S.
  template <auto S> std::optional<item<L, S>> as() const {
    if (state != S) return std::nullopt;
    return item<L, S>(key, version, row, life);
  }
};

namespace detail {
template <class Result, class L, class F, std::size_t Index> Result visit_one(F& f, any_item<L>& i) {
  return static_cast<Result>(f(item<L, states<L>[Index]>(std::move(i.key), i.version, i.row, i.life)));
}

template <class Result, class L, class F, std::size_t... Index>
Result visit_any(F& f, any_item<L>& i, std::index_sequence<Index...>) {
  using call = Result (*)(F&, any_item<L>&);
  static constexpr std::array<call, sizeof...(Index)> calls{&visit_one<Result, L, F, Index>...};
  std::size_t const at = state_index<L>(i.state);
  if (at >= calls.size())
    throw store_error(store_failure::misuse, "pawl: the state of item '" + i.key + "' is not a state of its lifecycle");
  return calls[at](f, i);
}
}  // namespace detail

// Calls f with the item<L, S> of the state that the item is in. f must be callable for every state; its results must
// convert to what it returns for the initial state. One indirect call. Throws store_error (misuse) if the item's state
// is not a state of the lifecycle.
template <a_lifecycle L, class F> decltype(auto) visit(F&& f, any_item<L> i) {
  using result = decltype(f(std::declval<item<L, initial_state<L>>>()));
  return detail::visit_any<result, L>(f, i, std::make_index_sequence<state_count<L>>{});
}

}  // namespace pawl::inline PAWL_ABI

#endif
