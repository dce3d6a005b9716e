// A searchable index of the files' texts: an FTS5 table in its own database. It plays a remote that can be asked what
// it has done, and that would create a second document if an import were repeated.
#ifndef INGEST_FOLDER_SEARCH_INDEX_HPP
#define INGEST_FOLDER_SEARCH_INDEX_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>

namespace ingest_folder {

class search_index {
 public:
  // Opens or makes it. Throws pawl::store_error with the path.
  search_index(std::string path, pawl::sqlite::options options);

  // A new document with this text, in the place of one that the path had before. `pass` tells one import of a path from
  // another: a file that changed is imported again.
  std::int64_t import(std::string_view path, std::int64_t pass, std::string_view text);
  // The document that this import has made, if it has.
  std::optional<std::int64_t> find(std::string_view path, std::int64_t pass);
  void remove(std::string_view path);
  void clear();
  // The paths of documents that hold all of these words, the best first.
  std::vector<std::string> search(std::vector<std::string> const& words);

 private:
  void remove_document(std::string_view path);

  pawl::sqlite::database db_;
  pawl::sqlite::statement find_, old_, remove_document_, remove_import_, add_document_, add_import_;
};

}  // namespace ingest_folder

#endif
