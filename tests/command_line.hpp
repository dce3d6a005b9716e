// Command lines of the proofs: a wrong one is explained on stderr, with exit code 2.
#ifndef PAWL_TESTS_COMMAND_LINE_HPP
#define PAWL_TESTS_COMMAND_LINE_HPP

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>

namespace proof {

// A check of an option: a number in plain digits, from `least` to `most`. CLI11 alone takes -1 for the greatest number
// there is, 010 for 8, and what is too great for the greatest.
inline CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  std::string const range = std::to_string(least) + " to " + std::to_string(most);
  return CLI::Validator(
      [=](std::string& text) {
        std::uint64_t number = 0;
        auto const [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
        bool const plain = wrong == std::errc() && text == std::to_string(number);
        return plain && number >= least && number <= most ? std::string()
                                                          : "'" + text + "' is no whole number from " + range;
      },
      range);
}

// Of what a chance is drawn from.
inline CLI::Validator a_seed() { return whole_number(0, 1'000'000'000'000'000'000); }

// Reads it. Answers the exit code where the program is to end at once: 0 it was asked for help, 2 it is wrong.
inline std::optional<int> read_command_line(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (CLI::ParseError const& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
}

}  // namespace proof

#endif
