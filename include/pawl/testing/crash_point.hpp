// A point at which a process may die: before, during or after one of its commits or remote calls.
#ifndef PAWL_TESTING_CRASH_POINT_HPP
#define PAWL_TESTING_CRASH_POINT_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <locale>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

enum class crash_site : std::uint8_t { commit, call };

enum class crash_moment : std::uint8_t {
  before,      // the commit is not applied; the call was not sent
  unanswered,  // the commit is applied or the call carried out, but the process never learns it
  answered     // the process learns it, and dies before it uses its store or a remote again
};

struct crash_point {
  crash_site site = crash_site::commit;
  std::size_t number = 1;  // counts the commits, or the calls, of one process
  crash_moment moment = crash_moment::before;

  friend bool operator==(crash_point const&, crash_point const&) = default;
};

namespace detail {
inline constexpr std::array<std::string_view, 2> site_names{"commit", "call"};
inline constexpr std::array<std::string_view, 3> moment_names{"before", "unanswered", "answered"};

inline std::string ordinal(std::size_t number) {
  std::size_t const last = number % 10;
  bool const teen = number / 10 % 10 == 1;
  return std::to_string(number) + (teen ? "th" : last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}
// Index of a text among names; N if it is not there.
template <std::size_t N> std::size_t place_of(std::string_view text, std::array<std::string_view, N> const& names) {
  std::size_t at = 0;
  while (at < N && names[at] != text) ++at;
  return at;
}
}  // namespace detail

// A sentence for people: "crash in the 3rd commit, applied but not answered". `what` is inserted after the number.
inline std::string describe(crash_point const& at, std::string_view what = {}) {
  bool const commit = at.site == crash_site::commit;
  std::string const which = detail::ordinal(at.number) + (commit ? " commit" : " call") + std::string(what);
  switch (at.moment) {
    case crash_moment::before:
      return "crash before the " + which;
    case crash_moment::unanswered:
      return "crash in the " + which + (commit ? ", applied but not answered" : ", carried out but not answered");
    case crash_moment::answered:
      return "crash after the " + which + " was answered";
  }
  return "crash at no moment";
}

// "commit 3 unanswered, call 1 before": the points at which successive processes die, in the form of
// crash_options::only.
inline std::string to_text(std::vector<crash_point> const& points) {
  std::string text;
  for (auto const& at : points) {
    if (!text.empty()) text += ", ";
    text += detail::site_names[static_cast<std::size_t>(at.site)];
    text += " " + std::to_string(at.number) + " ";
    text += detail::moment_names[static_cast<std::size_t>(at.moment)];
  }
  return text;
}

// Parses the output of to_text(). Throws error "testing.crash_point".
inline std::vector<crash_point> crash_points_of(std::string const& text) {
  std::vector<crash_point> points;
  std::istringstream all(text);
  for (std::string one; std::getline(all, one, ',');) {
    std::istringstream words(one);
    words.imbue(std::locale::classic());
    std::string site, moment, more;
    std::size_t number = 0;
    words >> site >> number >> moment;
    std::size_t const s = detail::place_of(site, detail::site_names);
    std::size_t const m = detail::place_of(moment, detail::moment_names);
    if (s == detail::site_names.size() || m == detail::moment_names.size() || number == 0 || words >> more)
      throw error("testing.crash_point", "pawl: '" + one +
                                             "' is not a crash point; write one as 'commit 3 unanswered': commit or "
                                             "call, its number from 1, and before, unanswered or answered");
    points.push_back({static_cast<crash_site>(s), number, static_cast<crash_moment>(m)});
  }
  return points;
}

}  // namespace pawl::inline PAWL_ABI::testing

#endif
