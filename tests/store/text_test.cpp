// The texts of messages.
#include <cstddef>
#include <string>

#include <pawl/store/text.hpp>

#include "catch.hpp"

namespace text_test {

using pawl::detail::wording::excerpt;

TEST_CASE("a long text is cut for a message, and no character is", "[store]") {
  CHECK(excerpt("").empty());
  CHECK(excerpt(std::string(300, 'a')) == std::string(300, 'a'));
  CHECK(excerpt(std::string(301, 'a')) == std::string(300, 'a'));
  for (std::string const character : {"\u00fc", "\u20ac", "\U0001f600"})
    for (std::size_t before = 300 - character.size(); before <= 300; ++before) {
      CAPTURE(character, before);
      bool const fits = before + character.size() <= 300;
      CHECK(excerpt(std::string(before, 'a') + character + "b") ==
            (fits ? (std::string(before, 'a') + character + "b").substr(0, 300) : std::string(before, 'a')));
    }
}

}  // namespace text_test
