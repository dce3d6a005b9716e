// Tests of the steps on the fake service in memory: whatever is lost on the way, and wherever the process dies.
#include "steps.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <pawl/store/utf8.hpp>
#include <pawl/testing.hpp>
#include <pawl/testing/http/script.hpp>

#include "../sha256.hpp"
#include "catch.hpp"
#include "fake_service/fake_service.hpp"
#include "files.hpp"

namespace gemini_steps_test {

using namespace gemini_ingest;
using namespace std::chrono_literals;
namespace http = pawl::http;
using pawl::testing::http_fault;
using virtual_loop = pawl::loop<pawl::virtual_clock>;
using store = pawl::memory_store<file_lifecycle>;

constexpr char const* where = "fileSearchStores/notes";

pawl::task<pawl::outcome<content>> read_at_once(std::filesystem::path path) { co_return read_content(path); }

// The folder that is ingested.
struct files_on_disk {
  temporary_folder folder;
  std::vector<std::string> names;

  files_on_disk& add(std::string const& name, std::string const& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    names.push_back(name);
    return *this;
  }
};

// What outlives a process.
struct remains {
  store files;
  fake_service service;
};

// One process, with all that dies with it.
struct life {
  life(remains& durable, files_on_disk const& from) : script(loop, gemini_rules()) {
    script.headers = {{"x-goog-api-key", "a key"}};
    durable.service.keep_store(where);
    durable.service.serve(script.remote, "http://fake");
    work.folder = from.folder.path();
    work.identity = "job";
    work.store = where;
    work.read = read_at_once;
  }
  template <class Store> pawl::summary run(Store& files, std::size_t concurrency = 1) {
    pawl::commit_queue queue(loop, files);
    return pawl::run(queue, steps(work, api, documents), {.concurrency = concurrency, .retry = {.attempts = 9}});
  }

  virtual_loop loop;
  pawl::testing::http_script script;
  gemini api{script, pawl::http::base_url("http://fake"), "v1"};
  job work;
  listing documents{loop, api, where};
};

void insert(auto& files, files_on_disk const& from) {
  for (auto const& name : from.names) files.insert_if_absent(name);
}

// Each file is there once, and once only, with its content.
bool is_right(fake_service const& service, files_on_disk const& from) {
  std::set<std::string> paths;
  for (auto const& document : service.documents())
    for (auto const& mark : document["customMetadata"])
      if (mark["key"] == "path") paths.insert(mark["stringValue"].get<std::string>());
  return service.documents().size() == from.names.size() && paths.size() == from.names.size() &&
         service.files() == from.names.size();
}

struct fate {
  char const* name;
  std::function<void(http_fault&)> set;
};
// The first five differ in what the steps see, or in what is true.
std::vector<fate> fates() {
  return {{"lost on the way there", [](http_fault& f) { f.drop_before(); }},
          {"lost on the way back", [](http_fault& f) { f.drop_after(); }},
          {"503 that asks to wait, performed",
           [](http_fault& f) {
             f.status(503, {{"Retry-After", "5"}});
           }},
          {"a whole 200 made of a torn answer", [](http_fault& f) { f.status(200); }},
          {"429",
           [](http_fault& f) {
             f.status(429, {{"Retry-After", "7"}}).before_effect();
           }},
          {"503, not performed", [](http_fault& f) { f.status(503).before_effect(); }},
          {"a 200 that is not JSON", [](http_fault& f) { f.status(200, {}, "hello"); }},
          {"cut", [](http_fault& f) { f.cut_body(5); }}};
}

TEST_CASE("whichever request meets whichever fate, each file is there once", "[gemini_ingest]") {
  files_on_disk from;
  from.add("a.txt", "some text").add("empty", "");
  std::size_t requests = 0;
  {
    remains durable;
    insert(durable.files, from);
    life calm(durable, from);
    CHECK(calm.run(durable.files).finished == 2);
    REQUIRE(is_right(durable.service, from));
    requests = calm.script.remote.requests();
  }
  REQUIRE(requests >= 12);
  for (auto const& [name, set] : fates())
    for (std::size_t n = 1; n <= requests; ++n) {
      INFO("request " << n << ": " << name);
      remains durable;
      insert(durable.files, from);
      life disturbed(durable, from);
      set(disturbed.script.remote.fault(n));
      auto const sum = disturbed.run(durable.files);
      CHECK(sum.finished == 2);
      CHECK(is_right(durable.service, from));
    }
}

TEST_CASE("wherever the process dies, and whatever request is lost before, each file is there once",
          "[gemini_ingest]") {
  files_on_disk from;
  from.add("a.txt", "some text");
  auto const verdict_with = [&from](std::function<void(pawl::testing::http_remote&)> const& disturb) {
    return pawl::testing::for_each_crash_point<remains>([&](remains& durable, pawl::testing::process& process) {
      life now(durable, from);
      auto files = process.watch(durable.files);
      insert(files, from);
      if (process.life() == 1) disturb(now.script.remote);
      process.watch(now.script.remote);
      now.run(files);
      process.expect(is_right(durable.service, from), "each file is in the store once");
    });
  };
  auto const calm = verdict_with([](pawl::testing::http_remote&) {});
  CHECK(calm);
  REQUIRE(calm.calls >= 6);
  CHECK(calm.scenarios > 30);
  auto different = fates();
  different.resize(5);
  for (auto const& [name, set] : different)
    for (std::size_t n = 1; n <= calm.calls; ++n) {
      INFO("request " << n << ": " << name);
      auto const verdict =  // clang 14 captures no structured binding
          verdict_with([n, &disturb = set](pawl::testing::http_remote& remote) { disturb(remote.fault(n)); });
      CHECK(verdict);
    }
}

TEST_CASE("wherever the process dies, two files of one content that are in hand at once are there once each",
          "[gemini_ingest]") {
  files_on_disk from;
  from.add("a.txt", "some text").add("b.txt", "some text");  // of one content
  auto const verdict =
      pawl::testing::for_each_crash_point<remains>([&](remains& durable, pawl::testing::process& process) {
        life now(durable, from);
        auto files = process.watch(durable.files);
        insert(files, from);
        process.watch(now.script.remote);
        now.run(files, 2);
        process.expect(is_right(durable.service, from), "each file is in the store once");
      });
  CHECK(verdict);
}

TEST_CASE("an upload is taken up where it was interrupted, and begun anew where its session is gone",
          "[gemini_ingest]") {
  files_on_disk from;
  from.add("large", std::string((16 << 20) + 5, 'x'));
  remains durable;
  insert(durable.files, from);
  life now(durable, from);
  SECTION("throttled, which counts no attempt") {
    now.script.remote.fault(3).status(429).before_effect();
    CHECK(now.run(durable.files).finished == 1);
    CHECK(now.script.remote.requests() == 10);  // start, chunk, 429, query, two chunks, file, import, operation twice
  }
  SECTION("taken up") {
    now.script.remote.fault(3).drop_after();  // the second chunk
    CHECK(now.run(durable.files).finished == 1);
    // start, chunk, chunk, query, last chunk, file, import, operation, operation
    CHECK(now.script.remote.requests() == 9);
  }
  SECTION("begun anew") {
    now.script.remote.fault(3).drop_after();
    now.script.remote.obey([&](std::size_t n) {
      if (n == 4) durable.service.forget_sessions();
      return http_fault();
    });
    CHECK(now.run(durable.files).finished == 1);
  }
  REQUIRE(is_right(durable.service, from));
  CHECK(durable.service.content_of(durable.service.documents().front()["fileName"]).size() == (16 << 20) + 5);
}

TEST_CASE("what the remote has forgotten is sent and imported again", "[gemini_ingest]") {
  files_on_disk from;
  from.add("a", "1").add("b", "2");
  auto const forget = GENERATE(0, 1, 2);
  std::size_t finished = 0;
  for (std::size_t at = 1; at <= 12; ++at) {
    INFO("forgets " << forget << " before request " << at);
    remains durable;
    insert(durable.files, from);
    life now(durable, from);
    now.script.remote.obey([&](std::size_t n) {
      if (n != at) return http_fault();
      if (forget == 0) durable.service.forget_sessions();
      if (forget == 1) durable.service.forget_files();
      if (forget == 2) durable.service.forget_operations();
      return http_fault();
    });
    finished += now.run(durable.files, 2).finished;
    CHECK(durable.service.documents().size() == 2);
  }
  CHECK(finished == 24);
}

TEST_CASE("a file that changes while it is sent has failed, and its new content is what counts then",
          "[gemini_ingest]") {
  files_on_disk from;
  from.add("a", "before");
  remains durable;
  insert(durable.files, from);
  life now(durable, from);
  now.script.remote.obey([&](std::size_t n) {
    if (n == 2) std::ofstream(from.folder / "a") << "afterwards";  // its upload
    return http_fault();
  });
  CHECK(now.run(durable.files).waiting == 1);
  auto const failed_one = durable.files.get("a").item->as<failed>();
  REQUIRE(failed_one);
  CHECK(durable.files.recorded<fail>(*failed_one)->error.find("was changed while it was sent") != std::string::npos);
  REQUIRE(durable.files.apply(*failed_one, restart{}));
  CHECK(now.run(durable.files).finished == 1);
  REQUIRE(durable.service.documents().size() == 1);
  CHECK(durable.service.content_of(durable.service.documents().front()["fileName"]) == "afterwards");
}

TEST_CASE("a refused key and a spent quota stop the run, and no file has failed for that", "[gemini_ingest]") {
  files_on_disk from;
  for (int i = 0; i < 5; ++i) from.add("n" + std::to_string(i), std::to_string(i));
  remains durable;
  insert(durable.files, from);
  auto& options = durable.service.options();
  SECTION("the key") {
    life now(durable, from);
    now.script.remote.obey([&](std::size_t n) {
      if (n == 9) options.key = "another";
      return http_fault();
    });
    auto const sum = now.run(durable.files);
    REQUIRE(sum.halted);
    CHECK(sum.halted->describe() == "auth: HTTP 400: API key not valid. Please pass a valid API key.");
    options.key.clear();
  }
  SECTION("the quota") {
    options.imports = 2;
    life now(durable, from);
    auto const sum = now.run(durable.files);
    REQUIRE(sum.halted);
    CHECK(sum.halted->describe() ==
          "quota_exhausted: HTTP 429: You exceeded your current quota, please check your plan.");
    options.imports = 100;
  }
  life then(durable, from);
  auto const sum = then.run(durable.files);
  CHECK(sum.failures == 0);
  CHECK(is_right(durable.service, from));
}

TEST_CASE("the wait that Gemini writes into the body of a 429 is kept", "[gemini_ingest]") {
  files_on_disk from;
  from.add("a", "1");
  remains durable;
  insert(durable.files, from);
  life now(durable, from);
  now.script.remote.fault(1)
      .status(429, {}, R"({"error":{"code":429,"message":"slowly","details":[{"retryDelay":"51.5s"}]}})")
      .before_effect();
  CHECK(now.run(durable.files).finished == 1);
  CHECK(now.loop.now() > 51s);
  CHECK(now.loop.now() < 80s);
}

// What a 200 to importFile may hold instead of the name of an operation of the store.
std::vector<std::string> odd_answers() {
  std::vector<std::string> all{"null", "[]", "7", "{}", "\"text\"", R"({"name":{"name":"x"}})", R"({"name":["x"]})"};
  for (auto const* name : {R"("")",
                           "null",
                           "7",
                           "true",
                           "{}",
                           "[]",
                           R"("operations/x")",
                           R"("fileSearchStores/notes/operations/")",
                           R"("fileSearchStores/notes/operations/a b")",
                           R"("fileSearchStores/notes/operations/a\nb")",
                           R"("fileSearchStores/notes/operations/\u00e9")",
                           R"("fileSearchStores/notes/operations/../x")",
                           R"("fileSearchStores/notes/operations/x?y")",
                           R"("fileSearchStores/notes/operations/never")",
                           R"("fileSearchStores/other/operations/x")",
                           R"("fileSearchStores/notes/documents/x")",
                           R"("fileSearchStores/notes")",
                           R"("files/x")",
                           R"("/")",
                           R"("https://elsewhere/operations/x")"})
    all.push_back(std::string("{\"name\":") + name + "}");
  return all;
}

TEST_CASE("whatever a 200 to an import says, the file is there once", "[gemini_ingest]") {
  files_on_disk from;
  from.add("a.txt", "some text");
  for (auto const& body : odd_answers()) {
    INFO(body);
    remains durable;
    insert(durable.files, from);
    life disturbed(durable, from);
    disturbed.script.remote.fault(4).status(200, {}, body).after_effect();  // after start, upload and file
    CHECK(disturbed.run(durable.files).finished == 1);
    CHECK(is_right(durable.service, from));
  }
}

TEST_CASE("before an import is taken for lost its document is searched, whatever the row says", "[gemini_ingest]") {
  files_on_disk from;
  from.add("a.txt", "some text");
  for (std::string const& resource :
       {std::string(), std::string("x"), std::string("operations/x"),
        std::string("fileSearchStores/notes/operations/a b"), std::string("fileSearchStores/notes/operations/x"),
        std::string("fileSearchStores/notes/documents/x")}) {
    INFO(resource);
    remains durable;
    life now(durable, from);
    http::request call(http::post, "/upload/v1/files", R"({"file":{"name":"files/one"}})");
    call.header("X-Goog-Upload-Command", "start").expect_empty();
    auto const opened = now.loop.wait(now.script.send(call));
    REQUIRE(opened);
    REQUIRE(now.loop.wait(now.api.upload(std::string(*opened->headers.find("x-goog-upload-url")),
                                         from.folder.path() / "a.txt", 9, false)));
    REQUIRE(now.loop.wait(now.api.import(
        where, "files/one", {{"path", "a.txt"}, {"pawl_item", hexadecimal_sha256("job/a.txt").substr(0, 40)}})));

    insert(durable.files, from);
    auto const begun =
        durable.files.apply(*durable.files.get("a.txt").item->as<found>(), begin{"files/one", "", 9, 0, ""});
    REQUIRE(begun);
    auto const kept = durable.files.apply(*begun, store_file{});
    REQUIRE(kept);
    REQUIRE(durable.files.apply(*kept, begin_import{resource}));
    CHECK(now.run(durable.files).finished == 1);
    CHECK(is_right(durable.service, from));
  }
}

// Two hundred documents, by twenty.
constexpr std::size_t pages = 10;
http::answer page_of(pawl::testing::http_call const& call) {
  auto const token = call.query.find("pageToken=");
  std::size_t const page = token == std::string::npos ? 0 : std::stoul(call.query.substr(token + 10));
  nlohmann::json listed;
  for (std::size_t i = 20 * page; i < 20 * page + 20; ++i)
    listed["documents"].push_back({{"name", std::string(where) + "/documents/" + std::to_string(i)}});
  if (page + 1 < pages) listed["nextPageToken"] = std::to_string(page + 1);
  http::answer a;
  a.status = 200;
  a.body = listed.dump();
  return a;
}

TEST_CASE("a list goes on where a page has failed, and not before the remote wants it to", "[gemini_ingest]") {
  files_on_disk const nothing;
  struct failure {
    char const* name;
    std::function<void(http_fault&)> set;
    std::chrono::nanoseconds wait;
  };
  for (auto const& f : std::vector<failure>{{"429", [](http_fault& a) { a.status(429).before_effect(); }, 100ms},
                                            {"429 that asks to wait",
                                             [](http_fault& a) {
                                               a.status(429, {{"Retry-After", "7"}}).before_effect();
                                             },
                                             7s},
                                            {"429 that asks for a day",
                                             [](http_fault& a) {
                                               a.status(429, {{"Retry-After", "86400"}});
                                             },
                                             1h},
                                            {"503 that asks to wait",
                                             [](http_fault& a) {
                                               a.status(503, {{"Retry-After", "5"}});
                                             },
                                             5s},
                                            {"503", [](http_fault& a) { a.status(503).before_effect(); }, 100ms},
                                            {"lost", [](http_fault& a) { a.drop_after(); }, 100ms}})
    for (std::size_t at = 0; at <= pages; ++at) {
      INFO(f.name << " at request " << at << (at == 0 ? ", which is every second one" : ""));
      remains durable;
      life now(durable, nothing);
      now.script.remote.on(http::get, "/:version/fileSearchStores/:store/documents", page_of);
      now.script.remote.obey([&](std::size_t n) {
        http_fault fault;
        if (at == 0 ? n % 2 == 1 : n == at) f.set(fault);
        return fault;
      });
      auto const all = now.loop.wait(now.documents.now());
      REQUIRE(all);
      CHECK((*all)->size() == 20 * pages);
      std::size_t const failures = at == 0 ? pages : 1;
      CHECK(now.script.remote.requests() == pages + failures);
      CHECK(now.loop.now() == 20ms * (pages + failures) + f.wait * failures);
    }
}

TEST_CASE("a title that is longer than Gemini takes is shortened, and stays UTF-8", "[gemini_ingest]") {
  std::string const directory = std::string(120, 'd') + "/";
  for (std::string const& letter : {std::string("a"), std::string("\xc3\xa9"), std::string("\xe6\x97\xa5"),
                                    std::string("\xf0\x9f\x98\x80"), std::string("\x1b"), std::string("\xff")})
    for (std::size_t extra = 0; extra < 5; ++extra) {
      INFO(pawl::escaped(letter) << " after " << extra);
      std::string path(extra, 'x');
      while (path.size() < 900) path += letter;
      auto const title = title_of(path);
      CHECK(title.size() <= 512);
      CHECK(title.size() > 500);
      CHECK(pawl::detail::as_utf8(title) == title);
      if (letter == "\x1b" || letter == "\xff") CHECK(title.starts_with("...\\x"));  // not amid an escape
    }
  CHECK(title_of("a folder/a") == "a folder/a");
  CHECK(title_of(std::string(512, 'a')) == std::string(512, 'a'));

  files_on_disk from;
  std::string deep = directory + directory + directory + directory + directory;
  std::filesystem::create_directories(from.folder.path() / deep);
  from.add(deep + "\xe6\x97\xa5.txt", "some text");
  remains durable;
  insert(durable.files, from);
  life now(durable, from);
  CHECK(now.run(durable.files).finished == 1);
  CHECK(is_right(durable.service, from));
}

TEST_CASE("the fake service takes titles of at most 512 characters", "[gemini_ingest]") {
  files_on_disk const nothing;
  remains durable;
  life now(durable, nothing);
  auto const status_of = [&now](std::string const& target, std::string const& body) {
    http::request call(http::post, target, body);
    call.header("X-Goog-Upload-Command", "start").expect_empty();
    return static_cast<bool>(now.loop.wait(now.script.send(call)));
  };
  std::string wide;
  while (wide.size() < 512 * 2) wide += "\xc3\xa9";
  for (auto const& [most, more] :
       {std::pair(std::string(512, 'a'), std::string(513, 'a')), std::pair(wide, wide + "\xc3\xa9")}) {
    CHECK(status_of("/upload/v1/files", R"({"file":{"displayName":")" + most + "\"}}"));
    CHECK_FALSE(status_of("/upload/v1/files", R"({"file":{"displayName":")" + more + "\"}}"));
    CHECK(status_of("/v1/fileSearchStores", R"({"displayName":")" + most + "\"}"));
    CHECK_FALSE(status_of("/v1/fileSearchStores", R"({"displayName":")" + more + "\"}"));
  }
}

}  // namespace gemini_steps_test
