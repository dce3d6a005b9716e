// What events have recorded, as text: read from the bytes of store/record.hpp without the events' types.
#ifndef PAWL_CONSOLE_RECORDED_FIELD_HPP
#define PAWL_CONSOLE_RECORDED_FIELD_HPP

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/console/console.hpp>
#include <pawl/console/shown_part.hpp>
#include <pawl/store/event_text.hpp>
#include <pawl/store/record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// A field's value in two forms: as it is, bytes as x'0aff', and as a sentence quotes it.
struct field_value {
  std::optional<std::string> plain{};  // empty: NULL
  std::string quoted = "NULL";
  std::size_t size = 0;  // as in seen_field
};

inline std::string in_hexadecimal_bytes(std::string_view bytes) {
  std::string text = "x'";
  for (char const one : bytes) text += in_hexadecimal(static_cast<unsigned char>(one), 2);
  return text += '\'';
}

// Of a value of `size` bytes the first ones, of which at most `most` are shown.
inline field_value text_value(std::string_view beginning, std::size_t size, std::size_t most) {
  beginning = beginning.substr(0, most);
  if (beginning.size() == size) return {std::string(beginning), field_text(std::string(beginning)), 0};
  std::string text(without_torn_end(beginning));
  std::string quoted = field_text(text) + cut_mark(size);
  return {std::move(text), std::move(quoted), size};
}
inline field_value bytes_value(std::string_view beginning, std::size_t size, std::size_t most) {
  beginning = beginning.substr(0, most);
  std::string text = in_hexadecimal_bytes(beginning);
  if (beginning.size() == size) return {text, text, 0};
  return {text, text + cut_mark(size), size};
}

// What an event has recorded: the bytes of its fields, or the first of them.
struct recorded_bytes {
  std::string event{};
  std::string fields{};
  std::size_t size = 0;  // of all fields, where `fields` are only the first bytes; 0: they are whole

  bool is_part() const noexcept { return size > fields.size(); }
};

// Reads field after field of an event. An integer, a bool and an enumerator are recorded alike: as a number.
class field_reader {
 public:
  // `most`: of so many bytes of a field's value the rest is not told.
  field_reader(recorded_bytes const& of, std::size_t most)
      : rest_(of.fields), unread_(of.is_part() ? of.size - of.fields.size() : 0), most_(most) {}

  // Empty at the end, or where what follows was not read, or is damaged.
  std::optional<field_value> next() {
    if (rest_.empty()) return std::nullopt;
    std::string_view in = rest_.substr(1);
    auto value = read(rest_[0], in);
    if (value) rest_ = in;
    return value;
  }
  // What is left: damaged bytes, unless something is unread.
  std::string_view rest() const noexcept { return unread_ > 0 ? std::string_view() : rest_; }
  // How many bytes were not read, and are of no field that was told.
  std::size_t unread() const noexcept { return unread_ > 0 ? unread_ + rest_.size() : 0; }

 private:
  std::optional<field_value> read(char tag, std::string_view& in) {
    std::uint64_t bits = 0;
    if (tag == 'n') return field_value{};
    if (tag == 'i' && take_number(in, bits)) {
      std::string const digits = std::to_string(static_cast<std::int64_t>(bits));
      return field_value{digits, digits, 0};
    }
    if (tag == 'd' && take_number(in, bits)) {
      std::string const digits = field_text(std::bit_cast<double>(bits));
      return field_value{digits, digits, 0};
    }
    std::uint32_t size = 0;
    if ((tag != 't' && tag != 'b') || !take_number(in, size) || in.size() + unread_ < size) return std::nullopt;
    std::string_view const beginning = in.substr(0, size);
    unread_ -= size - beginning.size();
    in.remove_prefix(beginning.size());
    return tag == 't' ? text_value(beginning, size, most_) : bytes_value(beginning, size, most_);
  }

  std::string_view rest_;
  std::size_t unread_, most_;
};

// Of the bytes of all events of an item, or of the first of `size` bytes. Those behind a damage are lost: the last one then has
// no name.
inline std::vector<recorded_bytes> events_in_record(std::string_view data, std::size_t size) {
  std::vector<recorded_bytes> events;
  std::size_t unread = size > data.size() ? size - data.size() : 0;
  while (!data.empty()) {
    std::string_view const before = data;
    std::string_view name;
    std::uint32_t length = 0;
    if (!take_sized(data, name) || !take_number(data, length) || data.size() + unread < length) {
      if (unread == 0)
        events.push_back({{}, std::string(before), 0});
      else
        unread += before.size();
      break;
    }
    std::string_view const fields = data.substr(0, length);
    events.push_back({std::string(name), std::string(fields), length});
    unread -= length - fields.size();
    data.remove_prefix(fields.size());
  }
  if (unread > 0) events.push_back({{}, {}, unread});
  return events;
}

// Adds the event's fields as `EVENT` or, if it has several, `EVENT.1`, `EVENT.2`, ...: their names are not recorded. What
// cannot be read is told as bytes.
inline void add_fields(std::vector<seen_field>& all, recorded_bytes const& of, std::size_t most) {
  std::vector<field_value> values;
  field_reader reader(of, most);
  for (auto value = reader.next(); value; value = reader.next()) values.push_back(std::move(*value));
  if (!reader.rest().empty()) values.push_back(bytes_value(reader.rest(), reader.rest().size(), most));
  bool const is_one = values.size() == 1 && reader.unread() == 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string name = of.event.empty() ? std::string("(damaged)") : of.event;
    if (!is_one) name += '.' + std::to_string(i + 1);
    all.push_back({std::move(name), std::move(values[i].plain), values[i].size});
  }
  if (reader.unread() > 0)
    all.push_back({of.event.empty() ? std::string("(more)") : of.event + " (more)",
                   size_text(reader.unread()) + " that are not shown"});
}

// As event_text() writes it: `mail("a receipt", 7, NULL)`.
inline std::string recorded_event_text(recorded_bytes const& of, std::size_t most) {
  std::string text = of.event;
  char before = '(';
  field_reader reader(of, most);
  for (auto value = reader.next(); value; value = reader.next()) {
    text.append(1, before).append(before == ',' ? " " : "").append(value->quoted);
    before = ',';
  }
  if (!reader.rest().empty()) return of.event + ", whose fields cannot be read";
  if (reader.unread() > 0) text.append(before == ',' ? ", ..." : "(...").append(cut_mark(reader.unread()).substr(4));
  return before == ',' || reader.unread() > 0 ? text + ')' : text;
}

}  // namespace pawl::inline PAWL_ABI::detail

#endif
