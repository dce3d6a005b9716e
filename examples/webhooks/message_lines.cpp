#include "message_lines.hpp"

#include <cstddef>
#include <istream>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <pawl/report/escape.hpp>

#include "address.hpp"

namespace webhooks {

void expect_address(std::string const& url) {
  auto const to = address_of(url);
  if (to) return;
  std::string_view words = to.why().detail;
  if (words.starts_with("pawl: ")) words.remove_prefix(6);
  throw std::invalid_argument(fmt::format("cannot send to '{}': {}", pawl::escaped(url), pawl::escaped(words)));
}

static message message_of(std::string const& line) {
  auto const json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) throw std::invalid_argument("it is no JSON object");
  for (auto const& [name, value] : json.items())
    if (name != "url" && name != "payload" && name != "event")
      throw std::invalid_argument(
          fmt::format("it has a field '{}', and may have url, payload and event", pawl::escaped(name)));
  auto const text = [&json](char const* name) {
    auto const at = json.find(name);
    if (at == json.end()) return std::string();
    if (!at->is_string()) throw std::invalid_argument(fmt::format("its {} is no string", name));
    return at->get<std::string>();
  };
  message one{text("url"), "{}", text("event")};
  if (auto const at = json.find("payload"); at != json.end()) one.payload = at->dump();
  expect_address(one.url);
  return one;
}

std::vector<message> read_messages(std::istream& lines) {
  std::vector<message> all;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty()) continue;
    try {
      all.push_back(message_of(line));
    } catch (std::invalid_argument const& e) {
      throw std::invalid_argument(fmt::format("line {}: {}; nothing was added", number, e.what()));
    }
  }
  return all;
}

}  // namespace webhooks
