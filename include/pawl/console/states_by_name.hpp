// The states of a table by their names: a table that others write into may hold a hundred thousand that nobody knows.
#ifndef PAWL_CONSOLE_STATES_BY_NAME_HPP
#define PAWL_CONSOLE_STATES_BY_NAME_HPP

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class Less = std::less<>> class states_by_name {
 public:
  // Must not outlive them; only this adds to them meanwhile.
  explicit states_by_name(std::vector<seen_state>& states, Less less = {}) : states_(states), places_(std::move(less)) {
    for (std::size_t i = 0; i < states.size(); ++i) places_.emplace(states[i].name, i);
  }
  // Null: there is none of this name.
  seen_state* find(std::string const& name) {
    auto const found = places_.find(name);
    return found == places_.end() ? nullptr : &states_[found->second];
  }
  // One that is not there is added, as unknown.
  seen_state& get(std::string const& name) {
    auto const [place, is_new] = places_.emplace(name, states_.size());
    if (!is_new) return states_[place->second];
    seen_state unknown{};
    unknown.name = name;
    unknown.role = role::waiting;
    unknown.known = false;
    states_.push_back(std::move(unknown));
    return states_.back();
  }

 private:
  std::vector<seen_state>& states_;
  std::map<std::string, std::size_t, Less> places_;
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
