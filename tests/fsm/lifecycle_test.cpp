#include <array>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>

#include "catch.hpp"
#include "fsm/big_lifecycle.hpp"
#include "fsm/file_lifecycle.hpp"

namespace fsm_test {

struct move_on {};
struct give_up {};
struct come_back {};

TEST_CASE("the states of a lifecycle are its enumerators, sorted by value", "[fsm]") {
  STATIC_REQUIRE(pawl::state_count<file_lifecycle> == 5);
  STATIC_REQUIRE(pawl::states<file_lifecycle> == std::array{untracked, uploading, processing, indexed, failed});
  STATIC_REQUIRE(pawl::initial_state<file_lifecycle> == untracked);
  STATIC_REQUIRE(std::is_same_v<pawl::state_of<file_lifecycle>, file_state>);
}

enum class gaps : std::int64_t { below = -7, first = 1, fifth = 5, edge = 127, over = 128, far = 1LL << 60 };
struct gaps_lifecycle
    : pawl::lifecycle<
          pawl::initial<gaps::far>, pawl::goal<gaps::below>, pawl::transition<gaps::far, move_on, gaps::first>,
          pawl::transition<gaps::first, move_on, gaps::fifth>, pawl::transition<gaps::fifth, move_on, gaps::edge>,
          pawl::transition<gaps::edge, move_on, gaps::over>, pawl::transition<gaps::over, move_on, gaps::below>> {};

TEST_CASE("states may have any values: holes, negative ones, huge ones", "[fsm]") {
  STATIC_REQUIRE(pawl::valid<gaps_lifecycle>);
  STATIC_REQUIRE(pawl::states<gaps_lifecycle> ==
                 std::array{gaps::below, gaps::first, gaps::fifth, gaps::edge, gaps::over, gaps::far});
  for (std::size_t i = 0; i < pawl::state_count<gaps_lifecycle>; ++i) {
    REQUIRE(pawl::state_index<gaps_lifecycle>(pawl::states<gaps_lifecycle>[i]) == i);
  }
  REQUIRE(pawl::state_code<gaps_lifecycle>(gaps::below) == -7);
  REQUIRE(pawl::state_code<gaps_lifecycle>(gaps::far) == 1LL << 60);
}

TEST_CASE("a value that is no state has the number of states as its index", "[fsm]") {
  for (std::int64_t const code : {std::int64_t{-8}, std::int64_t{0}, std::int64_t{2}, std::int64_t{126},
                                  std::int64_t{129}, (std::numeric_limits<std::int64_t>::max)()}) {
    REQUIRE(pawl::state_index<gaps_lifecycle>(static_cast<gaps>(code)) == 6);
  }
  REQUIRE(pawl::state_index<file_lifecycle>(file_state{5}) == 5);
  REQUIRE(pawl::state_index<file_lifecycle>(file_state{-1}) == 5);
}

enum class shifted { one = 1, two, three };
struct shifted_lifecycle : pawl::lifecycle<pawl::initial<shifted::one>, pawl::goal<shifted::three>,
                                           pawl::transition<shifted::one, move_on, shifted::two>,
                                           pawl::transition<shifted::two, move_on, shifted::three>> {};

TEST_CASE("an enum that starts at another value than 0 has dense indices all the same", "[fsm]") {
  STATIC_REQUIRE(!pawl::detail::has_holes<shifted_lifecycle>);
  REQUIRE(pawl::state_index<shifted_lifecycle>(shifted::one) == 0);
  REQUIRE(pawl::state_index<shifted_lifecycle>(shifted::three) == 2);
  REQUIRE(pawl::state_index<shifted_lifecycle>(shifted{0}) == 3);
  REQUIRE(pawl::state_code<shifted_lifecycle>(shifted::three) == 3);
}

enum class unsigned_state : std::uint64_t { zero = 0, top = (std::numeric_limits<std::uint64_t>::max)() };
struct unsigned_lifecycle : pawl::lifecycle<pawl::initial<unsigned_state::zero>, pawl::goal<unsigned_state::top>,
                                            pawl::transition<unsigned_state::zero, move_on, unsigned_state::top>> {};

TEST_CASE("values beyond the largest signed one wrap round and stay apart", "[fsm]") {
  REQUIRE(pawl::valid<unsigned_lifecycle>);
  REQUIRE(pawl::state_count<unsigned_lifecycle> == 2);
  REQUIRE(pawl::state_code<unsigned_lifecycle>(unsigned_state::top) == -1);
  REQUIRE(pawl::states<unsigned_lifecycle>[pawl::state_index<unsigned_lifecycle>(unsigned_state::top)] ==
          unsigned_state::top);
}

enum class narrow : bool { no, yes };
struct narrow_lifecycle : pawl::lifecycle<pawl::initial<narrow::no>, pawl::goal<narrow::yes>,
                                          pawl::transition<narrow::no, move_on, narrow::yes>> {};

// Without an underlying type no value beyond the enumerators may be tried: only those that stand in a part are found.
enum old_style { old_begin, old_end, old_unused };
struct old_lifecycle
    : pawl::lifecycle<pawl::initial<old_begin>, pawl::goal<old_end>, pawl::transition<old_begin, move_on, old_end>> {};

TEST_CASE("states may be of a narrow enum, or of an unscoped one", "[fsm]") {
  REQUIRE(pawl::valid<narrow_lifecycle>);
  REQUIRE(pawl::state_count<narrow_lifecycle> == 2);
  REQUIRE(pawl::valid<old_lifecycle>);
  REQUIRE(pawl::state_count<old_lifecycle> == 2);
}

TEST_CASE("a state without a role has a step", "[fsm]") {
  STATIC_REQUIRE(pawl::role_of<file_lifecycle>(indexed) == pawl::role::goal);
  STATIC_REQUIRE(pawl::role_of<file_lifecycle>(failed) == pawl::role::waiting);
  STATIC_REQUIRE(pawl::role_of<file_lifecycle>(untracked) == pawl::role::step);
  STATIC_REQUIRE(pawl::needs_step<file_lifecycle, uploading>);
  STATIC_REQUIRE(!pawl::needs_step<file_lifecycle, indexed>);
}

TEST_CASE("nothing may run an item whose state is unknown", "[fsm]") {
  REQUIRE(pawl::role_of<file_lifecycle>(file_state{77}) == pawl::role::waiting);
}

TEST_CASE("the events are those of the rows, each once, in order of first appearance", "[fsm]") {
  STATIC_REQUIRE(std::is_same_v<pawl::events_of<file_lifecycle>,
                                pawl::type_list<start_upload, complete_upload, fail_upload, complete_processing,
                                                fail_processing, reset, fail_reset, retry>>);
  STATIC_REQUIRE(std::is_same_v<pawl::events_of<big_lifecycle>, pawl::type_list<forward, backward, leap, stay>>);
  STATIC_REQUIRE(pawl::event_index<file_lifecycle, retry> == 7);
  STATIC_REQUIRE(pawl::knows_event<file_lifecycle, retry>);
  STATIC_REQUIRE(!pawl::knows_event<file_lifecycle, forward>);
}

TEST_CASE("the rows stand in the order in which they are written", "[fsm]") {
  REQUIRE(pawl::rows<file_lifecycle>.size() == 8);
  pawl::row const third = pawl::rows<file_lifecycle>[2];
  REQUIRE(third.from == 1);
  REQUIRE(third.event == 2);
  REQUIRE(third.to == 4);
}

TEST_CASE("what a state accepts and where it leads is known to the compiler", "[fsm]") {
  STATIC_REQUIRE(pawl::accepts<file_lifecycle, failed, retry>);
  STATIC_REQUIRE(!pawl::accepts<file_lifecycle, failed, reset>);
  STATIC_REQUIRE(!pawl::accepts<file_lifecycle, failed, forward>);
  STATIC_REQUIRE(!pawl::accepts<file_lifecycle, big_state::s01, retry>);
  STATIC_REQUIRE(!pawl::accepts<int, failed, retry>);
  STATIC_REQUIRE(pawl::next_state<file_lifecycle, failed, retry> == untracked);
  STATIC_REQUIRE(pawl::row_index<file_lifecycle, failed, retry> == 7);
  STATIC_REQUIRE(pawl::next_state<gaps_lifecycle, gaps::over, move_on> == gaps::below);
}

TEST_CASE("the event that final trouble fires is the one that the lifecycle names", "[fsm]") {
  STATIC_REQUIRE(std::is_same_v<pawl::failure_event<file_lifecycle, uploading>, fail_upload>);
  STATIC_REQUIRE(std::is_same_v<pawl::failure_event<file_lifecycle, processing>, fail_processing>);
  STATIC_REQUIRE(std::is_void_v<pawl::failure_event<file_lifecycle, untracked>>);
}

enum class quest { start, middle, lost, won };
struct quest_lifecycle
    : pawl::lifecycle<pawl::initial<quest::start>, pawl::goal<quest::won>, pawl::terminal<quest::lost>,
                      pawl::transition<quest::start, move_on, quest::middle>,
                      pawl::transition<quest::middle, move_on, quest::won>,
                      pawl::transition<quest::middle, give_up, quest::lost>,
                      pawl::transition<quest::won, come_back, quest::start>> {};

TEST_CASE("the distance to a goal is the smallest number of transitions, and 255 where there is no way", "[fsm]") {
  REQUIRE(pawl::steps_to_goal<file_lifecycle> == std::array<std::uint8_t, 5>{3, 2, 1, 0, 4});
  REQUIRE(pawl::steps_to_goal<quest_lifecycle> == std::array<std::uint8_t, 4>{2, 1, 255, 0});
}

TEST_CASE("a goal may be left again, and a terminal state is an end", "[fsm]") {
  REQUIRE(pawl::valid<quest_lifecycle>);
  REQUIRE(pawl::role_of<quest_lifecycle>(quest::lost) == pawl::role::terminal);
}

TEST_CASE("a lifecycle may have 64 states and 256 rows", "[fsm]") {
  REQUIRE(pawl::valid<big_lifecycle>);
  REQUIRE(pawl::state_count<big_lifecycle> == 64);
  REQUIRE(pawl::rows<big_lifecycle>.size() == 256);
  REQUIRE(pawl::steps_to_goal<big_lifecycle>[0] == 1);
}

template <std::size_t I> struct numbered {
  static constexpr char text[] = {'e', char('a' + I / 16), char('a' + I % 16)};
  static constexpr std::string_view name{text, 3};
};
template <std::size_t... I>
auto every_event(std::index_sequence<I...>)
    -> pawl::lifecycle<pawl::initial<narrow::no>, pawl::goal<narrow::yes>,
                       pawl::transition<narrow::no, numbered<I>, narrow::yes>...>;
struct eventful_lifecycle : decltype(every_event(std::make_index_sequence<256>())) {};

TEST_CASE("a lifecycle may have 256 events", "[fsm]") {
  REQUIRE(pawl::valid<eventful_lifecycle>);
  REQUIRE(pawl::events_of<eventful_lifecycle>::size == 256);
  REQUIRE(pawl::event_index<eventful_lifecycle, numbered<255>> == 255);
  REQUIRE(pawl::rows<eventful_lifecycle>[255].event == 255);
}

TEST_CASE("a lifecycle is a struct that is derived from pawl::lifecycle", "[fsm]") {
  STATIC_REQUIRE(pawl::a_lifecycle<file_lifecycle>);
  STATIC_REQUIRE(!pawl::a_lifecycle<file_state>);
  STATIC_REQUIRE(!pawl::a_lifecycle<retry>);
}

}  // namespace fsm_test
