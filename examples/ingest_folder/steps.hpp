// The steps: what to do with a file in each state.
#ifndef INGEST_FOLDER_STEPS_HPP
#define INGEST_FOLDER_STEPS_HPP

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/thread_pool.hpp>

#include <pawl/pawl.hpp>

#include "../open_file.hpp"
#include "blob_store.hpp"
#include "lifecycle.hpp"
#include "search_index.hpp"

namespace ingest_folder {

// Reading and writing files blocks, so it is done in the pool; the index has one connection, on the loop's thread.
struct steps {
  pawl::loop<>& loop;
  boost::asio::thread_pool& pool;
  std::filesystem::path folder;
  blob_store const& blobs;
  search_index& index;

  static constexpr std::size_t most_text = std::size_t{16} << 20;  // of a file, to be searched

  begin operator()(file<untracked>) { return {}; }

  // keyed: a repeated copy is the same copy.
  pawl::task<pawl::one_of<store_content>> operator()(file<uploading> it, pawl::keyed& call) {
    auto const copy = [from = folder / path_of_text(it.key), key = call.key(), this] { return blobs.put(from, key); };
    auto copying = pawl::offload(loop, pool, copy);
    auto copied = co_await std::move(copying);
    if (!copied) co_return copied.why();
    co_return store_content{copied->hash, copied->size, copied->modified};
  }

  // probeable: a second import would make a second document, so the index is asked first where one may have been made.
  pawl::task<pawl::one_of<import_text>> operator()(file<processing> it, store_content const& stored, pawl::probeable&) {
    auto const read = [hash = stored.hash, this] { return blobs.read(hash, most_text); };
    auto reading = pawl::offload(loop, pool, read);
    auto text = co_await std::move(reading);
    if (!text) co_return text.why();
    co_return import_text{index.import(it.key, it.version, *text)};
  }
  std::optional<pawl::one_of<import_text>> probe(file<processing> it, pawl::probeable&) {
    auto const document = index.find(it.key, it.version);
    if (!document) return std::nullopt;
    return import_text{*document};
  }

  forget operator()(file<vanished> it) {
    index.remove(it.key);
    return {};
  }
};

}  // namespace ingest_folder

#endif
