// The folder of photos: which albums there are, and what is in a photo.
#ifndef ALBUM_LIBRARY_HPP
#define ALBUM_LIBRARY_HPP

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <pawl/core.hpp>

namespace photo_album {

class library {
 public:
  // Looks at all that is below the folder but what begins with `skipped`. Each folder that holds files *.jpg or *.jpeg is an
  // album, called by its path with the name of `folder` first: "Pictures/Rome". Throws std::runtime_error if there is none.
  library(std::filesystem::path const& folder, std::string const& skipped);

  std::filesystem::path const& folder() const { return folder_; }
  std::vector<std::string> titles() const;
  // The paths of an album's photos, which begin with its title.
  std::vector<std::string> photos_of(std::string const& title) const;
  // Folders that could not be read, with the reason.
  std::vector<std::string> const& unreadable() const { return unreadable_; }

  // The content of a photo.
  pawl::outcome<std::string> read(std::string const& photo) const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::vector<std::string>> albums_{};  // their photos, by title
  std::vector<std::string> unreadable_{};
};

// The folder, and the name, of a path as albums and photos have them.
std::string title_of(std::string const& photo);
std::string name_of(std::string const& photo);

}  // namespace photo_album

#endif
