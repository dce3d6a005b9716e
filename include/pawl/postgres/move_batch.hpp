// The transitions of a batch as arrays, one array for each column of move_sql().
#ifndef PAWL_POSTGRES_MOVE_BATCH_HPP
#define PAWL_POSTGRES_MOVE_BATCH_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/lifecycle_view.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/own_table.hpp>
#include <pawl/store/column.hpp>
#include <pawl/store/field.hpp>
#include <pawl/store/key_index.hpp>
#include <pawl/store/record.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

using pawl::detail::item_view;
using pawl::detail::transition_result;

// A value of a parameter, of the type that sent_as() tells; std::monostate is NULL, and a string is text or bytes.
using sent_value = std::variant<std::monostate, std::int64_t, double, std::string>;

template <class T> sent_value to_sent(T const& value) {
  if constexpr (pawl::detail::is_optional<T>)
    return value ? to_sent(*value) : sent_value();
  else if constexpr (pawl::detail::integer_like<T>)
    return pawl::detail::to_integer(value);
  else if constexpr (std::floating_point<T>)
    return static_cast<double>(value);
  else
    return std::string(reinterpret_cast<char const*>(value.data()), value.size());
}
// An event's fields for a mapped table, in the order of the mapping.
template <class Table, class Event> std::vector<sent_value> values_of(Event const& event) {
  std::vector<sent_value> all;
  pawl::detail::each_set<Table, Event>([&](auto const& entry) { all.push_back(to_sent(event.*entry.field)); });
  return all;
}
// The same for pawl's own table.
template <class Event> std::vector<sent_value> values_of(Event const& event) {
  std::string fields;
  pawl::detail::write_fields(fields, event);
  return {std::move(fields)};
}

// One UPDATE's arrays, in the order of the keys' bytes: two batches that meet then lock their common rows in one order.
struct move_arrays {
  std::vector<std::size_t> tickets{};
  std::vector<std::string> keys{};
  std::vector<std::int64_t> versions{}, lives{};
  std::vector<std::size_t> from{}, to{}, events{};  // indexes of the lifecycle; an event may be one past them
  std::vector<std::size_t> rows{};                  // of its table of transitions
  std::vector<std::vector<sent_value>> values{};    // by parameter of the layout
};

// Transitions in the order in which they were added. A key comes once in an UPDATE: a second transition of it is in the next
// one of the same transaction, where it sees the first.
class move_batch {
 public:
  explicit move_batch(layout const& of) : layout_(of) {}

  // Returns the transition's ticket. `values`: what values_of() tells. Throws store_error (rejected), with the batch as it
  // was, if this transition can never be written. The key lives until arrays() has been called.
  std::size_t add(item_view from, std::size_t row, std::vector<sent_value> values) {
    check(from.key, row, values);
    std::size_t const ticket = moves_.size();
    std::size_t const stage = may_name(layout_, from.key) ? next_stage(from.key) : never;
    moves_.push_back({from, row, stage, std::move(values)});
    results_.emplace_back();
    return ticket;
  }

  std::size_t size() const noexcept { return moves_.size(); }
  // Number of UPDATEs.
  std::size_t stages() const noexcept { return stages_; }

  move_arrays arrays(std::size_t stage) const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < moves_.size(); ++i)
      if (moves_[i].stage == stage) order.push_back(i);
    std::sort(order.begin(), order.end(),
              [this](std::size_t a, std::size_t b) { return moves_[a].from.key < moves_[b].from.key; });
    move_arrays to;
    to.values.resize(layout_.parameters.size());
    for (std::size_t const ticket : order) add_to(to, ticket);
    return to;
  }

  // What move_sql() has answered for arrays of this batch: the ordinals that moved, counted from 1, and the life and locator
  // of each.
  void moved(move_arrays const& sent, std::span<std::int64_t const> ordinals, std::span<std::int64_t const> lives,
             std::span<std::int64_t const> rows) {
    for (std::size_t i = 0; i < ordinals.size(); ++i)
      results_[sent.tickets[static_cast<std::size_t>(ordinals[i] - 1)]] = {true, rows[i], lives[i]};
  }
  transition_result const& result(std::size_t ticket) const { return results_[ticket]; }
  // True if the ticket's transition was sent: one whose key no row can have was not, and is a conflict.
  bool is_sent(std::size_t ticket) const { return moves_[ticket].stage != never; }

 private:
  static constexpr std::size_t never = static_cast<std::size_t>(-1);
  struct move {
    item_view from;
    std::size_t row = 0;
    std::size_t stage = 0;
    std::vector<sent_value> values{};
  };
  struct last_stage {
    std::string_view key;
    std::size_t stage = 0;
  };

  void check(std::string_view key, std::size_t row, std::vector<sent_value> const& values) const {
    if (std::string const why = why_no_key(layout_, key); !why.empty()) reject(key, {"its key ", why});
    auto const& event = layout_.lifecycle->rows[row].event;
    std::size_t i = 0;
    for (assignment const& one : layout_.assignments) {
      if (one.event != event || one.kind == field_kind::cleared || one.kind == field_kind::time) continue;
      sent_value const& value = values[i++];
      auto const* const string = one.kind == field_kind::text ? std::get_if<std::string>(&value) : nullptr;
      std::string_view const why = string != nullptr ? why_no_text(*string) : std::string_view();
      if (!why.empty()) reject(key, {"the text for column ", one.column, " ", why, "; declare it bytea"});
    }
  }
  [[noreturn]] void reject(std::string_view key, parts why) const {
    pawl::detail::wording::fail(store_failure::rejected, {"pawl: item '", pawl::detail::visible_text(key),
                                                          "' of table ", layout_.name, ": ", text(why)});
  }

  std::size_t next_stage(std::string_view key) {
    std::size_t at = index_.find(key, keys_);
    if (at == keys_.size()) {
      keys_.push_back({key, 0});
      index_.add(keys_);
    } else {
      ++keys_[at].stage;
    }
    stages_ = (std::max)(stages_, keys_[at].stage + 1);
    return keys_[at].stage;
  }

  void add_to(move_arrays& to, std::size_t ticket) const {
    move const& one = moves_[ticket];
    auto const& row = layout_.lifecycle->rows[one.row];
    std::size_t const event = event_in_batch(layout_, row);
    to.tickets.push_back(ticket);
    to.keys.emplace_back(one.from.key);
    to.versions.push_back(one.from.version);
    to.lives.push_back(one.from.life);
    to.from.push_back(row.from);
    to.to.push_back(row.to);
    to.events.push_back(event);
    to.rows.push_back(one.row);
    for (auto& column : to.values) column.emplace_back();
    std::size_t i = 0;
    for (assignment const& writes : layout_.assignments)
      if (writes.event == event && writes.kind != field_kind::cleared && writes.kind != field_kind::time)
        to.values[writes.parameter].back() = one.values[i++];
  }

  layout const& layout_;
  std::vector<move> moves_{};
  std::vector<transition_result> results_{};
  std::vector<last_stage> keys_{};
  pawl::detail::key_index index_{};
  std::size_t stages_ = 0;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
