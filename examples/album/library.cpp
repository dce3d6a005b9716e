#include "library.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <pawl/report/escape.hpp>

#include "../file_trouble.hpp"
#include "../files_below.hpp"
#include "../open_file.hpp"

namespace photo_album {

namespace fs = std::filesystem;

static fs::path existing(fs::path const& folder) {
  std::error_code failed;
  auto path = fs::canonical(folder, failed);
  if (!failed && !fs::is_directory(path)) failed = std::make_error_code(std::errc::not_a_directory);
  if (!failed) return path;
  throw std::runtime_error(
      fmt::format("cannot read the folder '{}': {}", pawl::escaped(text_of_path(folder)), failed.message()));
}

static bool is_photo(std::string_view path) {
  auto const ends_in = [path](std::string_view ending) {
    return path.size() > ending.size() && std::equal(ending.rbegin(), ending.rend(), path.rbegin(), [](char a, char b) {
             return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
           });
  };
  return ends_in(".jpg") || ends_in(".jpeg");
}

library::library(fs::path const& folder, std::string const& skipped) : folder_(existing(folder)) {
  auto const found = files_below(
      folder_, [&](std::string_view path) { return path.starts_with(skipped); }, [] { return false; });
  for (auto const& file : found.files) {
    if (!is_photo(file.path)) continue;
    auto const photo = text_of_path(folder_.filename() / path_of_text(file.path));
    albums_[title_of(photo)].push_back(photo);
  }
  for (auto& [title, photos] : albums_) std::sort(photos.begin(), photos.end());
  for (auto const& [path, why] : found.unreadable)
    unreadable_.push_back(pawl::escaped(text_of_path(path)) + ": " + why.message());
  if (albums_.empty() && unreadable_.empty())
    throw std::runtime_error(
        fmt::format("there is no photo (*.jpg, *.jpeg) below '{}'", pawl::escaped(text_of_path(folder))));
}

std::vector<std::string> library::titles() const {
  std::vector<std::string> all;
  for (auto const& [title, photos] : albums_) all.push_back(title);
  return all;
}
std::vector<std::string> library::photos_of(std::string const& title) const {
  auto const found = albums_.find(title);
  return found == albums_.end() ? std::vector<std::string>() : found->second;
}

pawl::outcome<std::string> library::read(std::string const& photo) const try {
  constexpr std::size_t most = std::size_t{256} << 20;  // bytes
  auto const file = open_file::to_read(folder_.parent_path() / path_of_text(photo), links::refused);
  if (!file.look().is_file) return pawl::trouble::permanent("it is no regular file any more");
  std::string content;
  std::array<char, 65536> buffer;
  for (auto bytes = file.read(buffer); !bytes.empty(); bytes = file.read(buffer)) {
    content.append(bytes);
    if (content.size() > most) return pawl::trouble::permanent("it is larger than 256 MiB");
  }
  return content;
} catch (fs::filesystem_error const& e) {
  return trouble_of(e.code(), e.code().message());
}

std::string title_of(std::string const& photo) { return photo.substr(0, photo.rfind('/')); }
std::string name_of(std::string const& photo) { return photo.substr(photo.rfind('/') + 1); }

}  // namespace photo_album
