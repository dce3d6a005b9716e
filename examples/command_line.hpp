// The words of a command line as CLI11 should read them.
#ifndef PAWL_EXAMPLES_COMMAND_LINE_HPP
#define PAWL_EXAMPLES_COMMAND_LINE_HPP

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <CLI/Option.hpp>

namespace command_line {

inline bool takes_value(CLI::App const& app, std::string const& name) {
  if (!name.starts_with('-')) return false;  // a positional one is found by its name too
  auto const has = [&name](CLI::App const& one) {
    auto const* const option = one.get_option_no_throw(name);
    return option != nullptr && option->get_items_expected_min() > 0;
  };
  auto const subcommands = app.get_subcommands([](CLI::App const*) { return true; });
  return has(app) || std::any_of(subcommands.begin(), subcommands.end(), [&](auto const* one) { return has(*one); });
}

// In the order in which App::parse() takes a vector: the last one first. CLI11 alone takes whatever follows an option
// for its value, another option too, so that `--html --quick` writes a page called --quick; `--html=` would take the
// next word as well; and a negative number it takes for an option. Throws CLI::ArgumentMismatch.
inline std::vector<std::string> words(CLI::App const& app, int argc, char const* const* argv) {
  std::vector<std::string> all;
  for (int i = 1; i < argc; ++i) {
    std::string const word = argv[i];
    if (word == "--") {  // no options behind it
      all.insert(all.end(), argv + i, argv + argc);
      break;
    }
    auto const equals = word.find('=');
    if (equals + 1 == word.size() && takes_value(app, word.substr(0, equals))) {
      all.push_back(word.substr(0, equals));
      all.emplace_back();
      continue;
    }
    if (!takes_value(app, word) || i + 1 == argc) {
      all.push_back(word);
      continue;
    }
    std::string_view const value = argv[++i];
    if (value.starts_with("--"))
      throw CLI::ArgumentMismatch(word + " needs a value, and what follows is the option '" + std::string(value) + "'");
    bool const negative = value.size() > 1 && value[0] == '-';
    all.push_back(negative ? word + "=" + std::string(value) : word);
    if (!negative) all.emplace_back(value);
  }
  std::reverse(all.begin(), all.end());
  return all;
}

}  // namespace command_line

#endif
