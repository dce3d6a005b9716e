// The folder of what is made: thumbnails and pages, each there as a whole or not at all.
#ifndef ALBUM_GALLERY_HPP
#define ALBUM_GALLERY_HPP

#include <atomic>
#include <filesystem>
#include <string_view>

#include <pawl/core.hpp>

namespace photo_album {

class gallery {
 public:
  // Makes the folder. What is under way is written beside it, in FOLDER.new, which is removed with what killed processes have
  // left there: there must be one at a time.
  explicit gallery(std::filesystem::path folder);
  gallery(gallery const&) = delete;
  gallery& operator=(gallery const&) = delete;
  ~gallery();

  // A file of this name, a path below the folder, with this content. Returns when the disk has it. A folder that may not be
  // written, or is full, is trouble that ends a run, for no photo is to blame. May be called on several threads, with
  // different names.
  pawl::outcome<pawl::done_t> put(std::filesystem::path const& name, std::string_view content);

 private:
  std::filesystem::path folder_, unfinished_;
  std::atomic<unsigned> files_{0};
};

}  // namespace photo_album

#endif
