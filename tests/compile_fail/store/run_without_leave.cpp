// expect: pawl: a store that leases its items needs all of claim\(run_owner&, state, page_mark, limit\), claim_due\(run_owner&, stored_time, delayed_by, limit\), begin\(run_owner&, any_item<L>\), returning bool, and leave\(run_owner&\)
#include "whole_store.hpp"

struct store : whole_store {
  pawl::item_page<any_parcel, page_mark> claim(pawl::run_owner& by, state of, page_mark after, std::size_t limit);
  std::vector<any_parcel> claim_due(pawl::run_owner& by, pawl::stored_time now, pawl::delayed_by who,
                                    std::size_t limit);
  bool begin(pawl::run_owner& by, any_parcel const& it);
#ifdef PAWL_FIXED
  void leave(pawl::run_owner& by);
#endif
};

pawl::summary use(store& parcels) { return pawl::run(parcels, steps{}); }
