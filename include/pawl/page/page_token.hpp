// The token that lets people use the page's buttons.
#ifndef PAWL_PAGE_PAGE_TOKEN_HPP
#define PAWL_PAGE_PAGE_TOKEN_HPP

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/http/beast/secret_text.hpp>
#include <pawl/report/escape.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// A secret of at least 16 characters, `openssl rand -hex 24` makes one. It is sent in a form or in the field
// `Authorization: Bearer ...`, never in a URL, which browsers and proxies keep. Throws error "page.token" for one that is
// not there, too short, or has blanks or characters other than ASCII's; the message never holds the secret.
class page_token {
 public:
  static constexpr std::size_t shortest = 16;

  page_token() = default;  // none: the page has no buttons
  explicit page_token(std::string secret) : page_token(std::move(secret), "the token") {}

  static page_token from_environment(char const* variable) {
    char const* const value = std::getenv(variable);
    std::string const what = "the environment's " + escaped(variable);
    if (value == nullptr) refuse(what, "is not set");
    return page_token(value, what);
  }
  // The file's first line. Let nobody else read it: chmod 600.
  static page_token from_file(std::filesystem::path const& path) {
    std::string const what = "the token in " + escaped(path.string());
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) refuse(what, "cannot be read");
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return page_token(std::move(line), what);
  }

  bool empty() const noexcept { return secret_.empty(); }
  // In constant time (http::same_secret). False where there is no token.
  bool matches(std::string_view given) const { return !empty() && http::same_secret(secret_, given); }

 private:
  page_token(std::string secret, std::string_view what) : secret_(std::move(secret)) {
    if (secret_.size() < shortest) refuse(what, "is shorter than 16 characters");
    for (char const c : secret_)
      if (c <= ' ' || c > '~') refuse(what, "has a blank, or a character that is not ASCII");
  }
  [[noreturn]] static void refuse(std::string_view what, std::string_view why) {
    throw error("page.token",
                "pawl: " + std::string(what) + " " + std::string(why) +
                    "; it must be a secret of at least 16 characters, such as `openssl rand -hex 24` makes");
  }

  std::string secret_{};
};

}  // namespace pawl::inline PAWL_ABI

#endif
