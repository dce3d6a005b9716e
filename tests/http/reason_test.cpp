// The words of an answer's status.
#include <string>

#include <boost/beast/http/status.hpp>

#include <pawl/http/web_request.hpp>

#include "catch.hpp"

namespace http_reason_test {

// Beast has the words of before RFC 9110 for these two, and numbers that no registry has: nginx's 444 and 499, and 599.
static std::string as_registered(boost::beast::http::status of) {
  using boost::beast::http::status;
  if (of == status::payload_too_large) return "Content Too Large";
  if (of == status::unprocessable_entity) return "Unprocessable Content";
  return std::string(boost::beast::http::obsolete_reason(of));
}

TEST_CASE("every status that has a name is sent with it", "[http]") {
  int known = 0;
  for (int i = 0; i < 1000; ++i) {
    auto const of = boost::beast::http::int_to_status(static_cast<unsigned>(i));
    if (of == boost::beast::http::status::unknown || i == 444 || i == 499 || i == 599) continue;
    CAPTURE(i);
    CHECK(pawl::http::reason_of(i) == as_registered(of));
    ++known;
  }
  CHECK(known >= 58);
  for (int const later : {103, 425}) CHECK(pawl::http::reason_of(later) != "Error");
  for (int const none : {-1, 0, 99, 306, 418, 444, 499, 599, 600, 1000}) CHECK(pawl::http::reason_of(none) == "Error");
}

}  // namespace http_reason_test
