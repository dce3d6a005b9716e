// The table of files, and how it is brought up to date with the folder.
#ifndef GEMINI_INGEST_CATALOGUE_HPP
#define GEMINI_INGEST_CATALOGUE_HPP

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include <pawl/pawl.hpp>

#include "../folder_table.hpp"
#include "lifecycle.hpp"

namespace gemini_ingest {

class catalogue {
 public:
  using store_type = pawl::sqlite::store<files_table>;

  // Opens the database at `path`, and makes it where it may be written. Throws pawl::store_error with the path.
  catalogue(std::string path, pawl::sqlite::options options);

  store_type& store() { return files_.store(); }

  // A database belongs to one folder: notes it, or throws std::runtime_error where it is another one. Answers the job's
  // identity, drawn the first time.
  std::string belong_to(std::filesystem::path const& folder);
  // The File Search store that its files are in; empty before it is known.
  struct noted_store {
    std::string name;      // "fileSearchStores/..."
    bool is_fake = false;  // of the service inside the program, which ends with it
  };
  std::optional<noted_store> remote_store();
  void note_remote_store(noted_store const& now);

  // Makes the table agree with the regular files below the folder: new ones are added, those with another content begin
  // again, those that are gone vanish. `database`, and what is kept beside it, are none of them.
  folder_changes look_at(std::filesystem::path const& folder, std::string const& database);
  // Lets failed and parked files begin again. So many they were.
  std::size_t retry();
  // Drops the rows of files of which nothing is kept any more.
  void drop_gone() { files_.drop_gone(); }

 private:
  folder_table<files_table, restart, vanish> files_;
};

}  // namespace gemini_ingest

#endif
