// The names of enumerators and types, read from the text that the compiler gives a function's signature.
#ifndef PAWL_FSM_ENUMERATOR_HPP
#define PAWL_FSM_ENUMERATOR_HPP

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// One signature for a whole pack of values: a function for each value would cost far more to compile.
// g++ ends it with `[with auto ...Values = {ns::state::open, (ns::state)1}]`, clang with `[Values = <...>]`, and in MSVC's
// they stand where they are given: `signature_of_values<ns::state::open,(ns::state)0x1>(void)`.
template <auto... Values> constexpr char const* signature_of_values() { return PAWL_SIGNATURE; }
template <class Type> constexpr char const* signature_of_type() { return PAWL_SIGNATURE; }

constexpr bool is_identifier_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The identifier that `text` ends with: empty for `(ns::state)7`, `boxed<int>` and lambdas.
constexpr std::string_view last_identifier(std::string_view text) {
  char const* const chars = text.data();
  std::size_t begin = text.size();
  while (begin > 0 && is_identifier_char(chars[begin - 1])) --begin;
  bool const number = begin < text.size() && chars[begin] >= '0' && chars[begin] <= '9';
  return number ? std::string_view{} : std::string_view{chars + begin, text.size() - begin};
}

// The position behind the character literal that opens at `text[i]`: `'a'`, `'\''`, `'\x01'`.
constexpr std::size_t skip_literal(char const* text, std::size_t i) {
  i += text[i + 1] == '\\' ? std::size_t{3} : std::size_t{2};
  while (text[i] != '\'') ++i;
  return i;
}

// What follows the first of these marks that is in the signature.
constexpr std::string_view behind_mark(std::string_view signature, std::string_view mark, std::string_view msvc_mark) {
  std::size_t const at = signature.find(mark);
  std::size_t const behind =
      at == std::string_view::npos ? signature.find(msvc_mark) + msvc_mark.size() : at + mark.size();
  return {signature.data() + behind, signature.size() - behind};
}

// For each value of the pack in this signature its enumerator's name; empty where no enumerator has the value.
template <std::size_t Count>
constexpr std::array<std::string_view, Count> enumerators_in_signature(std::string_view signature) {
  std::array<std::string_view, Count> names{};
  char const* const text = behind_mark(signature, "Values = ", "signature_of_values").data() + 1;  // behind the bracket
  std::size_t begin = 0, found = 0;
  int depth = 0;
  for (std::size_t i = 0; found < names.size(); ++i) {
    char const c = text[i];
    if (c > '>' && c != '{' && c != '}' && c != '`') continue;  // letters: most of the text, which may be long
    if (c == '`') {                                             // `anonymous-namespace'
      while (text[i] != '\'') ++i;
    } else if (c == '\'') {
      i = skip_literal(text, i);
    } else if (c == '(' || c == '<' || c == '{') {
      ++depth;
    } else if (depth > 0) {
      if (c == ')' || c == '>' || c == '}') --depth;
    } else if (c == ',' || c == '}' || c == '>') {
      names[found++] = last_identifier({text + begin, i - begin});
      begin = i + 1;
    }
  }
  return names;
}
template <auto... Values> constexpr auto read_enumerators() {
  return enumerators_in_signature<sizeof...(Values)>(signature_of_values<Values...>());
}

// Without a fixed underlying type a value beyond the enumerators is undefined behaviour, so such enums cannot be
// scanned.
template <class Enum>
concept scannable = std::is_enum_v<Enum> && requires {
  Enum{std::underlying_type_t<Enum>{}};
};

inline constexpr std::size_t scanned_values = 128;

template <class Enum> constexpr std::size_t scan_length() {
  if constexpr (scannable<Enum>) {
    constexpr auto largest = (std::numeric_limits<std::underlying_type_t<Enum>>::max)();
    return largest < scanned_values - 1 ? static_cast<std::size_t>(largest) + 1 : scanned_values;
  } else {
    return 0;
  }
}
template <class Enum, std::size_t... Value> constexpr auto scan(std::index_sequence<Value...>) {
  return read_enumerators<static_cast<Enum>(Value)...>();
}

// scan_of<Enum>[v] is the name of the enumerator with the value v, for v in 0..127; empty where there is none.
template <class Enum> inline constexpr auto scan_of = scan<Enum>(std::make_index_sequence<scan_length<Enum>()>{});

// A copy of a name, NUL-terminated, so that the whole signature does not stay in the program.
template <std::size_t Size> struct fixed_text {
  char chars[Size + 1]{};
  constexpr explicit fixed_text(std::string_view text) {
    for (std::size_t i = 0; i < Size; ++i) chars[i] = text[i];
  }
  constexpr std::string_view view() const { return {chars, Size}; }
};
// `[with Type = ns::album]`, `[Type = ns::album]`, `signature_of_type<struct ns::album>(void)`.
constexpr std::string_view type_in_signature(std::string_view signature) {
  std::string_view const text = behind_mark(signature, "Type = ", "signature_of_type<");
  constexpr std::string_view msvc_end = ">(void)";
  bool const msvc = text.size() > msvc_end.size() && text.substr(text.size() - msvc_end.size()) == msvc_end;
  return last_identifier({text.data(), text.size() - (msvc ? msvc_end.size() : 1)});
}
template <class Type> constexpr std::string_view read_type_name() {
  return type_in_signature(signature_of_type<Type>());
}
template <class Type> inline constexpr fixed_text<read_type_name<Type>().size()> type_name{read_type_name<Type>()};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
