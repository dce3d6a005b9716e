// A table of the files below a folder, and how it is brought up to date with the folder: shared by the examples that
// ingest files.
#ifndef EXAMPLES_FOLDER_TABLE_HPP
#define EXAMPLES_FOLDER_TABLE_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <pawl/pawl.hpp>
#include <pawl/report/escape.hpp>

#include "files_below.hpp"
#include "open_file.hpp"

// What tells one content of a file from another, mostly.
struct file_stamp {
  std::int64_t size = 0, modified = 0;
  friend bool operator==(file_stamp const&, file_stamp const&) = default;
};

// A file as the table has it.
template <class L> struct known_file {
  pawl::any_item<L> item;
  std::string hash;
  file_stamp read;  // when its content was read
  file_stamp seen;  // when the folder was looked at last
};

// What a look at the folder has found.
struct folder_changes {
  std::size_t files = 0;  // there are
  std::size_t added = 0, changed = 0, vanished = 0;
  std::vector<std::string> unreadable;  // folders, with the reason
};

// All of it in one transaction.
template <class Work> void in_transaction(pawl::sqlite::database& db, Work work) {
  db.begin();
  try {
    work();
    db.commit();
  } catch (...) {
    db.rollback();
    throw;
  }
}

// A database belongs to one folder.
inline void expect_same_folder(pawl::sqlite::database const& db, std::filesystem::path const& noted,
                               std::filesystem::path const& now) {
  if (noted == now) return;
  throw std::runtime_error(fmt::format("{} is the database of '{}', not of '{}': give each folder one of its own",
                                       db.path(), pawl::escaped(text_of_path(noted)),
                                       pawl::escaped(text_of_path(now))));
}

// The same, where the table `folder` has the note, of one row: made by the first call.
inline void expect_database_of(pawl::sqlite::database& db, std::filesystem::path const& folder) {
  auto noted = db.prepare("SELECT path FROM folder");
  if (noted.step()) return expect_same_folder(db, path_of_text(noted.text(0)), folder);
  auto note = db.prepare("INSERT INTO folder(path) VALUES(?1)");
  auto const text = text_of_path(folder);
  note.bind(1, std::string_view(text));
  note.step();
}

// The table is called "files" and has, beside the columns of pawl, hash, size and modified of a content that was read, and
// seen_size and seen_modified. Its lifecycle has an event for a file that is to begin again, one for a file that is not
// there any more, and a state "gone".
template <class Table, class Restart, class Vanish> class folder_table {
  using L = typename Table::lifecycle;

 public:
  using store_type = pawl::sqlite::store<Table>;
  using known = known_file<L>;

  // Opens the database at `path`, and makes it where it may be written. Throws pawl::store_error with the path.
  folder_table(std::string path, pawl::sqlite::options options, char const* ddl)
      : db_(std::move(path), std::move(options)), store_(with_tables(db_, ddl)) {}

  pawl::sqlite::database& db() { return db_; }
  store_type& store() { return store_; }

  // Makes the table agree with the regular files below the folder: new ones are added, those of which
  // has_changed(known, stamp, path) is true begin again, those that are gone vanish. The file `database` is none of them,
  // nor is what has its name with one of these endings.
  template <class HasChanged>
  folder_changes look_at(std::filesystem::path const& folder, std::string_view database,
                         std::span<std::string_view const> endings, HasChanged has_changed) {
    folder_changes found;
    auto here = read_folder(folder, database, endings, found.unreadable);
    found.files = here.size();
    bool const all_read = found.unreadable.empty();
    auto insert = db_.prepare("INSERT INTO files(path,seen_size,seen_modified) VALUES(?1,?2,?3)");
    auto update = db_.prepare("UPDATE files SET seen_size=?2,seen_modified=?3 WHERE path=?1");
    in_transaction(db_, [&] {
      for (auto const& one : read_all()) {
        auto const at = here.find(one.item.key);
        if (at == here.end()) {
          // What stands below a folder that could not be read is not known to be gone.
          if (all_read && fire(one.item, Vanish{})) ++found.vanished;
          continue;
        }
        auto const now = at->second;
        here.erase(at);
        if (has_changed(one, now, folder / path_of_text(one.item.key)) && fire(one.item, Restart{})) ++found.changed;
        if (one.seen != now) write(update, one.item.key, now);
      }
      for (auto const& [path, stamp] : here) write(insert, path, stamp);
    });
    found.added = here.size();
    return found;
  }

  // Lets parked files run again, and those in a state that is wanted begin again. So many they were.
  template <class Wanted> std::size_t retry(Wanted wanted) {
    std::size_t released = 0;
    for (auto const& parked : store_.parked((std::numeric_limits<std::int32_t>::max)()))
      if (store_.release(parked.item.key)) ++released;
    return released + restart_all(wanted);
  }
  template <class Wanted> std::size_t restart_all(Wanted wanted) {
    std::size_t restarted = 0;
    in_transaction(db_, [&] {
      for (auto const& one : read_all())
        if (wanted(one.item.state) && fire(one.item, Restart{})) ++restarted;
    });
    return restarted;
  }
  // Drops the rows of files of which nothing is kept any more.
  void drop_gone() { db_.execute("DELETE FROM files WHERE state='gone'"); }

 private:
  using stamps = std::unordered_map<std::string, file_stamp>;  // by path, relative to the folder

  static pawl::sqlite::database& with_tables(pawl::sqlite::database& db, char const* ddl) {
    if (!db.reads_only()) db.execute(ddl);
    return db;
  }

  static stamps read_folder(std::filesystem::path const& folder, std::string_view database,
                            std::span<std::string_view const> endings, std::vector<std::string>& unreadable) {
    auto const is_own = [&](std::string_view path) {
      if (!path.starts_with(database)) return false;
      auto const rest = path.substr(database.size());
      for (auto const ending : endings)
        if (rest == ending) return true;
      return rest.empty();
    };
    auto all = files_below(folder, is_own, [] { return false; });
    for (auto const& [path, why] : all.unreadable)
      unreadable.push_back(pawl::escaped(text_of_path(path)) + ": " + why.message());
    stamps found;
    for (auto& file : all.files) found[std::move(file.path)] = {file.size, file.modified};
    return found;
  }

  std::vector<known> read_all() {
    std::vector<known> all;
    auto s = db_.prepare("SELECT rowid,path,version,state,hash,size,modified,seen_size,seen_modified FROM files");
    while (s.step()) {
      auto const state = pawl::machine<L>::hydrate(s.text(3));
      if (!state) continue;
      all.push_back({pawl::any_item<L>(std::string(s.text(1)), s.integer(2), state->state(), s.integer(0)),
                     std::string(s.text(4)),
                     {s.integer(5), s.integer(6)},
                     {s.integer(7), s.integer(8)}});
    }
    return all;
  }
  static void write(pawl::sqlite::statement& s, std::string_view path, file_stamp const& stamp) {
    s.bind(1, path);
    s.bind(2, stamp.size);
    s.bind(3, stamp.modified);
    s.step();
    s.reset();
  }
  // False: somebody else has moved it, or its state does not accept the event.
  template <class Event> bool fire(pawl::any_item<L> const& item, Event const& event) {
    return pawl::visit(
        [&]<auto S>(pawl::item<L, S> it) {
          if constexpr (pawl::accepts<L, S, Event>)
            return static_cast<bool>(store_.apply(it, event));
          else
            return false;
        },
        item);
  }

  pawl::sqlite::database db_;
  store_type store_;
};

#endif
