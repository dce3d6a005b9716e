#include <string>

#include <pawl/http/fields.hpp>

#include "catch.hpp"

namespace fields_test {
using pawl::http::fields;
using pawl::http::http_error;

TEST_CASE("a field is found whatever the case of its name", "[http]") {
  fields const f{{"Retry-After", "5"}, {"X-Name", "a"}, {"x-name", "b"}};
  CHECK(f.find("retry-after") == "5");
  CHECK(f.find("X-NAME") == "a");
  CHECK_FALSE(f.find("x-nam"));
  CHECK(f.size() == 3);
}

TEST_CASE("set() takes the place of all fields of that name", "[http]") {
  fields f{{"A", "1"}, {"a", "2"}, {"b", "3"}};
  f.set("A", "4");
  CHECK(f.find("a") == "4");
  CHECK(f.size() == 2);
}

TEST_CASE("what would end a field is refused, and the message has no value", "[http]") {
  std::string const secret = "secret";
  for (std::string bad : {"\r", "\n", "\r\nX-Injected: 1"}) {
    fields f;
    try {
      f.add("X-Key", secret + bad);
      FAIL("it was taken");
    } catch (http_error const& e) {
      CHECK(std::string(e.what()).find("X-Key") != std::string::npos);
      CHECK(std::string(e.what()).find(secret) == std::string::npos);
    }
    CHECK(f.empty());
  }
  fields f;
  CHECK_THROWS_AS(f.add("X-Key", std::string("a\0b", 3)), http_error);
  CHECK_THROWS_AS(f.add("X-Key", std::string(fields::longest_value + 1, 'x')), http_error);
  CHECK_NOTHROW(f.add("X-Key", std::string(fields::longest_value, 'x')));
}

TEST_CASE("a name of a field is a token", "[http]") {
  fields f;
  for (std::string bad : {"", "a b", "a:", "a\r", "\xc3\xa4", "a,b", "(a)"})
    CHECK_THROWS_AS(f.add(bad, "v"), http_error);
  CHECK_NOTHROW(f.add("x-goog-api-key", "v"));
}

TEST_CASE("what a remote has sent is taken as it is, without the blanks around it", "[http]") {
  fields f;
  f.take("A", " \t v \t");
  CHECK(f.find("a") == "v");
}

}  // namespace fields_test
