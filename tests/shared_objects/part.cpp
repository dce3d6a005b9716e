// A shared object of which only its one function is seen from outside. PART is that function's name.
#include "shared_objects/part.hpp"

#include <exception>
#include <optional>
#include <typeinfo>

#include <pawl/sqlite/database.hpp>

namespace shared_objects {

static std::optional<pawl::sqlite::database> kept;
static void open(char const* path) { kept.emplace(path); }

static char const* ending_of(void (*attempt)(char const*), char const* path) {
  try {
    attempt(path);
    return "done";
  } catch (pawl::store_error const& e) {
    return e.id().data();
  } catch (pawl::error const&) {
    return "an error of another class";
  } catch (std::exception const&) {
    return "an error that is not pawl's";
  }
}

}  // namespace shared_objects

part PART() {
  return {shared_objects::open, shared_objects::ending_of, &typeid(pawl::error), &typeid(pawl::store_error)};
}
