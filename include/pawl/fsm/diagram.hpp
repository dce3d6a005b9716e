// A lifecycle as a diagram, and as a fingerprint.
#ifndef PAWL_FSM_DIAGRAM_HPP
#define PAWL_FSM_DIAGRAM_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pawl/fsm/enumerator.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/rendered.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

namespace detail {

// Words that Mermaid does not accept as the name of a state.
constexpr bool is_mermaid_word(std::string_view name) {
  for (std::string_view const word : {"as", "choice", "class", "classDef", "click", "default", "direction", "end",
                                      "fork", "hide", "join", "note", "root", "scale", "state", "style"}) {
    if (name == word) return true;
  }
  return false;
}
constexpr bool is_identifier(std::string_view text) { return last_identifier(text).size() == text.size(); }
constexpr bool is_mermaid_id(std::string_view name) { return is_identifier(name) && !is_mermaid_word(name); }

// Any text: characters with a meaning in Mermaid are written as character entities.
constexpr void write_mermaid_text(text_out out, std::string_view text) {
  if (is_identifier(text)) return out(text);
  for (char const c : text) {
    if (is_identifier_char(c) || c == ' ' || c == '-' || c == '.' || c == '/') {
      out(c);
    } else {
      out('#');
      out.number(static_cast<unsigned char>(c));
      out(';');
    }
  }
}

// By state index: whether the stored name can be written as it is. The others get an id and are written in quotes.
template <class Lifecycle>
inline constexpr auto stands_for_itself = [] {
  std::array<bool, state_count<Lifecycle>> plain{};
  for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = is_mermaid_id(stored_names<Lifecycle>[i]);
  return plain;
}();

template <class Lifecycle> struct mermaid_writer {
  static constexpr void id(text_out out, std::size_t state) {
    if (stands_for_itself<Lifecycle>[state]) return out(stored_names<Lifecycle>[state]);
    out("state_");
    out.number(state);
  }
  constexpr void operator()(text_out out) const {
    out("stateDiagram-v2\n");
    for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
      if (stands_for_itself<Lifecycle>[i]) continue;
      out("    state \"");
      write_mermaid_text(out, stored_names<Lifecycle>[i]);
      out("\" as ");
      id(out, i);
      out('\n');
    }
    out("    [*] --> ");
    id(out, state_index<Lifecycle>(initial_state<Lifecycle>));
    out('\n');
    for (auto const& row : rows<Lifecycle>) {
      out("    ");
      id(out, row.from);
      out(" --> ");
      id(out, row.to);
      out(" : ");
      write_mermaid_text(out, event_names<Lifecycle>[row.event]);
      out('\n');
    }
    for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
      if (roles_of<Lifecycle>[i] != role::goal && roles_of<Lifecycle>[i] != role::terminal) continue;
      out("    ");
      id(out, i);
      out(" --> [*]\n");
    }
  }
};

// FNV-1a, with every text closed by a byte that no UTF-8 text holds.
struct fnv {
  std::uint64_t value = 14695981039346656037u;
  constexpr fnv& byte(std::uint8_t b) {
    value = (value ^ b) * 1099511628211u;
    return *this;
  }
  constexpr fnv& text(std::string_view t) {
    for (char const c : t) byte(static_cast<std::uint8_t>(c));
    return byte(0xFF);
  }
  constexpr fnv& number(std::uint64_t n) {
    for (int i = 0; i < 8; ++i, n >>= 8) byte(static_cast<std::uint8_t>(n));
    return *this;
  }
};

}  // namespace detail

// The lifecycle as Mermaid's state diagram, one transition a line in the order in which they are written; goals and
// terminal states lead to the end. Ends with a newline, NUL-terminated.
template <a_lifecycle Lifecycle>
inline constexpr std::string_view mermaid = detail::rendered<detail::mermaid_writer<Lifecycle>{}>::view;

// Equal for two lifecycles with the same states (stored names, values, roles), initial state and transitions, in
// whatever order the transitions are written; the same on every compiler. Not for security: 64 bits of FNV-1a.
template <a_lifecycle Lifecycle>
inline constexpr std::uint64_t fingerprint = [] {
  detail::fnv hash;
  for (std::size_t i = 0; i < state_count<Lifecycle>; ++i) {
    hash.text(stored_names<Lifecycle>[i]);
    hash.number(static_cast<std::uint64_t>(detail::codes_of<Lifecycle>[i]));
    hash.byte(static_cast<std::uint8_t>(detail::roles_of<Lifecycle>[i]));
  }
  hash.number(state_index<Lifecycle>(initial_state<Lifecycle>));
  std::uint64_t sum = 0;
  for (auto const& row : rows<Lifecycle>) {
    detail::fnv one;
    one.byte(row.from).byte(row.to).text(event_names<Lifecycle>[row.event]);
    sum += one.value;
  }
  return hash.number(sum).value;
}();

}  // namespace pawl::inline PAWL_ABI

#endif
