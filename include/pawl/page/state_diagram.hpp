// The lifecycle as a picture, with the number of items in each state.
#ifndef PAWL_PAGE_STATE_DIAGRAM_HPP
#define PAWL_PAGE_STATE_DIAGRAM_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/console/console.hpp>
#include <pawl/page/words.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// The state in which items begin: the first that no other leads to; in a circle the first.
inline std::size_t initial_of(seen_table const& table) {
  for (std::size_t i = 0; i < table.states.size(); ++i) {
    auto const& state = table.states[i];
    bool const is_entered = std::any_of(table.rows.begin(), table.rows.end(), [&](seen_row const& row) {
      return row.to == state.name && row.from != state.name;
    });
    if (state.known && !is_entered) return i;
  }
  return 0;
}

// States stand in rows by their distance from the initial one, at most three side by side. An arrow to the next row is
// straight; the others run beside the states, forwards on the right and back on the left. Unknown states have no place
// here. Roles differ by their frames and by a word, not by colour.
class state_diagram {
 public:
  // `number` tells the diagrams of one page apart.
  state_diagram(seen_table const& table, std::size_t number) : table_(table), number_(number) {
    place_states();
    find_arrows();
  }

  bool empty() const { return places_.empty(); }
  std::size_t columns() const { return columns_; }

  std::string svg() const {
    double const total = width() + left_margin() + right_margin(),
                 high = static_cast<double>(rows_) * (height + down) - down + 8;
    std::string body;
    for (auto const& one : arrows_) body += path(one);
    for (auto const& one : places_) body += box(one);
    return fmt::format(
        "<svg class=\"diagram\" role=\"img\" aria-label=\"{}\" width=\"{:.0f}\" height=\"{:.0f}\" viewBox=\"{:.0f} -4 "
        "{:.0f} "
        "{:.0f}\"><defs><marker id=\"arrow-{}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" orient=\"auto-start-reverse\"><path class=\"head\" d=\"M0 0 8 4 0 "
        "8z\"/></marker></defs>{}</svg>",
        description(), total, high, -left_margin(), total, high, number_, body);
  }

 private:
  static constexpr double width_of_state = 150, height = 64, across = 24, down = 40, lane = 9;

  struct place {
    std::size_t state = 0, row = 0, column = 0, in_row = 1;
  };
  struct arrow {
    std::size_t from = 0, to = 0;  // of places_
    std::string events{};
    std::size_t lane = 0;  // 0: straight
    bool is_back = false;
  };

  std::size_t index_of(std::string_view name) const {
    for (std::size_t i = 0; i < table_.states.size(); ++i)
      if (table_.states[i].known && table_.states[i].name == name) return i;
    return table_.states.size();
  }
  std::vector<std::size_t> distances() const {
    std::size_t const none = table_.states.size();
    std::vector<std::size_t> distance_to(none, none);
    if (none == 0) return distance_to;
    std::deque<std::size_t> next{initial_of(table_)};
    distance_to[next.front()] = 0;
    for (; !next.empty(); next.pop_front())
      for (auto const& row : table_.rows) {
        if (row.from != table_.states[next.front()].name) continue;
        auto const to = index_of(row.to);
        if (to == none || distance_to[to] != none) continue;
        distance_to[to] = distance_to[next.front()] + 1;
        next.push_back(to);
      }
    return distance_to;
  }
  void place_states() {
    auto const distance_to = distances();
    for (std::size_t distance = 0; distance <= distance_to.size(); ++distance) {
      std::vector<std::size_t> here;
      for (std::size_t i = 0; i < distance_to.size(); ++i)
        if (distance_to[i] == distance && table_.states[i].known) here.push_back(i);
      for (std::size_t at = 0; at < here.size(); at += most_columns) {
        std::size_t const count = (std::min)(most_columns, here.size() - at);
        for (std::size_t i = 0; i < count; ++i) places_.push_back({here[at + i], rows_, i, count});
        columns_ = (std::max)(columns_, count);
        ++rows_;
      }
    }
  }
  void find_arrows() {
    auto const place_of = [this](std::string_view name) {
      auto const state = index_of(name);
      return static_cast<std::size_t>(
          std::find_if(places_.begin(), places_.end(), [state](place const& p) { return p.state == state; }) -
          places_.begin());
    };
    for (auto const& row : table_.rows) {
      std::size_t const from = place_of(row.from), to = place_of(row.to);
      if (from == places_.size() || to == places_.size()) continue;
      auto const same =
          std::find_if(arrows_.begin(), arrows_.end(), [&](arrow const& a) { return a.from == from && a.to == to; });
      if (same != arrows_.end()) {
        if (same->events.size() < 300) same->events += ", " + row.event;
        continue;
      }
      arrow one{from, to, row.event, 0, places_[to].row <= places_[from].row};
      if (places_[to].row != places_[from].row + 1) one.lane = ++(one.is_back ? lanes_left_ : lanes_right_);
      arrows_.push_back(std::move(one));
    }
  }

  double width() const { return static_cast<double>(columns_) * (width_of_state + across) - across; }
  double left_margin() const { return lanes_left_ == 0 ? 4 : 14 + lane * static_cast<double>(lanes_left_); }
  double right_margin() const { return lanes_right_ == 0 ? 4 : 14 + lane * static_cast<double>(lanes_right_); }
  double x_of(place const& p) const {
    double const row = static_cast<double>(p.in_row) * (width_of_state + across) - across;
    return (width() - row) / 2 + static_cast<double>(p.column) * (width_of_state + across);
  }
  static double y_of(place const& p) { return static_cast<double>(p.row) * (height + down); }

  std::string path(arrow const& one) const {
    auto const &from = places_[one.from], &to = places_[one.to];
    std::string line;
    if (one.lane == 0) {
      double const x = x_of(from) + width_of_state / 2, y = y_of(from) + height;
      double const to_x = x_of(to) + width_of_state / 2 + (x_of(from) - x_of(to)) * 0.12;
      line = fmt::format("M{:.1f} {:.1f}L{:.1f} {:.1f}", x, y, to_x, y_of(to) - 1);
    } else {
      double const turn = static_cast<double>(one.lane) * lane + 4;
      double const beside = one.is_back ? -turn : width() + turn;
      double const x = x_of(from) + (one.is_back ? 0 : width_of_state),
                   to_x = x_of(to) + (one.is_back ? 0 : width_of_state);
      double const y = y_of(from) + height * 0.62, to_y = y_of(to) + height * (one.from == one.to ? 0.3 : 0.38);
      line = fmt::format("M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}", x, y, beside, to_y, to_x);
    }
    return fmt::format(
        "<path class=\"arrow\" marker-end=\"url(#arrow-{})\" d=\"{}\"><title>{}: {} to {}</title></path>", number_,
        line, shown_plainly(one.events, 200), shown_plainly(table_.states[from.state].name, 60),
        shown_plainly(table_.states[to.state].name, 60));
  }
  std::string_view word_of(seen_state const& state) const {
    return role_word(state.role, state.known, &state == &table_.states[initial_of(table_)]);
  }
  std::string box(place const& p) const {
    auto const& state = table_.states[p.state];
    double const x = x_of(p), y = y_of(p), middle = x + width_of_state / 2;
    auto const word = word_of(state);
    std::string text =
        fmt::format("<g class=\"state {}\"><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
                    word, x, y, width_of_state, height, word == "goal" ? 32 : 8);
    if (word == "goal")
      text += fmt::format("<rect class=\"inner\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"28\"/>",
                          x + 4, y + 4, width_of_state - 8, height - 8);
    auto const line = [&](char const* style, double at, std::string const& what) {
      text += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>", style, middle, y + at, what);
    };
    line("name", 20, shown_plainly(state.name, 17));
    line("count", 39, in_thousands(state.items));
    line("word", 55, std::string(state.paused ? "paused" : word) + parked_words(state));
    return text + "</g>";
  }
  static std::string parked_words(seen_state const& state) {
    return state.parked == 0 ? std::string() : fmt::format(", {} parked", in_thousands(state.parked));
  }
  std::string description() const {
    std::string text = "The lifecycle " + shown_plainly(table_.lifecycle, 60) + ":";
    for (auto const& one : places_) {
      auto const& state = table_.states[one.state];
      text += fmt::format(" {} {}{};", shown_plainly(state.name, 40), in_thousands(state.items), parked_words(state));
    }
    text.back() = '.';
    return text;
  }

  static constexpr std::size_t most_columns = 3;
  seen_table const& table_;
  std::size_t number_;
  std::size_t rows_ = 0, columns_ = 0, lanes_left_ = 0, lanes_right_ = 0;
  std::vector<place> places_{};
  std::vector<arrow> arrows_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
