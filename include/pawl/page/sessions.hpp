// The browsers that have signed in.
#ifndef PAWL_PAGE_SESSIONS_HPP
#define PAWL_PAGE_SESSIONS_HPP

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/http/beast/secret_text.hpp>
#include <pawl/http/beast/sha256.hpp>
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
    std::string hash{};  // of its secret, which only the browser has
    clock::time_point until{};
    // What its last action did, shown for a while.
    std::string notice{};
    clock::time_point notice_until{};
  };

  explicit sessions(std::chrono::nanoseconds length) : length_(length) {}

  // The cookie to set.
  std::string begin(bool over_tls) {
    if (all_.size() == most) all_.pop_front();
    auto const secret = http::random_secret();
    all_.push_back({http::detail::sha256(secret), saturated_sum(clock::now(), length_), {}, {}});
    auto const seconds = std::chrono::floor<std::chrono::seconds>(length_).count();
    return std::string(cookie) + "=" + secret +
           "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds) + (over_tls ? "; Secure" : "");
  }
  void end(session const* one) {
    all_.remove_if([one](session const& other) { return &other == one; });
  }
  static std::string no_cookie() { return std::string(cookie) + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"; }

  // That of the request; null if it has none that is valid, or several cookies of the name. One hash, whatever it holds.
  session* of(http::web_request const& request) {
    all_.remove_if([now = clock::now()](session const& one) { return one.until <= now; });
    std::optional<std::string_view> given;
    for (auto const& line : request.headers) {
      if (!http::detail::equal_names(line.name, "cookie")) continue;
      for (std::string_view rest = line.value; !rest.empty();) {
        std::size_t const end = rest.find(';');
        auto const pair = http::detail::trimmed(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (pair.substr(0, cookie.size()) != cookie || pair.substr(cookie.size(), 1) != "=") continue;
        if (given) return nullptr;
        given = pair.substr(cookie.size() + 1);
      }
    }
    return given && !all_.empty() ? of_secret(*given) : nullptr;
  }

 private:
  session* of_secret(std::string_view given) {
    auto const hash = http::detail::sha256(given);
    session* found = nullptr;
    for (auto& one : all_)  // all of them, for how many were compared is told by the time as well
      if (http::same_hash(one.hash, hash)) found = &one;
    return found;
  }

  std::chrono::nanoseconds length_;
  std::list<session> all_{};
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
