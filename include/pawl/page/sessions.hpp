// The browsers that have signed in.
#ifndef PAWL_PAGE_SESSIONS_HPP
#define PAWL_PAGE_SESSIONS_HPP

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/http/beast/secret_text.hpp>
#include <pawl/http/fields.hpp>
#include <pawl/http/web_request.hpp>
#include <pawl/loop/saturated.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// Kept in memory only: after a restart everybody signs in again. A cookie knows no ports: who runs another server on
// this host, and gets the same browser to visit it, is sent the cookie too.
class sessions {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t most = 100;  // the oldest makes room
  static constexpr std::string_view cookie = "pawl_session";

  struct session {
    std::string secret{};
    clock::time_point until{};
    // What its last action did, shown for a while.
    std::string notice{};
    clock::time_point notice_until{};
  };

  explicit sessions(std::chrono::nanoseconds length) : length_(length) {}

  // The cookie to set.
  std::string begin(bool over_tls) {
    if (all_.size() == most) all_.pop_front();
    all_.push_back({http::random_secret(), saturated_sum(clock::now(), length_), {}, {}});
    auto const seconds = std::chrono::floor<std::chrono::seconds>(length_).count();
    return std::string(cookie) + "=" + all_.back().secret +
           "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) + (over_tls ? "; Secure" : "");
  }
  void end(session const* one) {
    all_.remove_if([one](session const& other) { return &other == one; });
  }
  static std::string no_cookie() { return std::string(cookie) + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"; }

  // That of the request; null if it has none that is valid.
  session* of(http::web_request const& request) {
    all_.remove_if([now = clock::now()](session const& one) { return one.until <= now; });
    for (auto const& line : request.headers) {
      if (!http::detail::equal_names(line.name, "cookie")) continue;
      for (std::string_view rest = line.value; !rest.empty();) {
        std::size_t const end = rest.find(';');
        if (auto* const found = of_cookie(http::detail::trimmed(rest.substr(0, end)))) return found;
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      }
    }
    return nullptr;
  }

 private:
  session* of_cookie(std::string_view text) {
    if (text.substr(0, cookie.size()) != cookie || text.substr(cookie.size(), 1) != "=") return nullptr;
    std::string_view const given = text.substr(cookie.size() + 1);
    session* found = nullptr;
    for (auto& one : all_)  // all of them, for how many were compared is told by the time as well
      if (http::same_secret(one.secret, given)) found = &one;
    return found;
  }

  std::chrono::nanoseconds length_;
  std::list<session> all_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
