#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/names.hpp>

#include "catch.hpp"
#include "fsm/big_lifecycle.hpp"
#include "fsm/file_lifecycle.hpp"

namespace fsm_test {

struct go {};

template <auto First, auto Last>
struct pair_of : pawl::lifecycle<pawl::initial<First>, pawl::goal<Last>, pawl::transition<First, go, Last>> {
  static constexpr std::string_view name = "pair";
};

TEST_CASE("a state is stored under its enumerator's name", "[fsm]") {
  REQUIRE(pawl::state_name_of<file_lifecycle>(untracked) == "untracked");
  REQUIRE(pawl::stored_names<file_lifecycle>[4] == "failed");
  REQUIRE(pawl::stored_names<big_lifecycle>[63] == "s63");
}

TEST_CASE("stored names are NUL-terminated", "[fsm]") {
  for (std::string_view const name : pawl::stored_names<file_lifecycle>) {
    REQUIRE(name.data()[name.size()] == '\0');
  }
}

TEST_CASE("a value that is no state has no name, and an unknown name no index", "[fsm]") {
  REQUIRE(pawl::state_name_of<file_lifecycle>(file_state{9}).empty());
  REQUIRE(pawl::stored_index<file_lifecycle>("failed") == 4);
  REQUIRE(pawl::stored_index<file_lifecycle>("Failed") == 5);
  REQUIRE(pawl::stored_index<file_lifecycle>("") == 5);
  REQUIRE(pawl::stored_index<file_lifecycle>("faile") == 5);
}

enum class far_apart : std::int64_t {
  lowest = INT64_MIN,
  minus = -1,
  gap = 40,
  last = 127,
  over = 128,
  highest = INT64_MAX
};

TEST_CASE("enumerators have names whatever their value, in and beyond the values that are scanned", "[fsm]") {
  using lowest = pair_of<far_apart::lowest, far_apart::highest>;
  REQUIRE(pawl::state_name_of<lowest>(far_apart::lowest) == "lowest");
  REQUIRE(pawl::state_name_of<lowest>(far_apart::highest) == "highest");
  REQUIRE(pawl::state_name_of<lowest>(far_apart::gap) == "gap");
  REQUIRE(pawl::state_name_of<lowest>(far_apart::last) == "last");
  using middle = pair_of<far_apart::minus, far_apart::over>;
  REQUIRE(pawl::state_name_of<middle>(far_apart::minus) == "minus");
  REQUIRE(pawl::state_name_of<middle>(far_apart::over) == "over");
}

TEST_CASE("an enumerator beyond the scan that stands in no part is no state", "[fsm]") {
  using middle = pair_of<far_apart::minus, far_apart::over>;
  REQUIRE(pawl::state_name_of<middle>(far_apart::highest).empty());
}

// Values that a compiler may print as character literals, brackets and commas among them.
enum class letter : char { comma = ',', open = '(', close = ')', less = '<', brace = '}', quote = '\'', slash = '\\' };
enum class byte : unsigned char { first = 1, second = 200 };
enum class wide : char32_t { first = U',', second = U'\'' };

TEST_CASE("enums over character types and bytes have names too", "[fsm]") {
  using letters = pair_of<letter::comma, letter::slash>;
  REQUIRE(pawl::state_count<letters> == 7);
  REQUIRE(pawl::state_name_of<letters>(letter::comma) == "comma");
  REQUIRE(pawl::state_name_of<letters>(letter::open) == "open");
  REQUIRE(pawl::state_name_of<letters>(letter::quote) == "quote");
  REQUIRE(pawl::state_name_of<letters>(letter::slash) == "slash");
  REQUIRE(pawl::state_name_of<pair_of<byte::first, byte::second>>(byte::second) == "second");
  REQUIRE(pawl::state_name_of<pair_of<wide::first, wide::second>>(wide::second) == "second");
}

TEST_CASE("a character literal in a signature is skipped, whatever stands in it", "[fsm]") {
  REQUIRE(pawl::detail::skip_literal("'a', x", 0) == 2);
  REQUIRE(pawl::detail::skip_literal("'\\'', x", 0) == 3);
  REQUIRE(pawl::detail::skip_literal("'\\x01', x", 0) == 5);
  REQUIRE(pawl::detail::skip_literal("''', x", 0) == 2);
}

struct outer {
  enum class inner { here, there };
  enum plain : int { low, high };
  enum loose { red, green };
  struct event {};
  template <class T, class U> struct box {
    enum class state { full, empty };
    struct event {};
  };
};
namespace {
enum class hidden { in, out };
struct hidden_event {};
}  // namespace

TEST_CASE("names are read from a signature however a compiler spells it", "[fsm]") {
  using pawl::detail::enumerators_in_signature, pawl::detail::type_in_signature;
  using names = std::array<std::string_view, 4>;
  constexpr names wanted{"open", "shut", "", ""};
  // g++, clang, and MSVC as its documentation and others' readers of __FUNCSIG__ have it.
  constexpr std::string_view values[] = {
      "constexpr const char* pawl::detail::signature_of_values() [with auto ...Values = {ns::state::open, "
      "ns::of<ns::a, "
      "'>'>::shut, (ns::state)7, (ns::state)8}]",
      "const char *pawl::detail::signature_of_values() [Values = <ns::state::open, ns::of<ns::a, '>'>::shut, "
      "(ns::state)7, (ns::state)8>]",
      "const char *__cdecl pawl::detail::signature_of_values<ns::state::open,ns::of<struct ns::a,62>::shut,"
      "(enum ns::state)0x7,(ns::of<struct ns::a,62>)0x8>(void)",
      "const char *__cdecl "
      "pawl::detail::signature_of_values<`anonymous-namespace'::state::open,`anonymous-namespace'::of<"
      "struct ns::a,62>::shut,(enum `anonymous-namespace'::state)0x7,(`anonymous-namespace'::state)0x8>(void)"};
  for (std::string_view const signature : values) CHECK(enumerators_in_signature<4>(signature) == wanted);
  constexpr std::string_view types[] = {
      "constexpr const char* pawl::detail::signature_of_type() [with Type = ns::album]",
      "const char *pawl::detail::signature_of_type() [Type = ns::album]",
      "const char *__cdecl pawl::detail::signature_of_type<struct ns::album>(void)",
      "const char *__cdecl pawl::detail::signature_of_type<struct `anonymous-namespace'::album>(void)"};
  for (std::string_view const signature : types) CHECK(type_in_signature(signature) == "album");
  constexpr std::string_view instances[] = {
      "constexpr const char* pawl::detail::signature_of_type() [with Type = ns::box<int>]",
      "const char *pawl::detail::signature_of_type() [Type = ns::box<int>]",
      "const char *__cdecl pawl::detail::signature_of_type<struct ns::box<int> >(void)",
      "const char *__cdecl pawl::detail::signature_of_type<struct ns::box<void (void)> >(void)"};
  for (std::string_view const signature : instances) CHECK(type_in_signature(signature).empty());
}

TEST_CASE("an enum may stand in a struct, in a class template or in an unnamed namespace", "[fsm]") {
  REQUIRE(pawl::state_name_of<pair_of<outer::inner::here, outer::inner::there>>(outer::inner::there) == "there");
  REQUIRE(pawl::state_name_of<pair_of<outer::low, outer::high>>(outer::high) == "high");
  REQUIRE(pawl::state_name_of<pair_of<outer::red, outer::green>>(outer::green) == "green");
  REQUIRE(pawl::state_name_of<pair_of<hidden::in, hidden::out>>(hidden::out) == "out");
  using boxed = outer::box<int, long>::state;
  REQUIRE(pawl::state_name_of<pair_of<boxed::full, boxed::empty>>(boxed::empty) == "empty");
}

namespace pinned {
enum class phase { draft, review, released };
constexpr std::string_view state_name(phase p) {
  return p == phase::draft ? "Entwurf" : p == phase::review ? "under review" : "released";
}
struct edit {};
struct approve {};
struct document : pawl::lifecycle<pawl::initial<phase::draft>, pawl::goal<phase::released>,
                                  pawl::transition<phase::draft, edit, phase::review>,
                                  pawl::transition<phase::review, approve, phase::released>> {};
}  // namespace pinned

TEST_CASE("a state_name beside the enum pins the stored names", "[fsm]") {
  REQUIRE(pawl::valid<pinned::document>);
  REQUIRE(pawl::state_name_of<pinned::document>(pinned::phase::draft) == "Entwurf");
  REQUIRE(pawl::state_name_of<pinned::document>(pinned::phase::review) == "under review");
  REQUIRE(pawl::stored_index<pinned::document>("under review") == 1);
  REQUIRE(pawl::stored_index<pinned::document>("review") == 3);
  REQUIRE(std::string{pawl::stored_names<pinned::document>[0].data()} == "Entwurf");
}

TEST_CASE("an event is called by the last identifier of its type", "[fsm]") {
  struct local {};
  REQUIRE(pawl::event_name<complete_upload>() == "complete_upload");
  REQUIRE(pawl::event_name<pinned::edit>() == "edit");
  REQUIRE(pawl::event_name<outer::event>() == "event");
  REQUIRE(pawl::event_name<outer::box<int, long>::event>() == "event");
  REQUIRE(pawl::event_name<hidden_event>() == "hidden_event");
  REQUIRE(pawl::event_name<local>() == "local");
}

struct renamed {
  static constexpr std::string_view name = "its own";
};
struct renamed_in_c {
  static constexpr char name[] = "c text";
};
struct person {
  std::string name;  // a field, and no name of the event
};

TEST_CASE("a static name wins over the type's, and a field called name does not", "[fsm]") {
  REQUIRE(pawl::event_name<renamed>() == "its own");
  REQUIRE(pawl::event_name<renamed_in_c>() == "c text");
  REQUIRE(pawl::event_name<person>() == "person");
}

TEST_CASE("the type of a template instance gives no name, since compilers spell it in different ways", "[fsm]") {
  REQUIRE(pawl::event_name<outer::box<unsigned long, int>>().empty());
}

TEST_CASE("events are called by index as they are by type", "[fsm]") {
  REQUIRE(pawl::event_names<file_lifecycle>.size() == 8);
  REQUIRE(pawl::event_names<file_lifecycle>[7] == "retry");
}

TEST_CASE("a lifecycle is called by its struct or by its static name", "[fsm]") {
  REQUIRE(pawl::lifecycle_name<file_lifecycle>() == "file_lifecycle");
  REQUIRE(pawl::lifecycle_name<pair_of<outer::low, outer::high>>() == "pair");
}

}  // namespace fsm_test
