#include "fake_service.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <random>
#include <utility>

#include "../../sha256.hpp"

namespace gemini_ingest {

namespace http = pawl::http;
using nlohmann::json;
using pawl::testing::http_call;
using pawl::testing::http_fault;

static http::answer said(json const& document, int status = 200) {
  http::answer a;
  a.status = status;
  a.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  a.body = document.dump(2, ' ', false, json::error_handler_t::replace);
  return a;
}
static http::answer refused(int code, char const* status, std::string const& message, json const& details = nullptr) {
  json error{{"code", code}, {"message", message}, {"status", status}};
  if (!details.is_null()) error["details"] = details;
  return said({{"error", error}}, code);
}
static http::answer invalid(std::string const& message) { return refused(400, "INVALID_ARGUMENT", message); }
static http::answer absent(std::string const& what) {
  return refused(404, "NOT_FOUND", "The resource " + what + " does not exist.");
}
// What the real service says of a file that it does not have.
static http::answer no_file(std::string const& name) {
  return refused(
      403, "PERMISSION_DENIED",
      "You do not have permission to access the File " + name.substr(name.find('/') + 1) + " or it may not exist.");
}
static json body_of(http_call const& c) {
  return c.body.empty() ? json::object() : json::parse(c.body, nullptr, false);
}
static std::string text(json const& in, char const* name) {
  auto const found = in.is_object() ? in.find(name) : in.end();
  return in.is_object() && found != in.end() && found->is_string() ? found->get<std::string>() : std::string();
}
static std::string now() { return "2026-01-01T00:00:00.000000Z"; }

// The value of this name in the query; what is percent-encoded stays so.
static std::string queried(http_call const& c, std::string_view name) {
  std::string_view rest = c.query;
  while (!rest.empty()) {
    auto const end = rest.find('&');
    auto const one = rest.substr(0, end);
    if (one.substr(0, one.find('=')) == name && one.find('=') != std::string_view::npos)
      return std::string(one.substr(one.find('=') + 1));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return {};
}
static std::optional<std::size_t> number(std::string_view digits) {
  std::size_t value = 0;
  auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failure != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// The reference allows 512 characters in a displayName; JSON is UTF-8.
static bool is_title(std::string const& given) {
  auto const begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return std::count_if(given.begin(), given.end(), begins) <= 512;
}
static http::answer title_too_long() { return invalid("The displayName must have at most 512 characters."); }

// Base64 of the hexadecimal digits, as the real service has it.
static std::string base64(std::string_view bytes) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    auto const byte = [&](std::size_t n) {
      return i + n < bytes.size() ? static_cast<unsigned char>(bytes[i + n]) : 0U;
    };
    unsigned const bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    text += letters[bits >> 18 & 63];
    text += letters[bits >> 12 & 63];
    text += i + 1 < bytes.size() ? letters[bits >> 6 & 63] : '=';
    text += i + 2 < bytes.size() ? letters[bits & 63] : '=';
  }
  return text;
}

// A page of those whose name begins with `prefix` and has no more parts.
static http::answer listed(http_call const& c, std::map<std::string, json> const& all, std::string const& prefix,
                           char const* what, std::size_t most) {
  std::size_t const size = std::clamp<std::size_t>(number(queried(c, "pageSize")).value_or(10), 1, most);
  std::size_t skip = number(queried(c, "pageToken")).value_or(0);
  std::size_t const begin = skip;
  json page = json::object();
  for (auto const& [name, document] : all) {
    if (name.rfind(prefix, 0) != 0 || name.find('/', prefix.size()) != std::string::npos) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    if (page.contains(what) && page[what].size() == size) {
      page["nextPageToken"] = std::to_string(begin + size);
      break;
    }
    page[what].push_back(document);
  }
  return said(page);
}

// ---- routes ----

void fake_service::serve(pawl::testing::http_remote& remote, std::string base) {
  base_ = std::move(base);
  auto const on = [&](http::verb method, char const* path, auto does) {
    remote.on(method, path, [this, does](call const& c) -> answer {
      auto const version = c.parameters.at("version");
      if (version != "v1" && version != "v1beta") return absent(c.path);
      auto const given = c.headers.find("x-goog-api-key");
      std::string const key = given ? std::string(*given) : queried(c, "key");
      bool const has_session = !queried(c, "upload_id").empty();
      if (key.empty() && !has_session)
        return refused(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers. Use API Key.");
      if (!options_.key.empty() && key != options_.key && !has_session)
        return refused(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                       {{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"}, {"reason", "API_KEY_INVALID"}}});
      if (body_of(c).is_discarded() && !has_session) return invalid("Invalid JSON payload received.");
      return does(c);
    });
  };
  auto const files = [this](call const& c) { return on_files(c); };
  auto const stores = [this](call const& c) { return on_stores(c); };
  auto const document = [this](call const& c) { return on_document(c); };
  auto const polled = [this](call const& c) { return on_operation(c.path.substr(c.path.find('/', 1) + 1)); };
  auto const upload = [this](call const& c) { return on_upload(c); };
  on(http::get, "/:version/files", files);
  on(http::get, "/:version/files/:id", files);
  on(http::remove, "/:version/files/:id", files);
  on(http::get, "/:version/fileSearchStores", stores);
  on(http::post, "/:version/fileSearchStores", stores);
  on(http::get, "/:version/fileSearchStores/:store", stores);
  on(http::remove, "/:version/fileSearchStores/:store", stores);
  on(http::post, "/:version/fileSearchStores/:store", stores);
  on(http::get, "/:version/fileSearchStores/:store/documents", document);
  on(http::get, "/:version/fileSearchStores/:store/documents/:id", document);
  on(http::remove, "/:version/fileSearchStores/:store/documents/:id", document);
  on(http::get, "/:version/fileSearchStores/:store/operations/:id", polled);
  on(http::get, "/:version/fileSearchStores/:store/upload/operations/:id", polled);
  on(http::post, "/upload/:version/files", upload);
  on(http::post, "/upload/:version/fileSearchStores/:store", upload);
}

std::vector<json> fake_service::documents() const {
  std::vector<json> all;
  for (auto const& [name, document] : documents_) {
    all.push_back(document);
    auto const id = name.substr(name.rfind('/') + 1);
    all.back()["fileName"] = "files/" + id.substr(0, id.rfind('-'));
  }
  return all;
}

void fake_service::keep_store(std::string const& name) {
  stores_.try_emplace(name, json{{"name", name}, {"displayName", name}, {"createTime", now()}, {"updateTime", now()}});
}

// ---- files ----

http::answer fake_service::on_files(call const& c) {
  if (!c.parameters.contains("id")) return listed(c, files_, "files/", "files", 100);
  std::string const name = "files/" + c.parameters.at("id");
  auto const found = files_.find(name);
  if (found == files_.end()) return no_file(name);
  if (c.method == "GET") return said(found->second);
  files_.erase(found);
  return said(json::object());
}

static bool is_name_of_file(std::string_view name) {
  if (name.substr(0, 6) != "files/") return false;
  name.remove_prefix(6);
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return !name.empty() && name.size() <= 40 && name.front() != '-' && name.back() != '-' &&
         name.find_first_not_of(letters) == std::string_view::npos;
}

json fake_service::new_file(session const& s) {
  auto name = text(s.meta, "name");
  if (name.empty()) name = "files/fake" + std::to_string(++counter_);
  sha256 hash;
  hash.add(s.received);
  json const file{{"name", name},
                  {"displayName", text(s.meta, "displayName")},
                  {"mimeType", s.mime_type},
                  {"sizeBytes", std::to_string(s.received.size())},
                  {"createTime", now()},
                  {"updateTime", now()},
                  {"expirationTime", "2026-01-03T00:00:00.000000Z"},
                  {"sha256Hash", base64(hash.hexadecimal())},
                  {"uri", base_ + "/" + s.version + "/" + name},
                  {"state", "ACTIVE"},
                  {"source", "UPLOADED"}};
  files_[name] = file;
  contents_[name] = s.received;
  return file;
}

// ---- uploads ----

http::answer fake_service::on_upload(call const& c) {
  auto const id = queried(c, "upload_id");
  if (id.empty()) return start(c);
  auto const found = sessions_.find(id);
  if (found == sessions_.end()) return absent("of this upload");
  session& s = found->second;
  auto const command = std::string(c.headers.find("x-goog-upload-command").value_or(""));
  if (command == "query") {
    http::answer a;
    a.status = 200;
    a.headers = {{"X-Goog-Upload-Status", s.finished ? "final" : "active"},
                 {"X-Goog-Upload-Size-Received", std::to_string(s.received.size())}};
    return a;
  }
  if (s.finished) return invalid("Upload has already been terminated.");
  bool const sends = command.find("upload") != std::string::npos, ends = command.find("finalize") != std::string::npos;
  if (!sends && !ends) return invalid("Invalid upload command '" + command + "'.");
  if (number(c.headers.find("x-goog-upload-offset").value_or("")) != s.received.size())
    return invalid("The offset does not match the " + std::to_string(s.received.size()) + " bytes received.");
  if (sends && !ends && (c.body.empty() || c.body.size() % (1 << 18) != 0))
    return invalid("The size of a chunk must be a multiple of 262144.");
  if (sends) s.received += c.body;
  if (ends) return finish(s);
  http::answer a;
  a.status = 200;
  a.headers = {{"X-Goog-Upload-Status", "active"}, {"X-Goog-Upload-Size-Received", std::to_string(s.received.size())}};
  return a;
}

http::answer fake_service::start(call const& c) {
  if (c.headers.find("x-goog-upload-command").value_or("") != "start") return invalid("An upload begins with 'start'.");
  session s;
  s.version = c.parameters.at("version");
  auto const body = body_of(c);
  s.mime_type = std::string(c.headers.find("x-goog-upload-header-content-type").value_or("application/octet-stream"));
  if (auto const store = c.parameters.find("store"); store != c.parameters.end()) {
    auto const colon = store->second.find(':');
    if (colon == std::string::npos || store->second.substr(colon) != ":uploadToFileSearchStore") return absent(c.path);
    s.store = "fileSearchStores/" + store->second.substr(0, colon);
    if (!stores_.contains(s.store)) return absent(s.store);
    s.meta = body;
  } else {
    s.meta = body.contains("file") ? body["file"] : json::object();
    auto const name = text(s.meta, "name");
    if (!name.empty() && !is_name_of_file(name))
      return invalid("The name '" + name + "' has other characters than a-z, 0-9 and '-', or more than 40.");
    if (files_.contains(name)) return refused(409, "ALREADY_EXISTS", "The file " + name + " exists already.");
  }
  if (!is_title(text(s.meta, "displayName"))) return title_too_long();
  std::string const id = "session" + std::to_string(++counter_);
  http::answer a = said(json::object());
  std::string const path = c.path + "?upload_id=" + id + "&upload_protocol=resumable";
  a.headers.add("X-Goog-Upload-URL", base_ + path);
  a.headers.add("X-Goog-Upload-Status", "active");
  a.headers.add("X-Goog-Upload-Chunk-Granularity", "262144");
  sessions_[id] = std::move(s);
  return a;
}

http::answer fake_service::finish(session& s) {
  if (s.store.empty() && files_.contains(text(s.meta, "name")))
    return refused(409, "ALREADY_EXISTS", "The file " + text(s.meta, "name") + " exists already.");
  s.finished = true;
  http::answer a;
  if (s.store.empty()) {
    a = said({{"file", new_file(s)}});
  } else {
    auto const file = text(new_file(s), "name");
    a = import(s.store, file, s.meta);
    files_.erase(file);
  }
  a.headers.add("X-Goog-Upload-Status", "final");
  return a;
}

// ---- stores ----

http::answer fake_service::on_stores(call const& c) {
  auto const given = c.parameters.find("store");
  if (given == c.parameters.end()) {
    if (c.method == "GET") return listed(c, stores_, "fileSearchStores/", "fileSearchStores", 20);
    auto const title = text(body_of(c), "displayName");
    if (!is_title(title)) return title_too_long();
    std::string const name = "fileSearchStores/store" + std::to_string(++counter_);
    return said(stores_[name] = {{"name", name}, {"displayName", title}, {"createTime", now()}, {"updateTime", now()}});
  }
  auto const colon = given->second.find(':');
  std::string const store = "fileSearchStores/" + given->second.substr(0, colon);
  if (!stores_.contains(store)) return absent(store);
  if (colon != std::string::npos) return on_store_call(c, store, std::string_view(given->second).substr(colon + 1));
  if (c.method == "GET") return said(stores_.at(store));
  if (c.method == "POST") return absent(c.path);
  std::erase_if(documents_, [&](auto const& one) { return one.first.rfind(store + "/", 0) == 0; });
  stores_.erase(store);
  return said(json::object());
}

http::answer fake_service::on_store_call(call const& c, std::string const& store, std::string_view verb) {
  if (verb != "importFile") return absent(c.path);
  auto const body = body_of(c);
  auto const file = text(body, "fileName");
  if (!files_.contains(file)) return no_file(file);
  return import(store, file, body);
}

http::answer fake_service::import(std::string const& store, std::string const& file, json const& body) {
  if (options_.imports == 0)
    return refused(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan.",
                   {{{"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
                     {"violations", {{{"quotaId", "FileSearchImportsPerDayPerProject"}}}}}});
  --options_.imports;
  auto const& from = files_.at(file);
  std::string const name = store + "/documents/" + file.substr(6) + "-" + std::to_string(++counter_);
  json document{{"name", name},
                {"displayName", body.contains("displayName") ? body["displayName"] : from["displayName"]},
                {"mimeType", from["mimeType"]},
                {"sizeBytes", from["sizeBytes"]},
                {"createTime", now()},
                {"updateTime", now()},
                {"state", "STATE_PENDING"}};
  if (body.contains("customMetadata")) document["customMetadata"] = body["customMetadata"];
  documents_[name] = document;  // it is there while the operation is under way: a probe can see it
  std::string const under_way =
      store + (body.contains("fileName") ? "/operations/" : "/upload/operations/") + "op" + std::to_string(++counter_);
  operations_[under_way] = {name, 0};
  return said({{"name", under_way}});
}

http::answer fake_service::on_document(call const& c) {
  std::string const store = "fileSearchStores/" + c.parameters.at("store");
  if (!stores_.contains(store)) return absent(store);
  if (!c.parameters.contains("id")) return listed(c, documents_, store + "/documents/", "documents", 20);
  auto const found = documents_.find(store + "/documents/" + c.parameters.at("id"));
  if (found == documents_.end()) return absent(c.path);
  if (c.method == "GET") {
    auto const given = said(found->second);
    found->second["state"] = "STATE_ACTIVE";
    return given;
  }
  if (found->second.contains("customMetadata") && queried(c, "force") != "true")
    return refused(400, "FAILED_PRECONDITION", "The document has chunks; pass force=true.");
  documents_.erase(found);
  return said(json::object());
}

http::answer fake_service::on_operation(std::string const& name) {
  auto const found = operations_.find(name);
  if (found == operations_.end()) return absent(name);
  operation& op = found->second;
  auto const document = documents_.find(op.document);
  if (document == documents_.end())
    return said({{"name", name}, {"done", true}, {"error", {{"code", 5}, {"message", "The document was deleted."}}}});
  if (++op.polls <= options_.polls) return said({{"name", name}});
  document->second["state"] = "STATE_ACTIVE";
  return said({{"name", name},
               {"done", true},
               {"response",
                {{"@type", "type.googleapis.com/google.ai.generativelanguage.v1main.ImportFileResponse"},
                 {"parent", name.substr(0, name.find('/', 17))},
                 {"documentName", op.document}}}});
}

// ---- faults ----

http_fault random_fault(double share, std::size_t number) {
  std::mt19937_64 random(number);
  random.discard(8);
  double const drawn = static_cast<double>(random() >> 11) * 0x1p-53;
  http_fault fault;
  if (drawn >= share) return fault;
  switch (random() % 6) {
    case 0:
      return fault.drop_before();
    case 1:
      return fault.reset_after();
    case 2:
      return fault.drop_after();
    case 3:
      return fault.status(503, {{"Retry-After", "0"}}).before_effect();
    case 4:
      return fault.html_502();
    default:
      return fault.status(429, {{"retry-after-ms", "20"}}).before_effect();
  }
}

}  // namespace gemini_ingest
