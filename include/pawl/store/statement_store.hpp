// What a store offers that writes statements of its user in the transaction of a transition (with.hpp).
#ifndef PAWL_STORE_STATEMENT_STORE_HPP
#define PAWL_STORE_STATEMENT_STORE_HPP

#include <concepts>
#include <cstddef>
#include <span>

#include <pawl/error.hpp>
#include <pawl/store/answer.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/mistake.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/transition_store.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// Thrown within a transaction: what this transition and its statements had written is undone, and the transaction goes on
// with what it wrote before. It tells what has failed like any store_error.
class transition_undone : public store_error {
 public:
  using store_error::store_error;
};

// A store that declares `static constexpr bool takes_statements = true;` promises:
//
// 1. The statements run in their order, after the item has moved and in its transaction. A conflict runs none of them.
// 2. All or nothing: if a statement is refused, so is the transition, with `rejected` where the row or its values are to
//    blame (a constraint), and nothing of either is kept. Within a transaction it throws transition_undone where the others
//    of the transaction are not concerned.
// 3. What cannot be one statement that writes is refused: two in one text, a COMMIT, a number of values that is not that
//    of the placeholders.
//
// A statement may be new items (sql_statement::children()). A store that declares `static constexpr bool keeps_children = true;`
// inserts them in place of a statement, remembers whose children they are, and fires the events of pawl::gathers (part.hpp);
// any other refuses them with `misuse`.
//
// The statements live as long as the event. A store that is given whole batches (batch_store.hpp) takes them with each
// transition of a batch, and throws `rejected` for the whole batch if one is refused.
template <class S>
concept declares_statements = requires {
  requires S::takes_statements;
};
template <class S>
concept keeps_children = requires {
  requires S::keeps_children;
};
template <class S>
concept applies_statements = requires(S s, detail::first_item<typename S::lifecycle> const& from,
                                      detail::first_event<typename S::lifecycle> const& event,
                                      std::span<sql_statement const> statements) {
  { s.apply(from, event, statements) } -> answers_with<detail::first_applied<typename S::lifecycle>>;
};
template <class S>
concept batch_applies_statements = requires(typename S::batch b, detail::first_item<typename S::lifecycle> const& from,
                                            detail::first_event<typename S::lifecycle> const& event,
                                            std::span<sql_statement const> statements) {
  { b.apply(from, event, statements) } -> std::same_as<std::size_t>;
};

template <class S>
concept statement_store = transition_store<S> && declares_statements<S> &&
    (batch_store<S> ? batch_applies_statements<S> : applies_statements<S>);

namespace detail {
// Reports in one sentence why this store takes no statements.
template <class S> constexpr bool check_statement_store() {
  if constexpr (!declares_statements<S>)
    return !mistake::store_without_statements<S>();
  else if constexpr (batch_store<S> && !batch_applies_statements<S>)
    static_assert(batch_applies_statements<S>,
                  "pawl: the batch of a store that takes statements needs apply(item<L, S> const&, event const&, "
                  "std::span<sql_statement const>), returning its ticket, a std::size_t");
  else if constexpr (!batch_store<S> && !applies_statements<S>)
    static_assert(applies_statements<S>,
                  "pawl: a store that takes statements needs apply(item<L, S>, event, std::span<sql_statement const>), "
                  "returning applied_to<L, S, event>");
  return statement_store<S>;
}
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
