#include "catalogue.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "../open_file.hpp"
#include "local_file.hpp"

namespace gemini_ingest {

namespace fs = std::filesystem;

catalogue::catalogue(std::string path, pawl::sqlite::options options)
    : files_(std::move(path), std::move(options), files_ddl) {
  if (files_.db().reads_only()) return;
  auto s = files_.db().prepare("SELECT 1 FROM pragma_table_info('job') WHERE name='fake'");
  if (s.step()) return;
  s.reset();
  files_.db().execute("ALTER TABLE job ADD COLUMN fake INTEGER NOT NULL DEFAULT 0");  // made by an earlier version
}

// ---- the job ----

std::string catalogue::belong_to(fs::path const& folder) {
  auto s = files_.db().prepare("SELECT folder,identity FROM job");
  if (s.step()) {
    expect_same_folder(files_.db(), path_of_text(s.text(0)), folder);
    return std::string(s.text(1));
  }
  std::random_device random;
  auto identity = fmt::format("{:08x}{:08x}", random(), random());
  auto note = files_.db().prepare("INSERT INTO job(folder,identity) VALUES(?1,?2)");
  auto const text = text_of_path(folder);
  note.bind(1, std::string_view(text));
  note.bind(2, std::string_view(identity));
  note.step();
  return identity;
}

std::optional<catalogue::noted_store> catalogue::remote_store() {
  auto s = files_.db().prepare("SELECT store,fake FROM job WHERE store IS NOT NULL");
  if (!s.step()) return std::nullopt;
  return noted_store{std::string(s.text(0)), s.integer(1) != 0};
}

void catalogue::note_remote_store(noted_store const& now) {
  auto note = files_.db().prepare("UPDATE job SET store=?1,fake=?2");
  note.bind(1, std::string_view(now.name));
  note.bind(2, std::int64_t{now.is_fake});
  note.step();
}

// ---- the folder ----

// Is it to begin again? Of a file that was read its size and its time answer for most contents.
static bool has_changed(known_file<file_lifecycle> const& known, file_stamp const& now, fs::path const& path) {
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

folder_changes catalogue::look_at(fs::path const& folder, std::string const& database) {
  static constexpr std::array<std::string_view, 4> own{".files.lock", "-wal", "-shm", "-journal"};
  return files_.look_at(folder, database, own, has_changed);
}

std::size_t catalogue::retry() {
  return files_.retry([](file_state s) { return s == failed; });
}

}  // namespace gemini_ingest
