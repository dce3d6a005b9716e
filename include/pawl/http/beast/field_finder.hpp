// Finds one value in a JSON document, in constant memory.
#ifndef PAWL_HTTP_BEAST_FIELD_FINDER_HPP
#define PAWL_HTTP_BEAST_FIELD_FINDER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::http::detail {

// Finds one value while nlohmann's parser reads, without keeping anything else: the parser itself does not recurse, but
// a document of its kind takes some 60 bytes for each '[' of a remote's, and writing it out recurses once for each.
class field_finder {
 public:
  explicit field_finder(std::string_view name) {
    for (std::string_view rest = name; !rest.empty();) {
      std::size_t const dot = rest.find('.');
      path_.emplace_back(rest.substr(0, dot));
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
  }
  // Once. False if the document is no JSON.
  bool read(std::string_view document) { return nlohmann::json::sax_parse(document, this); }
  std::optional<std::string>& found() { return found_; }

  // ---- for nlohmann::json::sax_parse; false ends it ----
  bool null() { return take(std::nullopt); }
  bool boolean(bool value) { return take(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) { return take(std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) { return take(std::to_string(value)); }
  bool number_float(double value, std::string const&) { return take(nlohmann::json(value).dump()); }
  bool string(std::string& value) { return take(std::move(value)); }
  bool binary(std::vector<std::uint8_t> const&) { return take(std::nullopt); }
  bool start_object(std::size_t) {
    if (is_next() && on_path_ < path_.size()) ++on_path_;
    return open();
  }
  bool key(std::string& name) {
    named_ = depth_ == on_path_ && name == path_[on_path_ - 1];
    return true;
  }
  bool start_array(std::size_t) {
    static_cast<void>(is_next());
    return open();
  }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, std::string const&, nlohmann::json::exception const&) { return false; }

 private:
  // What comes now has the name of the path's next part. Of several with one name the last counts, as it does for
  // nlohmann's documents and JavaScript's.
  bool is_next() {
    bool const next = depth_ == on_path_ && named_;
    if (next) found_.reset();
    return next;
  }
  bool take(std::optional<std::string> value) {
    if (is_next() && on_path_ == path_.size()) found_ = std::move(value);
    named_ = false;
    return true;
  }
  bool open() {
    ++depth_;
    named_ = false;
    return true;
  }
  bool close() {
    --depth_;
    on_path_ = (std::min)(on_path_, depth_);
    return true;
  }

  std::vector<std::string> path_{};
  std::size_t depth_ = 0;    // of the objects and arrays that are open
  std::size_t on_path_ = 0;  // so many of them, from the outermost on, are the path's
  bool named_ = true;        // the whole document needs no name
  std::optional<std::string> found_{};
};

}  // namespace pawl::inline PAWL_ABI::http::detail

#endif
