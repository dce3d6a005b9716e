#include "search_index.hpp"

#include <utility>

namespace ingest_folder {

search_index::search_index(std::string path, pawl::sqlite::options options) : db_(std::move(path), std::move(options)) {
  if (!db_.reads_only())
    db_.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS documents USING fts5(path UNINDEXED, body);"
        "CREATE TABLE IF NOT EXISTS imports(path TEXT PRIMARY KEY, pass INTEGER NOT NULL, document INTEGER NOT NULL)");
  find_ = db_.prepare("SELECT document FROM imports WHERE path=?1 AND pass=?2");
  old_ = db_.prepare("SELECT document FROM imports WHERE path=?1");
  if (db_.reads_only()) return;
  remove_document_ = db_.prepare("DELETE FROM documents WHERE rowid=?1");
  remove_import_ = db_.prepare("DELETE FROM imports WHERE path=?1");
  add_document_ = db_.prepare("INSERT INTO documents(path,body) VALUES(?1,?2)");
  add_import_ = db_.prepare("INSERT INTO imports(path,pass,document) VALUES(?1,?2,last_insert_rowid())");
}

std::int64_t search_index::import(std::string_view path, std::int64_t pass, std::string_view text) {
  db_.begin();
  try {
    remove_document(path);
    add_document_.bind(1, path);
    add_document_.bind(2, text);
    add_document_.step();
    add_document_.reset();
    std::int64_t const document = sqlite3_last_insert_rowid(db_.handle());
    add_import_.bind(1, path);
    add_import_.bind(2, pass);
    add_import_.step();
    add_import_.reset();
    db_.commit();
    return document;
  } catch (...) {
    db_.rollback();
    throw;
  }
}

std::optional<std::int64_t> search_index::find(std::string_view path, std::int64_t pass) {
  find_.bind(1, path);
  find_.bind(2, pass);
  std::optional<std::int64_t> document;
  if (find_.step()) document = find_.integer(0);
  find_.reset();
  return document;
}

void search_index::remove(std::string_view path) {
  db_.begin();
  try {
    remove_document(path);
    db_.commit();
  } catch (...) {
    db_.rollback();
    throw;
  }
}

void search_index::remove_document(std::string_view path) {
  old_.bind(1, path);
  std::optional<std::int64_t> document;
  if (old_.step()) document = old_.integer(0);
  old_.reset();
  if (!document) return;
  remove_document_.bind(1, *document);
  remove_document_.step();
  remove_document_.reset();
  remove_import_.bind(1, path);
  remove_import_.step();
  remove_import_.reset();
}

void search_index::clear() { db_.execute("BEGIN IMMEDIATE; DELETE FROM documents; DELETE FROM imports; COMMIT"); }

// Each word as FTS5 takes a text: in quotes, with the quotes in it doubled.
static std::string query_of(std::vector<std::string> const& words) {
  std::string query;
  for (auto const& word : words) {
    query += query.empty() ? "\"" : " \"";
    for (char c : word) query.append(c == '"' ? 2 : 1, c);
    query += '"';
  }
  return query;
}

std::vector<std::string> search_index::search(std::vector<std::string> const& words) {
  auto s = db_.prepare("SELECT path FROM documents WHERE documents MATCH ?1 ORDER BY rank, path");
  auto const query = query_of(words);
  s.bind(1, std::string_view(query));
  std::vector<std::string> paths;
  while (s.step()) paths.emplace_back(s.text(0));
  return paths;
}

}  // namespace ingest_folder
