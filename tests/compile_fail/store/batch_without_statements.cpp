// expect: pawl: the batch of a store that takes statements needs apply\(item<L, S> const&, event const&, std::span
#include <span>

#include <pawl/store/with.hpp>

#include "whole_batch_store.hpp"

struct batch : whole_batch {
#ifdef PAWL_FIXED
  using whole_batch::apply;
  template <auto S, class Event>
  std::size_t apply(pawl::item<parcel, S> const& from, Event const& event,
                    std::span<pawl::sql_statement const> statements);
#endif
};
struct store : store_of_batches<batch> {
  static constexpr bool takes_statements = true;
};

void use_it(pawl::commit_queue<store, pawl::loop<>>& queue, pawl::item<parcel, state::ordered> it) {
  deliver event{"the neighbour"};
  static_cast<void>(queue.apply(it, pawl::with(event)));
}
