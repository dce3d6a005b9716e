#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/diagram.hpp>

#include "catch.hpp"
#include "fsm/awkward_names.hpp"
#include "fsm/big_lifecycle.hpp"
#include "fsm/file_lifecycle.hpp"
#include "fsm/mermaid_rules.hpp"

namespace fsm_test {

TEST_CASE("a lifecycle is drawn as a Mermaid state diagram", "[fsm]") {
  REQUIRE(pawl::mermaid<file_lifecycle> == R"(stateDiagram-v2
    [*] --> untracked
    untracked --> uploading : start_upload
    uploading --> processing : complete_upload
    uploading --> failed : fail_upload
    processing --> indexed : complete_processing
    processing --> failed : fail_processing
    indexed --> untracked : reset
    indexed --> failed : fail_reset
    failed --> untracked : retry
    indexed --> [*]
)");
}

TEST_CASE("the diagram is NUL-terminated and known to the compiler", "[fsm]") {
  REQUIRE(pawl::mermaid<file_lifecycle>.data()[pawl::mermaid<file_lifecycle>.size()] == '\0');
  STATIC_REQUIRE(pawl::mermaid<file_lifecycle>.starts_with("stateDiagram-v2\n"));
}

namespace odd_names {
enum class state { note, waiting_room, end, dropped };
constexpr std::string_view state_name(state s) {
  switch (s) {
    case state::note:
      return "note";
    case state::waiting_room:
      return "waiting: \"room\" #1";
    case state::end:
      return "end";
    case state::dropped:
      return "dropped";
  }
  return {};
}
struct enter {
  static constexpr std::string_view name = "enter; at once";
};
struct leave {};
struct drop {};
struct visit : pawl::lifecycle<pawl::initial<state::note>, pawl::goal<state::end>, pawl::terminal<state::dropped>,
                               pawl::transition<state::note, enter, state::waiting_room>,
                               pawl::transition<state::waiting_room, leave, state::end>,
                               pawl::transition<state::waiting_room, drop, state::dropped>> {};
}  // namespace odd_names

TEST_CASE("names that mean something to Mermaid are written so that it shows them as they are", "[fsm]") {
  REQUIRE(pawl::valid<odd_names::visit>);
  REQUIRE(pawl::mermaid<odd_names::visit> == R"(stateDiagram-v2
    state "note" as state_0
    state "waiting#58; #34;room#34; #35;1" as state_1
    state "end" as state_2
    [*] --> state_0
    state_0 --> state_1 : enter#59; at once
    state_1 --> state_2 : leave
    state_1 --> dropped : drop
    state_2 --> [*]
    dropped --> [*]
)");
}

TEST_CASE("a diagram shows each state and transition by its name, whatever the names mean to Mermaid", "[fsm]") {
  awkward_names::for_each_chain([]<class Lifecycle>() {
    REQUIRE(pawl::valid<Lifecycle>);
    INFO(pawl::mermaid<Lifecycle>);
    auto const drawn = mermaid_rules::read(pawl::mermaid<Lifecycle>);
    REQUIRE(drawn.error == "");
    auto const& names = pawl::stored_names<Lifecycle>;
    CHECK(drawn.states.size() == names.size());
    std::vector<mermaid_rules::edge> shown, wanted;
    for (auto const& one : drawn.edges) shown.push_back({drawn.label(one.from), one.event, drawn.label(one.to)});
    wanted.push_back({"[*]", "", std::string{names.front()}});
    for (auto const& row : pawl::rows<Lifecycle>)
      wanted.push_back({std::string{names[row.from]}, std::string{pawl::event_names<Lifecycle>[row.event]},
                        std::string{names[row.to]}});
    wanted.push_back({std::string{names.back()}, "", "[*]"});
    CHECK(shown == wanted);
  });
}

namespace state_numbers {
enum class state { state_1, end };
struct go {};
struct trip : pawl::lifecycle<pawl::initial<state::state_1>, pawl::goal<state::end>,
                              pawl::transition<state::state_1, go, state::end>> {};
}  // namespace state_numbers

TEST_CASE("a state whose name looks like a made id is not taken for another", "[fsm]") {
  REQUIRE(pawl::mermaid<state_numbers::trip> == R"(stateDiagram-v2
    state "state_1" as state_0
    state "end" as state_1
    [*] --> state_0
    state_0 --> state_1 : go
    state_1 --> [*]
)");
}

// If one of these two changes, databases that older programs wrote look as if their lifecycle had changed.
TEST_CASE("the fingerprint is the same on every compiler and in every release", "[fsm]") {
  REQUIRE(pawl::fingerprint<file_lifecycle> == 0x99947542198f1c29u);
  REQUIRE(pawl::fingerprint<odd_names::visit> == 0xdc90f99f2f7ab11du);
}

namespace reordered {
struct file_lifecycle
    : pawl::lifecycle<pawl::transition<failed, retry, untracked>, pawl::transition<indexed, fail_reset, failed>,
                      pawl::transition<processing, fail_processing, failed>,
                      pawl::transition<processing, complete_processing, indexed>,
                      pawl::transition<uploading, complete_upload, processing>,
                      pawl::transition<indexed, reset, untracked>, pawl::transition<uploading, fail_upload, failed>,
                      pawl::transition<untracked, start_upload, uploading>, pawl::waiting<failed>, pawl::goal<indexed>,
                      pawl::initial<untracked>> {};
}  // namespace reordered

TEST_CASE("the order in which a lifecycle is written does not change its fingerprint", "[fsm]") {
  REQUIRE(pawl::fingerprint<reordered::file_lifecycle> == pawl::fingerprint<file_lifecycle>);
}

namespace variants {
struct go {};
struct back {};
namespace other {
struct go {
  static constexpr std::string_view name = "went";
};
}  // namespace other
enum class base { a, b, c };
enum class recoded { a, b, c = 7 };
enum class renamed { a, b, d };
template <class State, State Last, class Go = go, State From = State::a, template <auto...> class Role = pawl::waiting>
struct variant
    : pawl::lifecycle<pawl::initial<From>, pawl::goal<Last>, Role<State::b>, pawl::transition<State::a, Go, State::b>,
                      pawl::transition<State::b, back, State::a>, pawl::transition<State::b, Go, Last>> {
  static constexpr std::string_view name = "variant";
};
template <class State>
struct redirected
    : pawl::lifecycle<pawl::initial<State::a>, pawl::goal<State::c>, pawl::waiting<State::b>,
                      pawl::transition<State::a, go, State::b>, pawl::transition<State::b, back, State::b>,
                      pawl::transition<State::b, go, State::c>> {
  static constexpr std::string_view name = "redirected";
};
}  // namespace variants

TEST_CASE("a change of a name, a value, a role, the initial state or a row changes the fingerprint", "[fsm]") {
  using namespace variants;
  constexpr std::uint64_t original = pawl::fingerprint<variant<base, base::c>>;
  REQUIRE(pawl::fingerprint<variant<recoded, recoded::c>> != original);
  REQUIRE(pawl::fingerprint<variant<renamed, renamed::d>> != original);
  REQUIRE(pawl::fingerprint<variant<base, base::c, other::go>> != original);
  REQUIRE(pawl::fingerprint<variant<base, base::c, go, base::b>> != original);
  REQUIRE(pawl::fingerprint<variant<base, base::c, go, base::a, pawl::terminal>> != original);
  REQUIRE(pawl::fingerprint<redirected<base>> != original);
}

TEST_CASE("the biggest lifecycle is drawn whole", "[fsm]") {
  std::size_t lines = 0;
  for (char const c : pawl::mermaid<big_lifecycle>) lines += c == '\n' ? 1u : 0u;
  REQUIRE(lines == 1 + 1 + 256 + 1);
}

}  // namespace fsm_test
