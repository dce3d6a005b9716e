// expect: use of deleted function|call to deleted member function
#include <string>

#include <pawl/sqlite/statement.hpp>

void ask(pawl::sqlite::statement& rows, std::string const& folder) {
  auto const pattern = folder + "/%";
#ifdef PAWL_FIXED
  rows.bind(1, pattern);
#else
  rows.bind(1, folder + "/%");
#endif
  rows.bind(2, "a literal");
}
