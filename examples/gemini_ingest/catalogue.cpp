#include "catalogue.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "../files_below.hpp"
#include "local_file.hpp"

namespace gemini_ingest {

namespace fs = std::filesystem;

static pawl::sqlite::database& with_tables(pawl::sqlite::database& db) {
  if (!db.reads_only()) db.execute(files_ddl);
  return db;
}

catalogue::catalogue(std::string path, pawl::sqlite::options options)
    : db_(std::move(path), std::move(options)), store_(with_tables(db_)) {}

// ---- the job ----

std::string catalogue::belong_to(fs::path const& folder) {
  auto s = db_.prepare("SELECT folder,identity FROM job");
  if (s.step()) {
    fs::path const before{std::string(s.text(0))};
    if (before == folder) return std::string(s.text(1));
    throw std::runtime_error(fmt::format("{} is the database of '{}', not of '{}': give each folder one of its own",
                                         db_.path(), pawl::escaped(before.native()), pawl::escaped(folder.native())));
  }
  std::random_device random;
  auto const identity = fmt::format("{:08x}{:08x}", random(), random());
  auto note = db_.prepare("INSERT INTO job(folder,identity) VALUES(?1,?2)");
  note.bind(1, std::string_view(folder.native()));
  note.bind(2, std::string_view(identity));
  note.step();
  return identity;
}

std::optional<std::string> catalogue::remote_store() {
  auto s = db_.prepare("SELECT store FROM job WHERE store IS NOT NULL");
  if (!s.step()) return std::nullopt;
  return std::string(s.text(0));
}

void catalogue::note_remote_store(std::string const& name) {
  auto note = db_.prepare("UPDATE job SET store=?1");
  note.bind(1, std::string_view(name));
  note.step();
}

// ---- the folder ----

struct found_file {
  std::int64_t size = 0, modified = 0;
  friend bool operator==(found_file const&, found_file const&) = default;
};
using found_files = std::unordered_map<std::string, found_file>;  // by path, relative to the folder

// What this program keeps itself, and SQLite beside it.
static bool is_own(std::string_view path, std::string_view database) {
  if (!path.starts_with(database)) return false;
  auto const rest = path.substr(database.size());
  for (std::string_view own : {"", ".files.lock", "-wal", "-shm", "-journal"})
    if (rest == own) return true;
  return false;
}

static found_files files_of(fs::path const& folder, std::string const& database, std::vector<std::string>& unreadable) {
  auto all = files_below(
      folder, [&](std::string_view path) { return is_own(path, database); }, [] { return false; });
  for (auto const& [path, why] : all.unreadable)
    unreadable.push_back(pawl::escaped(path.native()) + ": " + why.message());
  found_files found;
  for (auto& file : all.files) found[std::move(file.path)] = {file.size, file.modified};
  return found;
}

// A file as the table has it.
struct known_file {
  any_file item;
  std::string hash;
  found_file read;  // as it was when its content was read
  found_file seen;  // as it was when the folder was looked at last
};

static std::vector<known_file> read_all(pawl::sqlite::database& db) {
  std::vector<known_file> all;
  auto s = db.prepare("SELECT rowid,path,version,state,hash,size,modified,seen_size,seen_modified FROM files");
  while (s.step()) {
    auto const state = pawl::machine<file_lifecycle>::hydrate(s.text(3));
    if (!state) continue;
    all.push_back({any_file(std::string(s.text(1)), s.integer(2), state->state(), s.integer(0)),
                   std::string(s.text(4)),
                   {s.integer(5), s.integer(6)},
                   {s.integer(7), s.integer(8)}});
  }
  return all;
}

// Is it to begin again? Of a file that was read its size and its time answer for most contents.
static bool has_changed(known_file const& known, found_file const& now, fs::path const& path) {
  switch (known.item.state) {
    case removing:
    case gone:
      return true;  // it is back
    case failed:
      return known.seen != now;
    case sending:
      return known.read != now;  // nothing is lost by another look
    case stored:
    case importing:
    case indexed:
      break;
    case found:
    case clearing:
      return false;  // it will be read as it is then
  }
  if (known.read == now || known.seen == now) return false;
  if (known.read.size != now.size) return true;
  auto const content = read_content(path);
  return !content || content->hash != known.hash;  // where it cannot be read, another try will say why
}

// ---- making the table agree ----

// False: somebody else has moved it, or its state does not accept the event.
template <class Event> bool catalogue::fire(any_file const& item, Event const& event) {
  return pawl::visit(
      [&]<auto S>(file<S> it) {
        if constexpr (pawl::accepts<file_lifecycle, S, Event>)
          return static_cast<bool>(store_.apply(it, event));
        else
          return false;
      },
      item);
}

// All of it in one transaction.
template <class Work> static void in_transaction(pawl::sqlite::database& db, Work work) {
  db.begin();
  try {
    work();
    db.commit();
  } catch (...) {
    db.rollback();
    throw;
  }
}

changes catalogue::look_at(fs::path const& folder, std::string const& database) {
  changes seen;
  auto here = files_of(folder, database, seen.unreadable);
  seen.files = here.size();
  bool const all_read = seen.unreadable.empty();
  auto insert = db_.prepare("INSERT INTO files(path,seen_size,seen_modified) VALUES(?1,?2,?3)");
  auto note = db_.prepare("UPDATE files SET seen_size=?2,seen_modified=?3 WHERE path=?1");
  auto const write = [](pawl::sqlite::statement& s, std::string_view path, found_file const& file) {
    s.bind(1, path);
    s.bind(2, file.size);
    s.bind(3, file.modified);
    s.step();
    s.reset();
  };

  in_transaction(db_, [&] {
    for (auto const& one : read_all(db_)) {
      auto const at = here.find(one.item.key);
      if (at == here.end()) {
        // What stands below a folder that could not be read is not known to be gone.
        if (all_read) seen.vanished += fire(one.item, vanish{}) ? 1U : 0U;
        continue;
      }
      auto const now = at->second;
      here.erase(at);
      if (has_changed(one, now, folder / one.item.key)) seen.changed += fire(one.item, restart{}) ? 1U : 0U;
      if (one.seen != now) write(note, one.item.key, now);
    }
    for (auto const& [path, file] : here) write(insert, path, file);
  });
  seen.added = here.size();
  return seen;
}

std::size_t catalogue::retry() {
  std::size_t retried = 0;
  for (auto const& parked : store_.parked((std::numeric_limits<std::int32_t>::max)()))
    retried += store_.release(parked.item.key) ? 1U : 0U;
  in_transaction(db_, [&] {
    for (auto const& one : read_all(db_))
      if (one.item.state == failed && fire(one.item, restart{})) ++retried;
  });
  return retried;
}

void catalogue::drop_gone() { db_.execute("DELETE FROM files WHERE state='gone'"); }

}  // namespace gemini_ingest
