// Counts the points where a process could die, and lets it die at one of them.
#ifndef PAWL_TESTING_MORTALITY_HPP
#define PAWL_TESTING_MORTALITY_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <pawl/adapter/call_fate.hpp>
#include <pawl/testing/crash_point.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

// Thrown by whatever a dead process uses. Not a std::exception, so that it is not taken for ordinary trouble.
struct process_died {};

namespace detail {

class mortality {
 public:
  // Starts a new process, which dies at this point, or never.
  void begin(std::optional<crash_point> at) {
    at_ = at;
    reached_ = {};
    place_.clear();
    dead_ = met_ = false;
  }

  bool dead() const noexcept { return dead_; }
  // True if the process reached its point.
  bool met() const noexcept { return met_; }
  // Number of points of this kind reached.
  std::size_t reached(crash_site site) const { return reached_[static_cast<std::size_t>(site)]; }
  // Description of the point where it died.
  std::string const& place() const noexcept { return place_; }

  void touch() const {
    if (dead_) throw process_died{};
  }
  // Counts one more point; returns the moment to die at if this is the one.
  std::optional<crash_moment> reach(crash_site site) {
    touch();
    std::size_t const number = ++reached_[static_cast<std::size_t>(site)];
    if (!at_ || at_->site != site || at_->number != number) return std::nullopt;
    met_ = true;
    return at_->moment;
  }
  void set_place(std::string place) { place_ = std::move(place); }
  // Dies now.
  [[noreturn]] void die() {
    dead_ = true;
    throw process_died{};
  }
  // Dies when it next uses anything.
  void doom() noexcept { dead_ = true; }

 private:
  std::optional<crash_point> at_{};
  std::array<std::size_t, 2> reached_{};
  std::string place_{};
  bool dead_ = false;
  bool met_ = false;
};

// Placed before a mock's own faults, it lets the process die at each call of the mock. A call under way when the
// process dies elsewhere is carried out but not answered.
class mortal_calls final : public call_faults {
 public:
  mortal_calls(mortality& mortal, call_faults* others) : mortal_(mortal), others_(others) {}

  call_fate begin(std::size_t n) override {
    auto const moment = mortal_.reach(crash_site::call);
    if (moment == crash_moment::before) mortal_.die();
    if (moment) {
      last_ = n;
      dies_ = *moment;
    }
    return others_ ? others_->begin(n) : call_fate::well();
  }
  void answer(std::size_t n) override {
    if (last_ == n && dies_ == crash_moment::unanswered) mortal_.die();
    mortal_.touch();
    if (others_) others_->answer(n);
    if (last_ == n) mortal_.doom();
  }

 private:
  mortality& mortal_;
  call_faults* others_;
  std::size_t last_ = 0;  // the call at which it dies; 0: none
  crash_moment dies_ = crash_moment::before;
};

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI::testing

#endif
