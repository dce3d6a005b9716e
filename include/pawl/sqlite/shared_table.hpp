// State shared by all stores on one table of one database.
#ifndef PAWL_SQLITE_SHARED_TABLE_HPP
#define PAWL_SQLITE_SHARED_TABLE_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/sqlite/history_rows.hpp>
#include <pawl/store/change_signal.hpp>
#include <pawl/store/ownership.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

class table_list;

// A store of the table that tells an item when its children have all ended: see store_body::gather().
struct gatherer {
  void* store = nullptr;
  void (*gather)(void* store, std::int64_t parent, std::string_view key, std::int64_t life) = nullptr;
};

struct shared_table {
  std::string name{};
  void const* type = nullptr;          // identifies the type of its stores
  change_signal changes{};             // raised after each commit that changed its rows or their troubles
  bool touched = false;                // rows changed since the last commit
  bool any_troubles = true;            // there may be trouble records of its items
  bool any_former_keys = false;        // there may be items that keep an earlier idempotency key
  std::string swept_to{};              // where sweep_leftovers() goes on
  std::int64_t troubles_seen_at = -1;  // data_version of the database at the last look; -1: never
  bool any_parents = false;            // there may be items that are children of others
  std::uint64_t parents_seen_at = 0;   // database::others_commits() at the last look
  std::vector<gatherer>
      gatherers{};          // the stores whose lifecycle has pawl::gathers; one that keeps a history comes first
  history_rows history{};   // of all its stores, so that an item's entries keep their order
  private_owners owners{};  // if the database has no file

 private:
  friend class table_list;
  friend class table_use;
  shared_table* next_ = nullptr;
  int uses_ = 1;  // references: the database's list and each store
};

// A counted reference to a shared table. Keeps it alive even after its database is gone.
class table_use {
 public:
  explicit table_use(shared_table& of) noexcept : of_(&of) { ++of.uses_; }
  table_use(table_use&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  table_use(table_use const&) = delete;
  table_use& operator=(table_use&& other) noexcept {
    std::swap(of_, other.of_);
    return *this;
  }
  table_use& operator=(table_use const&) = delete;
  ~table_use() {
    if (of_ && --of_->uses_ == 0) delete of_;
  }
  shared_table& operator*() const noexcept { return *of_; }
  shared_table* operator->() const noexcept { return of_; }

 private:
  shared_table* of_;
};

// The tables of a database that have stores.
class table_list {
 public:
  table_list() = default;
  table_list(table_list const&) = delete;
  table_list& operator=(table_list const&) = delete;
  ~table_list() {
    while (first_) drop(first_);
  }

  shared_table* first() const noexcept { return first_; }
  static shared_table* next(shared_table const& of) noexcept { return of.next_; }
  // Appends to the list.
  shared_table& add(std::string_view name, void const* type) {
    auto* const made = new shared_table{};
    shared_table** end = &first_;
    while (*end) end = &(*end)->next_;
    *end = made;
    made->name = name;
    made->type = type;
    return *made;
  }
  // Drops tables that no store uses.
  void drop_unused() noexcept {
    for (shared_table** at = &first_; *at;)
      if ((*at)->uses_ == 1)
        drop(*at);
      else
        at = &(*at)->next_;
  }

 private:
  static void drop(shared_table*& at) noexcept {
    shared_table* const dropped = std::exchange(at, at->next_);
    if (--dropped->uses_ == 0) delete dropped;
  }

  shared_table* first_ = nullptr;
};

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
