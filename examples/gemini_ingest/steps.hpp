// The steps: what to do with a file in each state.
#ifndef GEMINI_INGEST_STEPS_HPP
#define GEMINI_INGEST_STEPS_HPP

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <pawl/pawl.hpp>
#include <pawl/report/escape.hpp>

#include "../open_file.hpp"
#include "../sha256.hpp"
#include "gemini.hpp"
#include "lifecycle.hpp"
#include "listing.hpp"
#include "local_file.hpp"

namespace gemini_ingest {

// Of which folder and store, and how a file is read: a program does it on another thread.
struct job {
  std::filesystem::path folder;
  std::string identity;  // no other job has it
  std::string store;     // "fileSearchStores/..."
  std::function<pawl::task<pawl::outcome<content>>(std::filesystem::path)> read;
  std::chrono::nanoseconds poll = std::chrono::seconds(2);  // until a remote that is at work is asked again
};

class steps {
 public:
  steps(job const& of, gemini& api, listing& documents) : job_(of), api_(api), documents_(documents) {}

  // safe: an upload session that nobody uses leaves nothing behind. The file's name is a hash of what it is, so that one
  // which is there already is this one.
  pawl::task<pawl::one_of<begin>> operator()(file<found> it, pawl::safe&) {
    auto reading = job_.read(job_.folder / path_of_text(it.key));
    auto read = co_await std::move(reading);
    if (!read) co_return read.why();
    new_file what{name_of(it.key, read->hash), title_of(it.key), std::string(mime_type_of(it.key)), read->size};
    begin opened{what.name, read->hash, read->size, read->modified, ""};
    auto opening = api_.begin_upload(std::move(what));
    auto session = co_await std::move(opening);
    if (session) {
      opened.session = *session;
    } else if (session.why().kind != pawl::trouble_kind::conflict) {
      co_return session.why();
    }
    co_return std::move(opened);
  }

  // safe: the remote is asked what it has of the file wherever something may have been sent. A file that changes
  // meanwhile has failed; the next run sees that it has changed.
  pawl::task<pawl::one_of<store_file, session_lost>> operator()(file<sending> it, begin const& recorded,
                                                                pawl::safe& call) {
    begin const opened = recorded;
    auto const path = job_.folder / path_of_text(it.key);
    if (!opened.session.empty()) {
      if (!is_unchanged(path, opened.size, opened.modified)) co_return changed(path);
      // Not by the number of the attempt: one that is throttled is not counted, and has sent some of it all the same.
      auto sending_it = api_.upload(opened.session, path, opened.size, call.repeated());
      auto const sent = co_await std::move(sending_it);
      if (!sent && sent.why().kind == pawl::trouble_kind::not_found) co_return session_lost{};
      if (!sent && sent.why().kind != pawl::trouble_kind::conflict) co_return sent.why();
      if (!is_unchanged(path, opened.size, opened.modified)) co_return changed(path);
    }
    auto seeing = api_.see_file(opened.name);
    auto const seen = co_await std::move(seeing);
    if (!seen && seen.why().kind == pawl::trouble_kind::not_found) co_return session_lost{};
    if (!seen) co_return seen.why();
    if (seen->size != opened.size || (!seen->hash.empty() && seen->hash != opened.hash))
      co_return pawl::trouble::permanent("Gemini has another content under " + opened.name + " than was sent");
    if (seen->is == readiness::failed) co_return pawl::trouble::permanent("Gemini cannot process this file");
    if (seen->is == readiness::processing) co_return pawl::trouble::pending(job_.poll);
    co_return store_file{};
  }

  // probeable: a second import would make a second document, so the store is searched where one may have been begun. It
  // bears the item's version, for what an earlier content has left is not this one.
  pawl::task<pawl::one_of<begin_import, file_lost>> operator()(file<stored> it, begin const& recorded,
                                                               pawl::probeable&) {
    std::string const name = recorded.name;
    metadata marks{
        {"path", pawl::escaped(it.key)}, {mark_of_item, identity_of(it.key)}, {mark_of_version, version(it)}};
    auto importing_it = api_.import(job_.store, name, std::move(marks));
    auto const operation = co_await std::move(importing_it);
    if (operation) co_return begin_import{*operation};
    if (operation.why().kind != pawl::trouble_kind::not_found) co_return operation.why();
    auto seeing = api_.see_file(name);  // which of the two is not there?
    auto const seen = co_await std::move(seeing);
    if (!seen && seen.why().kind == pawl::trouble_kind::not_found) co_return file_lost{};
    co_return operation.why();
  }
  pawl::task<std::optional<pawl::one_of<begin_import, file_lost>>> probe(file<stored> it, pawl::probeable&) {
    auto listing_all = documents_.now();
    auto const all = co_await std::move(listing_all);
    if (!all) co_return all.why();
    std::string const identity = identity_of(it.key);
    for (auto const& document : **all)
      if (has(document, mark_of_item, identity) && has(document, mark_of_version, version(it)))
        co_return begin_import{document.name};
    co_return std::nullopt;
  }

  // safe: it only asks. What the row names may lead nowhere: the remote forgets operations, and an import that is taken
  // for lost too early makes a second document. So the store is searched before that.
  pawl::task<pawl::one_of<index, import_lost>> operator()(file<importing> it, begin_import const& recorded,
                                                          pawl::safe&) {
    std::string const resource = recorded.resource;
    if (is_operation_of(job_.store, resource)) {
      auto seeing = api_.see_operation(resource);
      auto const seen = co_await std::move(seeing);
      if (seen && !seen->done) co_return pawl::trouble::pending(job_.poll);
      if (seen && seen->error) co_return pawl::trouble::permanent("the import has failed: " + *seen->error);
      if (seen && !seen->document.empty()) co_return index{seen->document};
      if (!seen && seen.why().kind != pawl::trouble_kind::not_found) co_return seen.why();
    } else if (is_document_of(job_.store, resource)) {
      auto seeing = api_.see_document(resource);
      auto const seen = co_await std::move(seeing);
      if (!seen && seen.why().kind != pawl::trouble_kind::not_found) co_return seen.why();
      if (seen) {
        if (auto why = not_ready(*seen)) co_return *std::move(why);
        co_return index{seen->name};
      }
    }
    auto searching = find(it.key);
    auto const name = co_await std::move(searching);
    if (!name) co_return name.why();
    if (name->empty()) co_return import_lost{};
    auto seeing = api_.see_document(*name);
    auto const seen = co_await std::move(seeing);
    if (!seen && seen.why().kind == pawl::trouble_kind::not_found) co_return import_lost{};
    if (!seen) co_return seen.why();
    if (auto why = not_ready(*seen)) co_return *std::move(why);
    co_return index{seen->name};
  }

  // safe: what is deleted twice is deleted.
  pawl::task<pawl::one_of<clear>> operator()(file<clearing> it, pawl::safe&) {
    auto removing_all = remove_documents(it.key);
    auto const removed = co_await std::move(removing_all);
    if (!removed) co_return removed.why();
    co_return clear{};
  }
  pawl::task<pawl::one_of<forget>> operator()(file<removing> it, pawl::safe&) {
    auto removing_all = remove_documents(it.key);
    auto const removed = co_await std::move(removing_all);
    if (!removed) co_return removed.why();
    co_return forget{};
  }

 private:
  static constexpr char const* mark_of_item = "pawl_item";
  static constexpr char const* mark_of_version = "pawl_version";

  static bool has(remote_document const& document, std::string const& mark, std::string const& value) {
    auto const at = document.marks.find(mark);
    return at != document.marks.end() && at->second == value;
  }
  // Empty: it can be searched.
  std::optional<pawl::trouble> not_ready(remote_document const& seen) const {
    if (seen.is == readiness::failed) return pawl::trouble::permanent("Gemini cannot index this document");
    if (seen.is == readiness::processing) return pawl::trouble::pending(job_.poll);
    return std::nullopt;
  }
  static std::string version(file<stored> const& it) { return std::to_string(it.version); }
  static pawl::trouble changed(std::filesystem::path const& path) {
    return pawl::trouble::permanent("'" + pawl::escaped(text_of_path(path)) + "' was changed while it was sent");
  }

  // 40 digits, as many as a file's name at Gemini may have.
  std::string identity_of(std::string const& path) const {
    return hexadecimal_sha256(job_.identity + "/" + path).substr(0, 40);
  }
  std::string name_of(std::string const& path, std::string const& hash) const {
    return "files/" + hexadecimal_sha256(job_.identity + "/" + hash + "/" + path).substr(0, 40);
  }

  // A document of the file; empty: there is none.
  pawl::task<pawl::outcome<std::string>> find(std::string path) {
    auto listing_all = documents_.now();
    auto const all = co_await std::move(listing_all);
    if (!all) co_return all.why();
    std::string const identity = identity_of(path);
    for (auto const& document : **all)
      if (has(document, mark_of_item, identity)) co_return document.name;
    co_return std::string();
  }
  pawl::task<pawl::outcome<pawl::done_t>> remove_documents(std::string path) {
    auto listing_all = documents_.now();
    auto const all = co_await std::move(listing_all);
    if (!all) co_return all.why();
    std::string const identity = identity_of(path);
    for (auto const& document : **all) {
      if (!has(document, mark_of_item, identity)) continue;
      auto removing_it = api_.remove(document.name);
      auto const removed = co_await std::move(removing_it);
      if (!removed) co_return removed.why();
    }
    co_return pawl::done;
  }

  job const& job_;
  gemini& api_;
  listing& documents_;
};

}  // namespace gemini_ingest

#endif
