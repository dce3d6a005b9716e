// An event and its fields in words: `mail("a receipt", 7, NULL)`.
#ifndef PAWL_STORE_EVENT_TEXT_HPP
#define PAWL_STORE_EVENT_TEXT_HPP

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// Texts in quotation marks and on one line, bytes as x'0aff', an enumerator as its number.
inline std::string field_text(std::string const& value) { return '"' + visible_text(value, U'"') + '"'; }
inline std::string field_text(std::vector<std::byte> const& value) {
  std::string text = "x'";
  for (std::byte const one : value) text += in_hexadecimal(std::to_integer<unsigned long>(one), 2);
  return text += '\'';
}
template <integer_like T> std::string field_text(T value) {
  using integer = typename integer_of<T>::type;
  if constexpr (std::is_same_v<T, bool>)
    return value ? "true" : "false";
  else if constexpr (std::is_unsigned_v<integer>)
    return std::to_string(static_cast<unsigned long long>(value));
  else
    return std::to_string(static_cast<long long>(value));
}
template <std::floating_point T> std::string field_text(T value) {
  char digits[64];
  auto const written = std::to_chars(digits, digits + sizeof digits, value);
  return std::string(digits, written.ptr);
}
template <class T>
  requires is_optional<T> std::string field_text(T const& value) {
    return value ? field_text(*value) : std::string("NULL");
  }

template <class Event> std::string event_text(Event const& event) {
  std::string text(event_name<Event>());
  if constexpr (!std::is_empty_v<Event> && recordable<Event>) {
    with_fields(event, [&text](auto const&... field) {
      char before = '(';
      ((text.append(1, before).append(before == ',' ? " " : "").append(field_text(field)), before = ','), ...);
    });
    text += ')';
  }
  return text;
}

// The events that may have brought an item into its state, with their fields: those that are recorded, or else those
// that have no fields.
template <class Store> class arrival {
  using L = typename Store::lifecycle;

 public:
  arrival(Store& store, any_item<L> const& it) {
    look<0>(store, it);
    if (recorded_.empty()) recorded_ = without_fields_;
  }
  std::string const& text() const { return recorded_; }

 private:
  template <std::size_t Event> void look(Store& store, any_item<L> const& it) {
    if constexpr (Event < events_of<L>::size) {
      using E = nth_t<Event, events_of<L>>;
      for (auto const& row : rows<L>) {
        if (row.event != Event || row.to != state_index<L>(it.state)) continue;
        note<E>(store, it);
        break;
      }
      look<Event + 1>(store, it);
    }
  }
  template <class E> void note(Store& store, any_item<L> const& it) {
    if constexpr (std::is_empty_v<E>) {
      add(without_fields_, std::string(event_name<E>()));
    } else {
      try {
        if (auto const event = store.template recorded<E>(it)) add(recorded_, event_text(*event));
      } catch (store_error const& e) {
        if (e.what_failed() != store_failure::rejected) throw;
        add(recorded_, std::string(event_name<E>()) + ", whose fields cannot be read");
      }
    }
  }
  static void add(std::string& list, std::string const& event) {
    if (!list.empty()) list += " or ";
    list += event;
  }

  std::string recorded_{}, without_fields_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
