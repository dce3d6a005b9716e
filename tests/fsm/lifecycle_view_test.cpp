#include <string>

#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/store/stored_item.hpp>

#include "catch.hpp"
#include "fsm/file_lifecycle.hpp"

namespace fsm_test {

TEST_CASE("the view of a lifecycle says what its constants say", "[fsm]") {
  auto const& view = pawl::view_of<file_lifecycle>;
  CHECK(view.name == pawl::lifecycle_name<file_lifecycle>());
  CHECK(view.fingerprint == pawl::fingerprint<file_lifecycle>);
  REQUIRE(view.state_count() == pawl::state_count<file_lifecycle>);
  for (std::size_t i = 0; i < view.state_count(); ++i) {
    auto const state = pawl::states<file_lifecycle>[i];
    CHECK(view.state_names[i] == pawl::state_name_of<file_lifecycle>(state));
    CHECK(view.state_codes[i] == static_cast<std::int64_t>(state));
    CHECK(view.roles[i] == pawl::role_of<file_lifecycle>(state));
    CHECK(view.steps_to_goal[i] == pawl::steps_to_goal<file_lifecycle>[i]);
    CHECK(view.index_of_name(view.state_names[i]) == i);
    CHECK(view.index_of_code(view.state_codes[i]) == i);
  }
  CHECK(view.index_of_name("nowhere") == view.state_count());
  CHECK(view.index_of_code(-1) == view.state_count());
  REQUIRE(view.rows.size() == pawl::rows<file_lifecycle>.size());
  CHECK(view.rows[0].to == pawl::rows<file_lifecycle>[0].to);
  REQUIRE(view.event_names.size() == view.event_has_fields.size());
  for (std::size_t i = 0; i < view.event_names.size(); ++i)
    CHECK(view.event_has_fields[i] ==
          (view.event_names[i] == "complete_upload" || view.event_names[i] == "complete_processing" ||
           view.event_names[i].starts_with("fail_")));
  CHECK(view.state_names[view.initial] == pawl::state_name_of<file_lifecycle>(pawl::initial_state<file_lifecycle>));
}

TEST_CASE("an item keeps all but its type as a stored item", "[fsm]") {
  pawl::any_item<file_lifecycle> const it("a key", 7, pawl::states<file_lifecycle>[1], 3);
  auto const stored = pawl::detail::to_stored_item(it);
  CHECK(stored.key == "a key");
  CHECK(stored.state == 1);
  CHECK(pawl::detail::to_any_item<file_lifecycle>(stored) == it);
}

}  // namespace fsm_test
