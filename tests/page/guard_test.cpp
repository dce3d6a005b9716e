// Who may read the page, and who may make it act.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "catch.hpp"
#include "files.hpp"
#include "page/asking.hpp"

namespace page_guard_test {

using namespace page_test;

static std::string const pausing = "action=pause&table=letters&state=sent";

TEST_CASE("a name that another site let point here is refused, for reading as for acting", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  auto const port = ":" + std::to_string(site.page.port());
  for (std::string const host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80",
                                 "10.0.0.1", "[2001:db8::1]", "0.0.0.0", "2130706433", "localhost.",
                                 "127.0.0.1@evil.example", "", " ", "127.0.0.1/", "[::1"}) {
    INFO(host);
    for (char const* const path : {"/", "/metrics", "/api/status.json", "/healthz", "/page.js"}) {
      auto const seen = site.get(path, "Host: " + host + port + "\r\n");
      CHECK((seen.status == 403 || seen.status == 400));
      CHECK_FALSE(seen.has("letters"));
    }
    auto const acted = site.post("/action", pausing + "&token=" + secret,
                                 "Host: " + host + port + "\r\nOrigin: http://" + host + port + "\r\n");
    CHECK((acted.status == 403 || acted.status == 400));
  }
  CHECK(site.console.questions == 0);
  CHECK(site.console.done.empty());
}

TEST_CASE("the machine's own names are allowed, with the port of any tunnel", "[page]") {
  served_page site({.allowed_hosts = {"status.example.org", "Other.example:8443"}});
  for (char const* const host : {"127.0.0.1", "localhost", "LOCALHOST:9000", "[::1]:80", "127.1.2.3",
                                 "status.example.org", "status.example.org:99", "other.example:8443"}) {
    INFO(host);
    CHECK(site.get("/healthz", "Host: " + std::string(host) + "\r\n").status == 200);
  }
  CHECK(site.get("/healthz", "Host: other.example\r\n").status == 403);
}

TEST_CASE("a request without a Host, or with two, is refused", "[page]") {
  served_page site;
  CHECK(site.get("/", "Host: localhost\r\nHost: localhost\r\n").status == 400);
  wire to(site.loop, site.page.port());
  to.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(parsed(to.rest()).status == 400);
  CHECK(site.get("http://localhost/").status == 400);
}

TEST_CASE("an action needs the token, by form, by header or by session", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  auto const origin = "Origin: " + site.origin() + "\r\n";
  CHECK(site.post("/action", pausing).status == 403);
  CHECK(site.post("/action", pausing + "&token=" + std::string(secret).substr(1)).status == 403);
  CHECK(site.post("/action", pausing + "&token=" + secret + "x").status == 403);
  CHECK(site.post("/action", pausing + "&token=").status == 403);
  CHECK(site.post("/action", pausing, origin + "Authorization: Bearer wrong\r\n").status == 403);
  CHECK(site.post("/action", pausing, origin + "Authorization: Basic " + secret + "\r\n").status == 403);
  CHECK(site.post("/action", pausing, origin + "Cookie: pawl_session=\r\n").status == 403);
  CHECK(site.post("/action?token=" + std::string(secret), pausing).status == 400);
  CHECK(site.console.done.empty());

  auto const by_form = site.post("/action", pausing + "&token=" + secret);
  CHECK(by_form.status == 200);
  CHECK(by_form.has("The state was paused"));
  auto const by_header = site.post("/action", "action=resume&table=letters&state=sent",
                                   origin + "Authorization: Bearer " + secret + "\r\n");
  CHECK(by_header.status == 200);
  CHECK(site.console.done ==
        std::vector<std::string>{"pause sent by the status page", "resume sent by the status page"});
}

TEST_CASE("an action from another origin is refused, whatever it brings", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  auto const bearer = "Authorization: Bearer " + std::string(secret) + "\r\n";
  auto const other_port = "http://127.0.0.1:" + std::to_string(site.page.port() ^ 1) + "\r\n";
  for (std::string const& lines :
       {std::string(), std::string("Origin: http://evil.example\r\n"), std::string("Origin: null\r\n"),
        std::string("Origin: \r\n"), "Origin: " + other_port, "Origin: https://" + site.host() + "\r\n",
        "Origin: " + site.origin() + ".evil.example\r\n",
        "Origin: http://localhost:" + std::to_string(site.page.port()) + "\r\n",
        std::string("Sec-Fetch-Site: cross-site\r\n"), std::string("Sec-Fetch-Site: same-site\r\n"),
        std::string("Sec-Fetch-Site: none\r\n"), "Sec-Fetch-Site: cross-site\r\nOrigin: " + site.origin() + "\r\n",
        std::string("Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.example\r\n")}) {
    INFO(lines);
    CHECK(site.post("/action", pausing, bearer + lines).status == 403);
    CHECK(site.post("/sign-in", "token=" + std::string(secret), lines).status == 403);
    CHECK(site.post("/sign-out", "", lines).status == 403);
  }
  CHECK(site.console.done.empty());
  CHECK(site.post("/action", pausing, bearer + "Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n").status ==
        200);  // a form, where a proxy has set another Referrer-Policy
}

TEST_CASE("nothing is done by GET or HEAD", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  auto const as_own = "Origin: " + site.origin() + "\r\nAuthorization: Bearer " + secret + "\r\n";
  CHECK(site.get("/action?" + pausing, as_own).status == 405);
  CHECK(site.ask("HEAD /action?" + pausing, as_own).status == 405);
  CHECK(site.ask("GET /action", as_own, pausing).status == 405);
  CHECK(site.ask("PUT /action", as_own, pausing).status == 405);
  CHECK(site.console.done.empty());
}

TEST_CASE("another site may link to the page, and not load it", "[page]") {
  served_page site;
  CHECK(site.get("/", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n").status == 200);
  CHECK(site.get("/api/status.json", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n").status == 403);
  CHECK(site.get("/page.js", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\n").status == 403);
  CHECK(site.get("/page.js", "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\n").status == 200);
}

static std::string cookie_of(got const& answer) {
  auto const set = answer.header("Set-Cookie");
  return "Cookie: other=1; " + set.substr(0, set.find(';')) + "\r\n";
}

TEST_CASE("a browser that has signed in has buttons, until it signs out", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  site.console.add("ada", "sent", parked_for("no such address"));
  CHECK_FALSE(site.get("/").has("<button"));
  auto const wrong = site.post("/sign-in", "token=wrong");
  CHECK(wrong.status == 403);
  CHECK(wrong.header("Set-Cookie").empty());
  auto const in = site.post("/sign-in", "token=" + std::string(secret) + "&back=%2Ftable%2Fletters%3Fstate%3Dsent");
  CHECK(in.status == 303);
  CHECK(in.header("Location") == "/table/letters?state=sent");
  auto const set = in.header("Set-Cookie");
  CHECK(set.find("; HttpOnly") != std::string::npos);
  CHECK(set.find("; SameSite=Strict") != std::string::npos);
  CHECK(set.find("Max-Age=43200") != std::string::npos);
  CHECK(set.find(secret) == std::string::npos);

  auto const cookie = cookie_of(in), as_own = cookie + "Origin: " + site.origin() + "\r\n";
  CHECK(site.get("/", cookie).has("Release</button>"));
  CHECK(site.post("/action", "action=release&table=letters&key=ada&version=1", cookie).status == 403);  // no origin
  auto const acted = site.post("/action",
                               "action_encoded=release&table_encoded=letters&key_encoded=%2561da&version_encoded=1&"
                               "back_encoded=%252Ftable%252Fletters",
                               as_own);
  CHECK(acted.status == 303);
  CHECK(acted.header("Location") == "/table/letters");
  CHECK(site.console.done == std::vector<std::string>{"release ada by the status page"});
  CHECK(site.get("/", cookie).has("The item was released."));
  CHECK_FALSE(site.get("/").has("The item was released."));

  auto const out = site.post("/sign-out", "", as_own);
  CHECK(out.header("Set-Cookie").find("Max-Age=0") != std::string::npos);
  CHECK_FALSE(site.get("/", cookie).has("<button"));
  CHECK(site.post("/action", pausing, as_own).status == 403);
}

TEST_CASE("several cookies of a session's name are none", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  auto const in = site.post("/sign-in", "token=" + std::string(secret)).header("Set-Cookie");
  std::string const cookie = in.substr(0, in.find(';'));
  CHECK(site.get("/", "Cookie: a=b; " + cookie + "; pawl_session_2=x\r\n").has("Sign out"));
  CHECK_FALSE(site.get("/", "Cookie: pawl_session=; " + cookie + "\r\n").has("Sign out"));
  CHECK_FALSE(site.get("/", "Cookie: " + cookie + "\r\nCookie: " + cookie + "\r\n").has("Sign out"));
  std::string many = "Cookie: ";
  for (int i = 0; i < 1000; ++i) many += "pawl_session=;";
  CHECK_FALSE(site.get("/", many + cookie + "\r\n").has("Sign out"));
}

static std::chrono::nanoseconds time_of(auto const& call) {
  auto const begun = std::chrono::steady_clock::now();
  call();
  return std::chrono::steady_clock::now() - begun;
}

TEST_CASE("each wrong token within a minute is answered later than the one before, up to two seconds", "[page]") {
  pawl::loop<> loop;
  pawl::detail::status::guess_limit limit(loop, 64);
  auto const begin = std::chrono::steady_clock::time_point(1000h);
  CHECK(limit.note(begin) == 100ms);
  CHECK(limit.note(begin + 1s) == 200ms);
  CHECK(limit.note(begin + 60s) == 200ms);  // the first is forgotten
  for (int i = 0; i < 100; ++i) CHECK(limit.note(begin + 61s) <= 2s);
  CHECK(limit.note(begin + 62s) == 2s);
  CHECK(limit.note(begin + 200s) == 100ms);
}

TEST_CASE("a wrong token is answered late, by form, by header or to sign in, and the right one at once", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  CHECK(time_of([&] { CHECK(site.post("/sign-in", "token=wrong").status == 403); }) >= 100ms);
  CHECK(time_of([&] { CHECK(site.get("/healthz", "Authorization: Bearer wrong\r\n").status == 200); }) >= 200ms);
  CHECK(time_of([&] { CHECK(site.post("/action", pausing + "&token=wrong").status == 403); }) >= 300ms);
  CHECK(time_of([&] {
          CHECK(site.post("/sign-in", "token=" + std::string(secret)).status == 303);
          CHECK(site.get("/", "Authorization: Bearer " + std::string(secret) + "\r\n").status == 200);
          CHECK(site.post("/action", pausing).status == 403);  // no token is no guess
        }) < 400ms);
}

TEST_CASE("while many wrong tokens are held back further ones are not looked at, and readers are answered", "[page]") {
  served_page site({.token = pawl::page_token(secret), .connections = 4});  // one of which may be held back
  for (int i = 0; i < 2; ++i) CHECK(site.post("/sign-in", "token=wrong").status == 403);
  wire guessing(site.loop, site.page.port());
  guessing.send(
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer wrong\r\n\r\n");  // for 300 ms
  site.loop.wait(site.loop.sleep(20ms));
  auto const another = site.get("/", "Authorization: Bearer " + std::string(secret) + "\r\n");
  CHECK(another.status == 429);
  CHECK(another.header("Retry-After") == "2");
  CHECK(site.get("/").status == 200);
  CHECK(parsed(guessing.rest()).status == 200);
  CHECK(site.get("/", "Authorization: Bearer " + std::string(secret) + "\r\n").status == 200);
}

TEST_CASE("a session ends by itself", "[page]") {
  served_page site({.token = pawl::page_token(secret), .session = 1ms});
  auto const cookie = cookie_of(site.post("/sign-in", "token=" + std::string(secret)));
  site.loop.wait([](pawl::event_loop& loop) -> task<void> {
    auto sleeping = loop.sleep(5ms);
    co_await std::move(sleeping);
  }(site.loop));
  CHECK_FALSE(site.get("/", cookie).has("Sign out"));
}

TEST_CASE("signing in leads to this page only", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  for (char const* const back : {"http%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "evil",
                                 "%2Fa%0D%0ASet-Cookie%3Ax", ""}) {
    INFO(back);
    CHECK(site.post("/sign-in", "token=" + std::string(secret) + "&back=" + back).header("Location") == "/");
  }
}

TEST_CASE("an action says what it did, or that the item has moved on", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  site.console.add("ada", "sent", parked_for("no such address"));
  auto const act = [&](std::string const& what) { return site.post("/action", what + "&token=" + secret); };
  CHECK(act("action=release&table=letters&key=ada&version=0").has("Nothing was changed"));
  CHECK(act("action=release&table=letters&key=ada&version=1").has("The item was released."));
  CHECK(act("action=park&table=letters&key=ada&version=1&reason=wait+for+Monday").has("The item was parked."));
  CHECK(act("action=retry-all&table=letters&state=sent").has("One item was released."));
  CHECK(act("action=pause&table=letters&state=sent").has("The state was paused"));
  CHECK(act("action=resume&table=letters&state=sent").has("The state was resumed"));
  CHECK(site.console.done ==
        std::vector<std::string>{"release ada by the status page", "park ada by the status page: wait for Monday",
                                 "retry-all sent by the status page", "pause sent by the status page",
                                 "resume sent by the status page"});
  for (std::string const bad : {"", "action=trim&table=letters", "action=release&table=letters&key=ada",
                                "action=release&table=letters&version=1", "action=release&key=ada&version=1",
                                "action=release&table=letters&key=ada&version=one", "action=pause&table=letters",
                                "action=release&action=park&table=letters&key=ada&version=1",
                                "action=pause&table=letters&state=a&state_encoded=b"}) {
    INFO(bad);
    CHECK(act(bad).status == 400);
  }
  CHECK(act("action=pause&table=postcards&state=sent").status == 400);
  CHECK(site.console.done.size() == 5);
}

TEST_CASE("a mark of a step that may be running is not released, and park says what ends it", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  pawl::trouble_record mark;
  mark.in_doubt = true;
  mark.run = 3;
  site.console.add("ada", "sent", mark);
  site.console.add("alan", "sent", parked_for("no such address"));
  site.console.items["alan"].item.trouble->in_doubt = true;
  auto const act = [&](std::string const& what) { return site.post("/action", what + "&token=" + secret); };
  auto const refused = act("action=release&table=letters&key=ada&version=1");
  CHECK(refused.has("Nothing was changed"));
  CHECK(refused.has("may be running now"));
  CHECK(site.console.done.empty());
  CHECK(act("action=release&table=letters&key=alan&version=1").has("The item was released."));
  CHECK(act("action=park&table=letters&key=ada&version=1").has("that ends the parking"));
}

TEST_CASE("a console that only reads has no buttons, and nothing is done", "[page]") {
  served_page site({.token = pawl::page_token(secret)});
  site.console.only_reads = true;
  site.console.add("ada", "sent", parked_for("no such address"));
  auto const cookie = cookie_of(site.post("/sign-in", "token=" + std::string(secret)));
  CHECK(site.get("/", cookie).has("It is only read."));
  CHECK_FALSE(site.get("/", cookie).has("Release</button>"));
  CHECK(site.post("/action", pausing + "&token=" + secret).status == 403);
  CHECK(site.console.done.empty());
}

TEST_CASE("without a token nobody signs in or acts", "[page]") {
  served_page site;
  CHECK(site.get("/sign-in").status == 404);
  CHECK(site.post("/sign-in", "token=").status == 403);
  CHECK(site.post("/action", pausing + "&token=").status == 403);
  CHECK(site.post("/action", pausing, "Origin: " + site.origin() + "\r\nAuthorization: Bearer \r\n").status == 403);
  CHECK(site.console.done.empty());
}

TEST_CASE("behind a proxy reading needs the token as well", "[page]") {
  served_page site({.token = pawl::page_token(secret),
                    .behind_proxy = true,
                    .allowed_hosts = {"status.example.org"},
                    .counted_every = 0s});
  site.console.add("ada", "sent", parked_for("no such address"));
  std::string const host = "Host: status.example.org\r\nX-Forwarded-Proto: https\r\n",
                    origin = "Origin: https://status.example.org\r\n";
  for (char const* const path : {"/", "/table/letters", "/item?table=letters&key=ada", "/api/status.json",
                                 "/api/items.json?table=letters", "/api/item.json?table=letters&key=ada", "/metrics"}) {
    INFO(path);
    auto const refused = site.get(path, host);
    CHECK(refused.status == 401);
    CHECK_FALSE(refused.has("no such address"));
    CHECK_FALSE(refused.has("letters.db"));
    CHECK(site.get(path, host + "Authorization: Bearer " + secret + "\r\n").status == 200);
  }
  CHECK(site.get("/", host).has("<input id=\"token\""));
  for (char const* const path : {"/page.css", "/page.js", "/icon.svg", "/sign-in", "/healthz"})
    CHECK(site.get(path, host).status == 200);
  auto const in = site.post("/sign-in", "token=" + std::string(secret), host + origin);
  CHECK(in.status == 303);
  CHECK(in.header("Set-Cookie").find("; Secure") != std::string::npos);
  CHECK(site.get("/", host + cookie_of(in)).status == 200);
  CHECK(site.post("/action", pausing, host + cookie_of(in) + origin).status == 303);
  CHECK(site.get("/", "Host: other.example\r\n").status == 403);
  site.console.failure.emplace(pawl::store_failure::busy, "pawl: a word about the database");
  CHECK_FALSE(site.get("/healthz", host).has("a word"));
}

TEST_CASE("behind a proxy a session's cookie is for TLS alone, unless the proxy says that there is none", "[page]") {
  served_page site({.token = pawl::page_token(secret), .behind_proxy = true, .allowed_hosts = {"status.example.org"}});
  auto const sign_in = [&](std::string const& said, std::string const& origin) {
    return site.post("/sign-in", "token=" + std::string(secret),
                     "Host: status.example.org\r\n" + said + "Origin: " + origin + "\r\n");
  };
  for (char const* const said : {"", "X-Forwarded-Proto: https\r\n", "X-Forwarded-Proto: HTTPS\r\n",
                                 "X-Forwarded-Proto: https, http\r\n", "X-Forwarded-Proto: \r\n"}) {
    INFO(said);
    CHECK(sign_in(said, "https://status.example.org").header("Set-Cookie").find("; Secure") != std::string::npos);
    CHECK(sign_in(said, "http://status.example.org").status == 403);
  }
  auto const plain = sign_in("X-Forwarded-Proto: http\r\n", "http://status.example.org");
  CHECK(plain.status == 303);
  CHECK(plain.header("Set-Cookie").find("Secure") == std::string::npos);
}

TEST_CASE("behind a proxy the usual ports are one, for it may leave them out", "[page]") {
  served_page site({.token = pawl::page_token(secret),
                    .behind_proxy = true,
                    .allowed_hosts = {"status.example.org:443", "other.example:8443"}});
  for (char const* const host : {"status.example.org", "status.example.org:443", "status.example.org:80"}) {
    INFO(host);
    CHECK(site.get("/healthz", "Host: " + std::string(host) + "\r\n").status == 200);
    CHECK(site.post("/sign-in", "token=" + std::string(secret),
                    "Host: " + std::string(host) + "\r\nOrigin: https://status.example.org\r\n")
              .status == 303);
  }
  for (char const* const host : {"status.example.org:8443", "other.example", "other.example:443"})
    CHECK(site.get("/healthz", "Host: " + std::string(host) + "\r\n").status == 403);
}

static std::string refusal_of(pawl::page_options options) {
  pawl::loop<> loop;
  fake_console console(loop);
  try {
    pawl::status_page const page(loop, console, std::move(options));
  } catch (pawl::error const& e) {
    return std::string(e.id()) + " " + e.what();
  }
  return "no refusal";
}

TEST_CASE("a page that would be open to strangers is refused", "[page]") {
  pawl::page_token const token(secret);
  CHECK_THAT(refusal_of({.address = "0.0.0.0"}), ContainsSubstring("page.options") && ContainsSubstring("certificate"));
  CHECK_THAT(refusal_of({.address = "0.0.0.0", .token = token}), ContainsSubstring("certificate"));
  CHECK_THAT(refusal_of({.address = "0.0.0.0", .behind_proxy = true, .allowed_hosts = {"a.example"}}),
             ContainsSubstring("needs a token"));
  CHECK_THAT(refusal_of({.address = "0.0.0.0", .certificate = "c", .key = "k"}), ContainsSubstring("needs a token"));
  CHECK_THAT(refusal_of({.token = token, .behind_proxy = true}), ContainsSubstring("allowed_hosts"));
  CHECK_THAT(refusal_of({.behind_proxy = true, .allowed_hosts = {"a.example"}}), ContainsSubstring("needs a token"));
  CHECK_THAT(refusal_of({.address = "localhost"}), ContainsSubstring("give one such as 127.0.0.1"));
  CHECK_THAT(refusal_of({.certificate = "c"}), ContainsSubstring("both"));
  CHECK_THAT(refusal_of({.token = token, .certificate = "/none", .key = "/none"}),
             ContainsSubstring("page.options") && ContainsSubstring("/none"));
  CHECK_THAT(refusal_of({.allowed_hosts = {"http://a/b"}}), ContainsSubstring("allowed_hosts"));
  CHECK_THAT(refusal_of({.share = 0}), ContainsSubstring("share"));
  CHECK_THAT(refusal_of({.connections = 0}), ContainsSubstring("connections"));
  CHECK(refusal_of({.address = "0.0.0.0", .token = token, .behind_proxy = true, .allowed_hosts = {"a.example"}}) ==
        "no refusal");
  CHECK(refusal_of({.address = "::1"}) == "no refusal");
}

TEST_CASE("a port that is taken is one clear error", "[page]") {
  served_page const site;
  CHECK_THAT(refusal_of({.port = site.page.port()}),
             ContainsSubstring("page.listen") && ContainsSubstring(std::to_string(site.page.port())) &&
                 ContainsSubstring("127.0.0.1") && ContainsSubstring("another port"));
}

TEST_CASE("a token comes from the environment or a file, and a bad one is not shown", "[page]") {
  temporary_folder folder;
  auto const refusal = [](auto make) -> std::string {
    try {
      make();
    } catch (pawl::error const& e) {
      return std::string(e.id()) + " " + e.what();
    }
    return "no refusal";
  };
  ::setenv("PAWL_TEST_TOKEN", secret, 1);
  CHECK(pawl::page_token::from_environment("PAWL_TEST_TOKEN").matches(secret));
  ::unsetenv("PAWL_TEST_TOKEN");
  CHECK_THAT(refusal([] { pawl::page_token::from_environment("PAWL_TEST_TOKEN"); }),
             ContainsSubstring("page.token") && ContainsSubstring("PAWL_TEST_TOKEN"));
  std::ofstream(folder / "token") << secret << "\r\nmore\n";
  CHECK(pawl::page_token::from_file(folder / "token").matches(secret));
  CHECK_FALSE(pawl::page_token::from_file(folder / "token").matches(std::string(secret) + "\r"));
  CHECK_THAT(refusal([&] { pawl::page_token::from_file(folder / "none"); }), ContainsSubstring("cannot be read"));
  CHECK_THAT(refusal([] { pawl::page_token("short and sweet"); }),
             ContainsSubstring("16 characters") && !ContainsSubstring("sweet"));
  CHECK_THAT(refusal([] { pawl::page_token("with a blank in the midst"); }),
             ContainsSubstring("blank") && !ContainsSubstring("midst"));
  CHECK_FALSE(pawl::page_token().matches(""));
}

}  // namespace page_guard_test
