// An adapter of Google's Gemini API: files, and the documents of a File Search store.
#ifndef GEMINI_INGEST_GEMINI_HPP
#define GEMINI_INGEST_GEMINI_HPP

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/http.hpp>
#include <pawl/pawl.hpp>

namespace gemini_ingest {

using metadata = std::map<std::string, std::string>;

// What a file or a document of the remote is doing.
enum class readiness { processing, active, failed };

struct remote_file {
  std::string name;  // "files/..."
  std::int64_t size = 0;
  std::string hash;  // SHA-256, hexadecimal; empty where the remote does not say
  readiness is = readiness::active;
};
struct remote_document {
  std::string name;  // "fileSearchStores/.../documents/..."
  readiness is = readiness::active;
  metadata marks;
};
struct remote_operation {
  bool done = false;
  std::string document;              // where it has succeeded
  std::optional<std::string> error;  // where it has failed
};
struct page_of_documents {
  std::vector<remote_document> documents;
  std::string next;  // token of the next page, empty after the last one
};

// What is to be sent.
struct new_file {
  std::string name;   // "files/..."
  std::string title;  // for people
  std::string mime_type;
  std::int64_t size = 0;
};

// Whether the store has such a name, of an operation or of a document, to ask the remote for: it is the remote's, and
// may be anything.
bool is_operation_of(std::string_view store, std::string_view name);
bool is_document_of(std::string_view store, std::string_view name);

// What this API says in its own way, for client_options::rules: a wrong key is a 400, a spent quota of the day a 429,
// and how long to wait is in the body.
pawl::http::api_rules gemini_rules();

class gemini {
 public:
  template <class T> using answer = pawl::task<pawl::outcome<T>>;

  // `base`: where the transport leads, so that the key is sent nowhere else. `version`: "v1" or "v1beta".
  gemini(pawl::http::transport& http, pawl::http::origin base, std::string version)
      : http_(http), base_(std::move(base)), prefix_("/" + std::move(version) + "/") {}

  // ---- stores ----

  answer<std::optional<std::string>> find_store(std::string title);  // its name, "fileSearchStores/..."
  answer<std::string> make_store(std::string title);                 // its name; repeated, it makes another one
  answer<pawl::done_t> see_store(std::string name);                  // not_found where there is none

  // ---- files ----

  // Opens an upload session: its URL. `conflict` if there is a file of that name.
  answer<std::string> begin_upload(new_file what);
  // Sends the file to the session, all of it or, where an earlier attempt may have begun, what is missing. `not_found` if
  // the session is gone.
  answer<pawl::done_t> upload(std::string session, std::filesystem::path from, std::int64_t size, bool may_have_begun);
  answer<remote_file> see_file(std::string name);

  // ---- documents ----

  // Begins to import a file into a store: the name of an operation of that store, or trouble. Repeated, it makes another
  // document.
  answer<std::string> import(std::string store, std::string file, metadata marks);
  answer<remote_operation> see_operation(std::string name);
  answer<remote_document> see_document(std::string name);
  answer<page_of_documents> documents(std::string store, std::string token);
  answer<pawl::done_t> remove(std::string document);

 private:
  std::string path(std::string const& name) const { return prefix_ + name; }

  pawl::http::transport& http_;
  pawl::http::origin base_;
  std::string prefix_;
};

}  // namespace gemini_ingest

#endif
