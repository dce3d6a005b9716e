// Books and their pages: parents and children, and pages of no book.
#ifndef PAWL_TESTS_BENCHMARK_TOGETHER_BOOKS_HPP
#define PAWL_TESTS_BENCHMARK_TOGETHER_BOOKS_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/store/item.hpp>

namespace together {

// Of two transitions, so that one in two ends a child: most lifecycles have more.
enum class page_state { blank, set, printed };
struct typeset {
  std::string font;
};
struct print {};
struct page : pawl::lifecycle<pawl::initial<page_state::blank>, pawl::goal<page_state::printed>,
                              pawl::transition<page_state::blank, typeset, page_state::set>,
                              pawl::transition<page_state::set, print, page_state::printed>> {
  static constexpr std::string_view name = "page";
};
struct steps {
  typeset operator()(pawl::item<page, page_state::blank>) const { return {"Garamond"}; }
  print operator()(pawl::item<page, page_state::set>) const { return {}; }
};

enum class book_state { planned, at_the_printer, printed };
struct order {};
struct all_printed {
  std::int64_t arrived, failed;
};
struct book
    : pawl::lifecycle<pawl::initial<book_state::planned>, pawl::gathers<book_state::at_the_printer, page, all_printed>,
                      pawl::goal<book_state::printed>,
                      pawl::transition<book_state::planned, order, book_state::at_the_printer>,
                      pawl::transition<book_state::at_the_printer, all_printed, book_state::printed>> {
  static constexpr std::string_view name = "book";
};

inline std::vector<std::string> keys_of(std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back("a book of ours, page " + std::to_string(100'000 + i));
  return keys;
}

// Items a second.
struct rates {
  double inserted = 0, ended = 0;
};
inline rates rates_of(std::size_t count, std::chrono::steady_clock::time_point begun,
                      std::chrono::steady_clock::time_point inserted, std::chrono::steady_clock::time_point ended) {
  auto const rate = [count](std::chrono::duration<double> in) { return static_cast<double>(count) / in.count(); };
  return {rate(inserted - begun), rate(ended - inserted)};
}

}  // namespace together

#endif
