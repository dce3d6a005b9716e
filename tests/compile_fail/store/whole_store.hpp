// A store that can be run, of which each mistake of this folder deletes one member.
#ifndef PAWL_TESTS_COMPILE_FAIL_STORE_WHOLE_STORE_HPP
#define PAWL_TESTS_COMPILE_FAIL_STORE_WHOLE_STORE_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/store/run_port.hpp>

enum class state { ordered, delivered };
struct deliver {
  std::string to;
};
struct parcel : pawl::lifecycle<pawl::initial<state::ordered>, pawl::goal<state::delivered>,
                                pawl::transition<state::ordered, deliver, state::delivered>> {};

struct steps {
  deliver operator()(pawl::item<parcel, state::ordered>) { return {"the neighbour"}; }
};

using any_parcel = pawl::any_item<parcel>;

// The members with which a queue writes.
struct queued_store {
  using lifecycle = parcel;

  bool try_begin();
  void commit();
  void rollback();
  bool poisoned() const;
  template <auto S, class Event>
  pawl::applied_to<parcel, S, Event> apply(pawl::item<parcel, S> const& from, Event const& event);
  pawl::stored<parcel> get(std::string_view key);
  template <class Event> std::optional<Event> recorded(any_parcel const& of);
};
static_assert(pawl::transition_store<queued_store>);

// With those that a run needs besides. Nothing is defined: nothing here is linked.
struct whole_store : queued_store {
  using page_mark = pawl::row_mark;

  pawl::item_page<any_parcel, page_mark> runnable(state of, page_mark after, std::size_t limit);
  std::vector<any_parcel> due(pawl::stored_time now, pawl::delayed_by who, std::size_t limit);
  std::optional<pawl::stored_time> next_due(pawl::stored_time after, pawl::delayed_by who);
  void cut_delays(pawl::stored_time latest);
  bool note(any_parcel const& of, pawl::trouble_record const& record);
  std::optional<pawl::trouble_record> trouble_of(any_parcel const& of);
  bool may_have_troubles();
  std::vector<pawl::troubled_item<parcel>> parked(std::size_t limit);
  bool release(std::string_view key);
  pawl::trouble_counts count_troubles();
  std::array<std::size_t, 2> count_items();
  std::size_t unrecognised();
  pawl::stored_time now();
  pawl::change_signal& changes();
  bool changed_elsewhere();
  pawl::owner_handle make_owner();
  bool acquire(pawl::run_owner& owner, pawl::ownership how);
};
static_assert(pawl::run_port<whole_store>);

#endif
