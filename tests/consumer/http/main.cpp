#include <cstdio>

#include <pawl/http.hpp>
#include <pawl/http/beast_client.hpp>

// Nobody listens on port 1: it was surely not performed.
int main() {
  pawl::loop<> loop;
  pawl::http::client http(loop, {.base = "http://127.0.0.1:1"});
  pawl::http::request call(pawl::http::post, "/v1/letters", "{}");
  call.idempotency_key("a key");
  auto const given = loop.wait(http.send(call));
  std::printf("%s\n", given ? given->body.c_str() : given.why().describe().c_str());
  return !given && given.why().kind == pawl::trouble_kind::transient ? 0 : 1;
}
