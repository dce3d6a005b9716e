// Gemini's files and File Search stores, as much of them as clients use, in memory: for tests, and to try the program
// without a key. Under /v1 and /v1beta.
#ifndef GEMINI_INGEST_FAKE_SERVICE_HPP
#define GEMINI_INGEST_FAKE_SERVICE_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/testing/http/remote.hpp>

namespace gemini_ingest {

struct fake_options {
  std::string key{};                                                // which is accepted; empty: any
  std::size_t imports = (std::numeric_limits<std::size_t>::max)();  // a day
  int polls = 1;  // so often an operation is asked for until it is done
};

class fake_service {
 public:
  fake_service() = default;
  explicit fake_service(fake_options options) : options_(std::move(options)) {}

  // Lets the remote answer for it. `base`: where that is reached, for the URLs of upload sessions.
  void serve(pawl::testing::http_remote& remote, std::string base);

  // ---- for tests ----

  fake_options& options() { return options_; }
  std::size_t files() const { return files_.size(); }
  std::string const& content_of(std::string const& file) const { return contents_.at(file); }
  // Of all stores.
  std::size_t documents_count() const { return documents_.size(); }
  std::vector<nlohmann::json> documents() const;  // with the "fileName" of what was imported
  // Makes a store of this name, "fileSearchStores/...", where there is none; over HTTP the names are the service's.
  void keep_store(std::string const& name);
  // They expire, as those of the real service do.
  void forget_sessions() { sessions_.clear(); }
  void forget_files() { files_.clear(); }
  void forget_operations() { operations_.clear(); }

 private:
  using json = nlohmann::json;
  using call = pawl::testing::http_call;
  using answer = pawl::http::answer;
  struct session {
    std::string version;
    std::string store;  // where the file is to be imported into; empty: nowhere
    json meta;
    std::string mime_type;
    std::string received{};
    bool finished = false;
  };
  struct operation {
    std::string document;
    int polls = 0;
  };

  answer on_files(call const& c);
  answer on_stores(call const& c);
  answer on_store_call(call const& c, std::string const& store, std::string_view verb);
  answer on_document(call const& c);
  answer on_operation(std::string const& name);
  answer on_upload(call const& c);
  answer start(call const& c);
  answer finish(session& s);
  answer import(std::string const& store, std::string const& file, json const& body);

  json new_file(session const& s);

  fake_options options_{};
  std::string base_{};
  std::map<std::string, json> stores_{}, files_{}, documents_{};
  std::map<std::string, std::string> contents_{};  // by the file's name
  std::map<std::string, session> sessions_{};
  std::map<std::string, operation> operations_{};
  std::uint64_t counter_ = 0;
};

// A fault for about this share of all requests, from 0 to 1: cut before and after the effect, 503 before and after it,
// 429. The same for the same number of the request.
pawl::testing::http_fault random_fault(double share, std::size_t number);

}  // namespace gemini_ingest

#endif
