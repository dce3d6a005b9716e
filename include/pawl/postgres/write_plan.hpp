// The writes of a batch in the order in which they take effect.
#ifndef PAWL_POSTGRES_WRITE_PLAN_HPP
#define PAWL_POSTGRES_WRITE_PLAN_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/table_opening.hpp>
#include <pawl/store/key_index.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/text.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

enum class write_kind : std::uint8_t { move, insert, note, release, cut_delays };

// What is referred to outlives the batch.
struct planned_write {
  write_kind does = write_kind::move;
  std::string key{};  // of an insert and a release
  std::string by{};   // of a release
  pawl::detail::item_view from{};
  std::size_t row = 0;
  std::vector<sent_value> values{};
  trouble_record const* record = nullptr;
  std::optional<stored_time> start_at{};
  std::span<sql_statement const> with{};
};

// Tickets of writes of different keys, by kind; `moved` in the order of `moves`.
struct write_round {
  explicit write_round(layout const& of) : moves(of) {}
  move_batch moves;
  std::vector<std::size_t> moved{}, inserted{}, noted{}, cleared{}, others{};
};

// A message of the protocol has 1 GB at most; and a batch is in memory several times while it is sent.
inline constexpr std::size_t most_bytes_of_write = 1'000'000'000, most_bytes_of_batch = std::size_t{64} << 20U;

// The writes of one key are in rounds one after the other. Until the table is open nothing can be checked, nor be in a round.
class write_plan {
 public:
  // `database`: for messages.
  write_plan(std::string_view database, std::shared_ptr<opened_table const> in)
      : database_(database), in_(std::move(in)) {}

  // Returns its ticket. Throws store_error (rejected), with the plan as it was, if this can never be written.
  std::size_t add(planned_write w) {
    std::size_t const ticket = writes_.size();
    std::size_t const size = bytes_of(w);
    check_bytes(w, size);
    writes_.push_back(std::make_unique<planned_write>(std::move(w)));  // its key stays where it is
    try {
      if (in_) place(ticket);
    } catch (...) {
      writes_.pop_back();
      throw;
    }
    bytes_ += size;
    return ticket;
  }
  // Throws for a write that was added before as add() would.
  void open(std::shared_ptr<opened_table const> in) {
    in_ = std::move(in);
    for (std::size_t ticket = 0; ticket < writes_.size(); ++ticket) place(ticket);
  }

  std::size_t size() const noexcept { return writes_.size(); }
  planned_write const& operator[](std::size_t ticket) const { return *writes_[ticket]; }
  std::string_view key_of(std::size_t ticket) const { return key_of(*writes_[ticket]); }
  void sort_by_key(std::vector<std::size_t>& tickets) const {
    std::sort(tickets.begin(), tickets.end(), [this](std::size_t a, std::size_t b) { return key_of(a) < key_of(b); });
  }
  std::vector<std::unique_ptr<write_round>> const& rounds() const noexcept { return rounds_; }
  // Of a key that is in a round.
  write_round const& last_round_of(std::string_view key) const {
    return *rounds_[keys_[index_.find(key, keys_)].round];
  }

 private:
  struct last_round {
    std::string_view key;
    std::size_t round = 0;
  };

  static std::string_view key_of(planned_write const& w) {
    return w.does == write_kind::move || w.does == write_kind::note ? w.from.key : std::string_view(w.key);
  }
  // What is sent, but for what each write has besides.
  static std::size_t bytes_of(planned_write const& w) {
    auto const of_text = [](auto const& value) {
      auto const* const text = std::get_if<std::string>(&value);
      return text != nullptr ? text->size() : std::size_t{0};
    };
    std::size_t size = key_of(w).size() + (w.record != nullptr ? w.record->last_error.size() : 0);
    for (sent_value const& one : w.values) size += of_text(one);
    for (sql_statement const& one : w.with) {
      size += one.text().size();
      if (insertion const* const items = one.children())
        for (std::string const& key : items->keys()) size += key.size();
    }
    return size;
  }
  void check_bytes(planned_write const& w, std::size_t size) const {
    if (size > most_bytes_of_write)
      pawl::detail::wording::fail(
          store_failure::rejected,
          {"pawl: ", database_, ": item '", key_of(w), "' has ",
           pawl::detail::wording::number(static_cast<std::int64_t>(size)),
           " bytes to be written, and PostgreSQL takes no message of more than 1 GB; keep such data elsewhere"});
    if (!writes_.empty() && bytes_ + size > most_bytes_of_batch /*mutant batch_has_a_size: && !OFF*/)
      pawl::detail::wording::fail(store_failure::rejected,
                                  {"pawl: ", database_, ": the batch is full; write it first"});
  }

  void place(std::size_t ticket) {
    planned_write& w = *writes_[ticket];
    std::string_view const key = key_of(ticket);
    if (w.does == write_kind::insert) check_insert(key);
    if (w.does == write_kind::note && !may_name(in_->of, key)) return;
    std::size_t const found = index_.find(key, keys_);
    std::size_t const at = found == keys_.size() ? 0 : keys_[found].round + 1;
    put(ticket, w, round_at(at));
    remember(key, found, at);
  }
  static void put(std::size_t ticket, planned_write& w, write_round& into) {
    switch (w.does) {
      case write_kind::move:
        into.moves.add(w.from, w.row, std::move(w.values));
        return into.moved.push_back(ticket);
      case write_kind::insert:
        return into.inserted.push_back(ticket);
      case write_kind::note:
        return (w.record->empty() ? into.cleared : into.noted).push_back(ticket);
      case write_kind::release:
      case write_kind::cut_delays:
        break;
    }
    into.others.push_back(ticket);
  }
  void check_insert(std::string_view key) const {
    std::string const why = why_no_key(in_->of, key);
    if (why.empty()) return;
    pawl::detail::wording::fail(
        key.empty() ? store_failure::misuse : store_failure::rejected,
        {"pawl: ", database_, ": insert_if_absent() into ", in_->of.name,
         key.empty() ? std::string(" needs a key that is not empty") : text({": the key ", why})});
  }
  write_round& round_at(std::size_t at) {
    if (at == rounds_.size()) rounds_.push_back(std::make_unique<write_round>(in_->of));
    return *rounds_[at];
  }
  void remember(std::string_view key, std::size_t found, std::size_t at) {
    if (found != keys_.size()) {
      keys_[found].round = at;
      return;
    }
    keys_.push_back({key, at});
    index_.add(keys_);
  }

  std::string database_;
  std::shared_ptr<opened_table const> in_;  // null: not open when the first write was added
  std::size_t bytes_ = 0;
  std::vector<std::unique_ptr<planned_write>> writes_{};
  std::vector<std::unique_ptr<write_round>> rounds_{};
  std::vector<last_round> keys_{};
  pawl::detail::key_index index_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
