// expect: pawl: a store that takes statements needs apply\(item<L, S>, event, std::span<sql_statement const>\)
#include <span>

#include <pawl/store/with.hpp>

#include "whole_store.hpp"

struct store : whole_store {
  static constexpr bool takes_statements = true;
#ifdef PAWL_FIXED
  using whole_store::apply;
  template <auto S, class Event>
  pawl::applied_to<parcel, S, Event> apply(pawl::item<parcel, S> const& from, Event const& event,
                                           std::span<pawl::sql_statement const> statements);
#endif
};

void use(pawl::commit_queue<store, pawl::loop<>>& queue, pawl::item<parcel, state::ordered> it) {
  deliver event{"the neighbour"};
  static_cast<void>(queue.apply(it, pawl::with(event)));
}
