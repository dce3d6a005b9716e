#include "gemini.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

namespace gemini_ingest {

using nlohmann::json;
namespace http = pawl::http;
using pawl::trouble;
using pawl::trouble_kind;

// ---- JSON of the remote: of any type, or missing ----

static json parsed(http::answer const& given) { return json::parse(given.body, nullptr, false); }
static json const& at(json const& in, char const* name) {
  static json const none;
  if (!in.is_object()) return none;
  auto const found = in.find(name);
  return found == in.end() ? none : *found;
}
static std::string text(json const& value) { return value.is_string() ? value.get<std::string>() : std::string(); }
// 64-bit numbers are strings in Google's JSON.
static std::int64_t whole_number(json const& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  std::string const digits = text(value);
  std::int64_t number = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}
static std::string dumped(json const& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}
// A 200 that is not what it should be may be the remains of a good one.
static trouble unreadable(http::answer const& given) {
  return trouble::unknown_outcome("the answer is not what Gemini answers: " + http::describe(given));
}

// Whether it names something below the parent, "fileSearchStores/x/operations", by letters that a path may have as they
// are.
static bool is_below(std::string_view parent, std::string_view name) {
  if (!name.starts_with(parent) || name.substr(parent.size(), 1) != "/") return false;
  name.remove_prefix(parent.size() + 1);
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  return name.find_first_not_of('.') != std::string_view::npos &&
         name.find_first_not_of(letters) == std::string_view::npos;
}
bool is_operation_of(std::string_view store, std::string_view name) {
  return is_below(std::string(store) + "/operations", name);
}
bool is_document_of(std::string_view store, std::string_view name) {
  return is_below(std::string(store) + "/documents", name);
}

// "processing" for states that are not known yet: they are looked at again.
static readiness readiness_of(std::string_view state) {
  if (state.empty() || state.ends_with("ACTIVE")) return readiness::active;
  return state.ends_with("FAILED") ? readiness::failed : readiness::processing;
}

// "sha256Hash" is Base64 of the 64 hexadecimal digits, or of the 32 bytes as the reference has it. Empty: neither.
static std::string hexadecimal_of(std::string_view base64) {
  std::string bytes;
  unsigned bits = 0, held = 0;
  for (char c : base64) {
    std::size_t const value =
        std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
    if (value == std::string_view::npos) break;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 0xff);
  }
  if (bytes.size() == 64) return bytes;
  if (bytes.size() != 32) return {};
  std::string digits;
  for (char c : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return digits;
}

static remote_file file_of(json const& document) {
  return {text(at(document, "name")), whole_number(at(document, "sizeBytes")),
          hexadecimal_of(text(at(document, "sha256Hash"))), readiness_of(text(at(document, "state")))};
}
static remote_document document_of(json const& document) {
  remote_document read{text(at(document, "name")), readiness_of(text(at(document, "state"))), {}};
  for (auto const& mark : at(document, "customMetadata"))
    read.marks[text(at(mark, "key"))] = text(at(mark, "stringValue"));
  return read;
}

// ---- what the API says in its own way ----

// "51.08s", as protobuf writes a duration.
static std::chrono::nanoseconds duration_of(std::string_view words) {
  if (!words.ends_with('s')) return {};
  return http::detail::decimal_wait(words.substr(0, words.size() - 1), 1'000'000'000).value_or(std::chrono::seconds(0));
}
static std::optional<std::chrono::nanoseconds> retry_delay(http::answer const& given) {
  auto const document = parsed(given);
  for (auto const& detail : at(at(document, "error"), "details"))
    if (auto const wait = duration_of(text(at(detail, "retryDelay"))); wait.count() > 0) return wait;
  return std::nullopt;
}
static std::string message_of(http::answer const& given) {
  auto const message = text(at(at(parsed(given), "error"), "message"));
  return message.empty() ? http::describe(given) : "HTTP " + std::to_string(given.status) + ": " + message;
}
static bool says(http::answer const& given, std::string_view words) {
  return given.body.find(words) != std::string::npos;
}

static trouble read_400(http::answer const& given) {
  for (std::string_view refusal : {"API_KEY_INVALID", "API key not valid", "API key expired", "User location is not"})
    if (says(given, refusal)) return trouble::auth(message_of(given));
  return trouble::permanent(message_of(given));
}
// A name that there is not, and somebody else's, are answered alike.
static trouble read_403(http::answer const& given) {
  if (says(given, "may not exist")) return trouble::not_found(message_of(given));
  return trouble::auth(message_of(given));
}
// The limits are by the minute and by the day: the second does not pass while anybody waits.
static trouble read_429(http::answer const& given) {
  if (says(given, "PerDay")) return trouble::quota_exhausted(message_of(given));
  return trouble(trouble_kind::throttled, message_of(given));
}

http::api_rules gemini_rules() {
  http::api_rules rules;
  rules.readings = {{{400, 400}, {}, read_400}, {{403, 403}, {}, read_403}, {{429, 429}, {}, read_429}};
  rules.body_hint = retry_delay;
  return rules;
}

// ---- stores ----

gemini::answer<std::optional<std::string>> gemini::find_store(std::string title) {
  std::string token;
  do {
    http::request call(http::get, path("fileSearchStores?pageSize=20") +
                                      (token.empty() ? std::string() : "&pageToken=" + http::percent_encoded(token)));
    auto given = co_await http_.send(call);
    if (!given) co_return given.why();
    auto const page = parsed(*given);
    if (!page.is_object()) co_return trouble::transient(unreadable(*given).detail);
    for (auto const& store : at(page, "fileSearchStores"))
      if (text(at(store, "displayName")) == title) co_return text(at(store, "name"));
    token = text(at(page, "nextPageToken"));
  } while (!token.empty());
  co_return std::nullopt;
}

gemini::answer<std::string> gemini::make_store(std::string title) {
  http::request call(http::post, path("fileSearchStores"), dumped({{"displayName", title}}));
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  co_return http::field(*given, "name");
}

gemini::answer<pawl::done_t> gemini::see_store(std::string name) {
  http::request call(http::get, path(name));
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  co_return pawl::done;
}

// ---- files ----

gemini::answer<std::string> gemini::begin_upload(new_file what) {
  json const file{{"name", what.name}, {"displayName", what.title}, {"mimeType", what.mime_type}};
  http::request call(http::post, "/upload" + path("files"), dumped({{"file", file}}));
  call.header("X-Goog-Upload-Protocol", "resumable")
      .header("X-Goog-Upload-Command", "start")
      .header("X-Goog-Upload-Header-Content-Length", std::to_string(what.size))
      .header("X-Goog-Upload-Header-Content-Type", what.mime_type)
      .safe()  // a session that nobody uses leaves nothing behind
      .expect_empty();
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  auto const url = given->headers.find("x-goog-upload-url");
  if (!url) co_return trouble::transient("the answer names no upload session: " + http::describe(*given));
  auto const target = http::session_target(*url, base_);
  if (!target) co_return target.why();
  co_return std::string(*url);
}

gemini::answer<pawl::done_t> gemini::upload(std::string session, std::filesystem::path from, std::int64_t size,
                                            bool may_have_begun) {
  using state = http::upload_progress::state;
  auto const target = http::session_target(session, base_);
  if (!target) co_return trouble::not_found(target.why().detail);  // the base has changed: so has the session
  http::resumable_upload const rules(static_cast<std::uint64_t>(size), {});
  auto next = rules.begin(may_have_begun);
  for (std::int64_t left = 64 + size / (1 << 18); left > 0; --left) {  // a remote that goes back and forth has an end
    http::request sending = http::upload_request(*target, next, from);
    auto given = co_await http_.send(sending);
    if (!given && http::resumable_upload::is_lost(given.why())) co_return trouble::not_found(given.why().detail);
    if (!given) co_return given.why();
    auto const progress = rules.after(next, *given);
    if (!progress) co_return progress.why();
    if (progress->now == state::finished) co_return pawl::done;
    if (progress->now == state::lost) co_return trouble::not_found("the upload session was cancelled");
    next = progress->next;
  }
  co_return trouble::transient("the upload makes no progress");
}

gemini::answer<remote_file> gemini::see_file(std::string name) {
  http::request call(http::get, path(name));
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  auto file = file_of(parsed(*given));
  if (file.name.empty()) co_return trouble::transient(unreadable(*given).detail);
  co_return file;
}

// ---- documents ----

gemini::answer<std::string> gemini::import(std::string store, std::string file, metadata marks) {
  json all = json::array();
  for (auto const& [key, value] : marks) all.push_back({{"key", key}, {"stringValue", value}});
  http::request call(http::post, path(store) + ":importFile", dumped({{"fileName", file}, {"customMetadata", all}}));
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  auto name = http::field(*given, "name");
  if (name && !is_operation_of(store, *name)) co_return unreadable(*given);  // it may have been begun all the same
  co_return name;
}

gemini::answer<remote_operation> gemini::see_operation(std::string name) {
  http::request call(http::get, path(name));
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  auto const document = parsed(*given);
  if (text(at(document, "name")).empty()) co_return trouble::transient(unreadable(*given).detail);
  remote_operation read;
  read.done = at(document, "done") == json(true);
  if (auto const& error = at(document, "error"); error.is_object()) read.error = text(at(error, "message"));
  read.document = text(at(at(document, "response"), "documentName"));
  co_return read;
}

gemini::answer<remote_document> gemini::see_document(std::string name) {
  http::request call(http::get, path(name));
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  auto document = document_of(parsed(*given));
  if (document.name.empty()) co_return trouble::transient(unreadable(*given).detail);
  co_return document;
}

gemini::answer<page_of_documents> gemini::documents(std::string store, std::string token) {
  http::request call(http::get, path(store) + "/documents?pageSize=20" +
                                    (token.empty() ? std::string() : "&pageToken=" + http::percent_encoded(token)));
  auto given = co_await http_.send(call);
  if (!given) co_return given.why();
  auto const page = parsed(*given);
  if (!page.is_object()) co_return trouble::transient(unreadable(*given).detail);
  page_of_documents read;
  for (auto const& document : at(page, "documents")) read.documents.push_back(document_of(document));
  read.next = text(at(page, "nextPageToken"));
  co_return read;
}

gemini::answer<pawl::done_t> gemini::remove(std::string document) {
  http::request call(http::remove, path(document) + "?force=true");
  call.safe().expect_empty();  // deleted twice it is deleted
  auto given = co_await http_.send(call);
  if (!given && given.why().kind != trouble_kind::not_found) co_return given.why();
  co_return pawl::done;
}

}  // namespace gemini_ingest
