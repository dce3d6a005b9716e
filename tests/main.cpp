// main() of all test programs, compiled once. PAWL_TEST_LOCALE names a locale, of C and of C++, to run them in.
#include <clocale>
#include <cstdlib>
#include <iostream>
#include <locale>
#include <stdexcept>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

int main(int argc, char* argv[]) {
  if (char const* const name = std::getenv("PAWL_TEST_LOCALE")) {
    try {
      std::locale::global(std::locale{name});
    } catch (std::runtime_error const& e) {
      std::cerr << "there is no locale " << name << ": " << e.what() << '\n';
      return 2;
    }
    std::cerr << "in " << name << " one and a half is 1" << std::localeconv()->decimal_point << "5\n";
  }
  return Catch::Session().run(argc, argv);
}
