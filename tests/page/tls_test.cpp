// The page over TLS, asked by pawl's own client.
#include <string>

#include <pawl/http/client.hpp>
#include <pawl/page.hpp>

#include "catch.hpp"
#include "files.hpp"
#include "http/certificates.hpp"
#include "page/fake_console.hpp"

namespace page_tls_test {

using namespace page_test;

TEST_CASE("a page on all addresses speaks TLS, and is read by those who have the token", "[page]") {
  temporary_folder const folder;
  certificates::authority authority(folder.path().string());
  auto const files = authority.server("IP:127.0.0.1");
  pawl::loop<> loop;
  fake_console console(loop);
  pawl::status_page const page(loop, console,
                               {.address = "0.0.0.0",
                                .token = pawl::page_token("token-of-24-characters-x"),
                                .certificate = files.certificate,
                                .key = files.key});
  CHECK(page.url() == "https://127.0.0.1:" + std::to_string(page.port()) + "/");
  pawl::http::client client(loop,
                            {.base = "https://127.0.0.1:" + std::to_string(page.port()), .ca_file = authority.file()});
  auto const status = [&](char const* path, bool with_token) {
    pawl::http::request call(pawl::http::get, path);
    if (with_token) call.header("Authorization", "Bearer token-of-24-characters-x");
    auto const given = loop.wait(client.send(call));
    return given ? std::to_string(given->status) : given.why().describe();
  };
  CHECK(status("/healthz", false) == "200");
  CHECK_THAT(status("/metrics", false), ContainsSubstring("401"));
  CHECK(status("/metrics", true) == "200");
  CHECK(status("/", true) == "200");

  pawl::http::client plain(loop, {.base = "http://127.0.0.1:" + std::to_string(page.port())});
  pawl::http::request const call(pawl::http::get, "/healthz");
  CHECK_FALSE(loop.wait(plain.send(call)));
}

}  // namespace page_tls_test
