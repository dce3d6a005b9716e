// Prints diagrams of awkward names as JSON, with what each is to show: `[{"text", "states", "edges": [[from, event, to]]}]`.
#include <cstddef>
#include <string>

#include <fmt/format.h>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/diagram.hpp>
#include <pawl/report/json.hpp>

#include "fsm/awkward_names.hpp"

int main() {
  pawl::report_json all = pawl::report_json::array();
  awkward_names::for_each_chain([&]<class Lifecycle>() {
    static_assert(pawl::valid<Lifecycle>);
    auto const& names = pawl::stored_names<Lifecycle>;
    pawl::report_json states = pawl::report_json::array(), edges = pawl::report_json::array();
    for (auto const name : names) states.push_back(name);
    edges.push_back({"[*]", "", names[pawl::state_index<Lifecycle>(pawl::initial_state<Lifecycle>)]});
    for (auto const& row : pawl::rows<Lifecycle>)
      edges.push_back({names[row.from], pawl::event_names<Lifecycle>[row.event], names[row.to]});
    for (auto const state : pawl::states<Lifecycle>)
      if (pawl::role_of<Lifecycle>(state) == pawl::role::goal)
        edges.push_back({pawl::state_name_of<Lifecycle>(state), "", "[*]"});
    all.push_back({{"text", pawl::mermaid<Lifecycle>}, {"states", states}, {"edges", edges}});
  });
  fmt::print("{}\n", pawl::dump(all, -1));
}
