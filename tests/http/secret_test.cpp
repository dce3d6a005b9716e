#include <string>

#include <pawl/http/secret.hpp>

#include "catch.hpp"

namespace secret_test {
std::string hidden(std::string text, std::string const& value) {
  pawl::http::detail::hide(text, value);
  return text;
}

TEST_CASE("a secret is hidden wherever a text has it, with its scheme or without", "[http]") {
  CHECK(hidden("a s3cr3t-key, s3cr3t-key", "s3cr3t-key") == "a (hidden), (hidden)");
  CHECK(hidden("Bearer abcdef and abcdef", "Bearer abcdef") == "(hidden) and (hidden)");
  CHECK(hidden("nothing of it", "s3cr3t-key") == "nothing of it");
}

TEST_CASE("a secret that a message cuts is hidden too", "[http]") {
  CHECK(hidden("the key s3cr3t...", "s3cr3t-key") == "the key (hidden)...");
  CHECK(hidden("the key s3cr...", "s3cr3t-key") == "the key (hidden)...");
  CHECK(hidden("the key s3c...", "s3cr3t-key") == "the key s3c...");
  CHECK(hidden("s3cr3t...", "s3cr3t-key") == "(hidden)...");
  CHECK(hidden("...", "s3cr3t-key") == "...");
}

TEST_CASE("a secret is hidden in the forms in which encoders write it", "[http]") {
  std::string const key = "AIza/very+se\"cr&t<\\>'/0815";
  for (std::string form : {R"(AIza/very+se\"cr&t<\\>'/0815)",                        // JSON as most write it
                           R"(AIza\/very+se\"cr&t<\\>'\/0815)",                      // PHP's json_encode
                           R"(AIza\/very+se\"cr\u0026t\u003c\\\u003E\u0027\/0815)",  // Go's encoding/json
                           "AIza/very+se&quot;cr&amp;t&lt;\\&gt;&#39;/0815",         // HTML
                           "AIza&#x2F;very&#43;se&#34;cr&amp;t&lt;&#92;&gt;&#x27;&#x2f;0815",
                           "AIza%2Fvery%2Bse%22cr%26t%3C%5C%3E%27%2f0815"}) {  // a URL
    INFO(form);
    CHECK(hidden("bad key '" + form + "'!", key) == "bad key '(hidden)'!");
    for (std::size_t cut = 8; cut < form.size(); ++cut) {
      CHECK(hidden("bad key " + form.substr(0, cut), key) == "bad key (hidden)");
      CHECK(hidden("bad key " + form.substr(0, cut) + "...", key) == "bad key (hidden)...");
    }
  }
  CHECK(hidden("a " + key + " b", key) == "a (hidden) b");
  CHECK(hidden("\\\\\\\\ \\\\\\\\\\\\\\\\", "\\\\\\\\") ==
        "(hidden) (hidden)");  // four, as they stand and as JSON has them
}

TEST_CASE("a secret that the end of a text cuts is hidden from its fourth byte on", "[http]") {
  std::string const key = "s3cr3t-key";
  for (std::size_t cut = 0; cut <= key.size(); ++cut)
    CHECK(hidden("the key " + key.substr(0, cut), key) ==
          (cut < 4 ? "the key " + key.substr(0, cut) : "the key (hidden)"));
  CHECK(hidden("s3cr s3cr3t s3cr", key) == "s3cr s3cr3t (hidden)");
  CHECK(hidden("Bearer s3cr3", "Bearer s3cr3t-key") == "(hidden)");
  CHECK(hidden("token s3cr3", "Bearer s3cr3t-key") == "token (hidden)");
  CHECK(hidden("aaaab", "aaab") == "a(hidden)");
}

TEST_CASE("what is too short to be a secret hides nothing", "[http]") {
  CHECK(hidden("a b c", "a") == "a b c");
  CHECK(hidden("", "s3cr3t-key").empty());
  CHECK(hidden("text", "").empty() == false);
}

TEST_CASE("fields are known as secret by their names", "[http]") {
  for (std::string name :
       {"Authorization", "x-api-key", "X-Goog-Api-Key", "Cookie", "X-Auth-Token", "Proxy-Authorization"})
    CHECK(pawl::http::detail::holds_secret(name));
  for (std::string name : {"Content-Type", "Accept", "Idempotency-Key", "User-Agent"})
    CHECK_FALSE(pawl::http::detail::holds_secret(name));
}

}  // namespace secret_test
