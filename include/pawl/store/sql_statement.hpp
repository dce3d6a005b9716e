// What is written in the transaction of a transition besides: a statement of the user's own, with the values of its
// parameters, or new items. A statement may also be a query whose answers become items (insert_from).
#ifndef PAWL_STORE_SQL_STATEMENT_HPP
#define PAWL_STORE_SQL_STATEMENT_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/fsm/mistake.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// The value of one parameter. It owns its text and bytes, for a statement is written later than it is made. It is made of
// what a field of an event may be (see `storable`), of any text, of a span of bytes, and of nullptr and std::nullopt, which
// are NULL. What a database cannot hold (SQLite a NaN, PostgreSQL a NUL in a text) is rejected when it is written.
class sql_value {
 public:
  enum class kind : std::uint8_t { null, boolean, integer, real, text, bytes };

  // A template, so that one sentence refuses everything else.
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, sql_value>)
  sql_value(T&& value) {
    using type = std::remove_cvref_t<T>;
    if constexpr (std::same_as<type, std::nullptr_t> || std::same_as<type, std::nullopt_t>)
      return;
    else if constexpr (detail::is_optional<type>)
      take_optional(std::forward<T>(value));
    else
      take(std::forward<T>(value));
  }

  kind what() const noexcept { return kind_; }
  bool boolean() const noexcept { return integer_ != 0; }
  // Of an unsigned value of 2^63 or more the same bits, as in a field.
  std::int64_t integer() const noexcept { return integer_; }
  double real() const noexcept { return real_; }
  std::string_view text() const noexcept { return text_; }
  std::span<std::byte const> bytes() const noexcept {
    return {reinterpret_cast<std::byte const*>(text_.data()), text_.size()};
  }

 private:
  template <class T> void take_optional(T&& value) {
    if (value) take(*std::forward<T>(value));
  }
  template <class T> void take(T&& value) {
    using type = std::remove_cvref_t<T>;
    if constexpr (std::same_as<type, bool>) {
      kind_ = kind::boolean;
      integer_ = value ? 1 : 0;
    } else if constexpr (detail::integer_like<type>) {
      static_assert(sizeof(type) <= 8, "pawl: a statement's integer has at most 64 bits");
      kind_ = kind::integer;
      integer_ = detail::to_integer(value);
    } else if constexpr (std::same_as<type, float> || std::same_as<type, double>) {
      kind_ = kind::real;
      real_ = static_cast<double>(value);
    } else if constexpr (std::same_as<type, std::string>) {
      kind_ = kind::text;
      text_ = std::forward<T>(value);
    } else if constexpr (std::convertible_to<T, char const*>) {
      char const* const characters = value;
      if (characters != nullptr) take(std::string(characters));
    } else if constexpr (std::convertible_to<T, std::string_view>) {
      take(std::string(std::string_view(value)));
    } else if constexpr (std::convertible_to<T, std::span<std::byte const>>) {
      std::span<std::byte const> const all = value;
      kind_ = kind::bytes;
      text_.assign(reinterpret_cast<char const*>(all.data()), all.size());
    } else {
      static_assert(mistake::never<type>,
                    "pawl: the value of a statement is text, an integer, bool, float, double, a scoped enum, a "
                    "std::vector<std::byte>, nullptr, or a std::optional of one of these");
    }
  }

  kind kind_ = kind::null;
  std::int64_t integer_ = 0;  // of a boolean: 0 or 1
  double real_ = 0;
  std::string text_{};  // or bytes
};

// Made by sql(). One statement, with the placeholders of the database: ?1, ?2 in SQLite, $1, $2 in PostgreSQL.
// Where it is refused the message has its text, and the database's own words, which may quote a value.
//
// Or new items, made by insert(), which each store writes in its own words.
class sql_statement {
 public:
  sql_statement(std::string text, std::vector<sql_value> values) : text_(std::move(text)), values_(std::move(values)) {}
  sql_statement(insertion children) : children_(std::make_shared<insertion const>(std::move(children))) {}

  // Null unless it is new items; it has no text then.
  insertion const* children() const noexcept { return children_.get(); }

  std::string const& text() const noexcept { return text_; }
  std::span<sql_value const> values() const noexcept { return values_; }

 private:
  std::string text_{};
  std::vector<sql_value> values_{};
  std::shared_ptr<insertion const> children_{};
};

//   pawl::sql("INSERT INTO mailings(address, receipt) VALUES(?1, ?2)", it.key, receipt)
template <class... Values> sql_statement sql(std::string text, Values&&... values) {
  std::vector<sql_value> all;
  all.reserve(sizeof...(Values));
  (all.emplace_back(std::forward<Values>(values)), ...);
  return {std::move(text), std::move(all)};
}

}  // namespace pawl::inline PAWL_ABI

#endif
