// The database files that this process has open, or that its parent had open at fork().
#ifndef PAWL_SQLITE_OPEN_FILES_HPP
#define PAWL_SQLITE_OPEN_FILES_HPP

#include <utility>

#include <pawl/system/file_identity.hpp>
#include <pawl/system/fork_guard.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

// SQLite counts its locks on a file in memory; a child inherits the counts but not the locks. If it opened the file
// again, SQLite would take the parent's locks for the child's, and the child's commits could be lost. Therefore a child
// may not open such a file.
class PAWL_OF_PROCESS open_files {
 public:
  static open_files& of_process() {
    // Never destroyed: a static database may be closed after all other statics are destroyed.
    static open_files& all = *new open_files;
    return all;
  }
  open_files(open_files const&) = delete;
  open_files& operator=(open_files const&) = delete;

  void add(pawl::detail::file_identity file) {
    pawl::detail::fork_guard const guard;
    first_ = new entry{file, {}, first_};
  }
  void remove(pawl::detail::file_identity file) {
    pawl::detail::fork_guard const guard;
    for (entry** at = &first_; *at; at = &(*at)->next) {
      if (!((*at)->file == file && (*at)->opened.is_here())) continue;
      delete std::exchange(*at, (*at)->next);
      return;
    }
  }
  bool was_inherited(pawl::detail::file_identity file) {
    pawl::detail::fork_guard const guard;
    for (entry const* at = first_; at; at = at->next)
      if (at->file == file && !at->opened.is_here()) return true;
    return false;
  }

 private:
  struct entry {
    pawl::detail::file_identity file;
    pawl::detail::birthplace opened;
    entry* next;
  };

  open_files() noexcept { pawl::detail::count_forks(); }

  entry* first_ = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
