// Arbitrary text in every report: the output is well-formed and harmless, and the name is unchanged.
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/input.hpp"
#include "hostile/outlets.hpp"

int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text = fuzz::input(data, size).rest();
  for (auto const& broken : {hostile::in_escaped(text), hostile::in_json(text), hostile::in_markup(text),
                             hostile::in_prometheus(text), hostile::in_text_table(text)})
    fuzz::require(broken.empty(), broken);
  if (size % 64 == 63) {  // the slow ones
    for (auto const& broken : {hostile::in_traces(text), hostile::in_html_page(text), hostile::in_inspection(text)})
      fuzz::require(broken.empty(), broken);
  }
  return 0;
}
