// A prepared SQL statement. Text and bytes are bound and read with their length, so embedded NULs survive.
#ifndef PAWL_SQLITE_STATEMENT_HPP
#define PAWL_SQLITE_STATEMENT_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlite3.h>

#include <pawl/error.hpp>
#include <pawl/sqlite/connection.hpp>
#include <pawl/sqlite/statement_error.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/store/field.hpp>
#include <pawl/system/fork_guard.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite {

class database;
namespace detail {
class reset_at_exit;
}

// Prepare once, run many times. Must not outlive its database, and shares its rule of one thread at a time. While it is
// on a row it keeps a snapshot of the database open, and the database is this thread's: call reset() as soon as its rows
// are read.
class statement {
 public:
  // Empty: can only be assigned to.
  statement() noexcept = default;
  // Throws store_error (refused) if the SQL is invalid, or does not fit the tables. Prepares only the first statement in
  // `sql`.
  PAWL_NOINLINE statement(detail::connection& c, std::string_view sql) : connection_(&c) {
    detail::thread_use const mine(c);
    c.refuse_if_unusable();
    int const code = sqlite3_prepare_v3(c.handle, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &statement_, nullptr);
    if (code != SQLITE_OK) throw detail::failure_to_compile(c, sql, code);
  }
  statement(statement&& other) noexcept
      : connection_(other.connection_),
        statement_(std::exchange(other.statement_, nullptr)),
        on_row_(std::exchange(other.on_row_, false)),
        prepared_(other.prepared_) {}
  statement(statement const&) = delete;
  statement& operator=(statement const&) = delete;
  statement& operator=(statement&& other) noexcept {
    std::swap(connection_, other.connection_);
    std::swap(statement_, other.statement_);
    std::swap(on_row_, other.on_row_);
    std::swap(prepared_, other.prepared_);
    return *this;
  }
  ~statement() {
    if (!prepared_.is_here()) return;  // in a forked child: see connection::close()
    sqlite3_finalize(statement_);
    note_row(false);
  }

  explicit operator bool() const noexcept { return statement_ != nullptr; }

  // ---- parameters, counted from 1 ----
  // Text and bytes are not copied: they must live until reset() or until the parameter is bound again.

  void bind(int parameter, std::string_view text) {
    char const* const data = text.data() != nullptr ? text.data() : "";
    detail::thread_use const mine(*connection_, in_scope_);
    check(sqlite3_bind_text64(statement_, parameter, data,
                              /*mutant bind_length: OFF ? (std::min)(text.size(), text.find('\0')) :*/ text.size(),
                              SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind(int parameter, std::span<std::byte const> bytes) {
    static constexpr std::byte nothing{};
    void const* const data = bytes.data() != nullptr ? bytes.data() : &nothing;
    detail::thread_use const mine(*connection_, in_scope_);
    check(sqlite3_bind_blob64(statement_, parameter, data, bytes.size(), SQLITE_STATIC));
  }
  // Temporaries are rejected: they would be destroyed before the statement runs.
  template <std::same_as<std::string> T> void bind(int, T const&&) = delete;
  template <std::same_as<std::vector<std::byte>> T> void bind(int, T const&&) = delete;
  template <std::same_as<std::optional<std::string>> T> void bind(int, T const&&) = delete;
  void bind(int parameter, std::nullptr_t) {
    detail::thread_use const mine(*connection_, in_scope_);
    check(sqlite3_bind_null(statement_, parameter));
  }
  template <pawl::detail::integer_like T> void bind(int parameter, T value) {
    bind_integer(parameter, pawl::detail::to_integer(value));
  }
  // Throws store_error (rejected) for a NaN, which SQLite would store as NULL.
  template <std::floating_point T> void bind(int parameter, T value) {
    if (value != value) detail::fail(store_failure::rejected, {"pawl: SQLite cannot store a NaN"});
    detail::thread_use const mine(*connection_, in_scope_);
    check(sqlite3_bind_double(statement_, parameter, static_cast<double>(value)));
  }
  template <class T> void bind(int parameter, std::optional<T> const& value) {
    if (value)
      bind(parameter, *value);
    else
      bind(parameter, nullptr);
  }

  int column_count() const noexcept { return sqlite3_column_count(statement_); }
  int parameter_count() const noexcept { return sqlite3_bind_parameter_count(statement_); }
  // What was prepared: the first statement of the text.
  std::string_view sql() const noexcept { return sqlite3_sql(statement_); }
  // False for what only reads, and for what begins or ends a transaction.
  bool writes() const noexcept { return sqlite3_stmt_readonly(statement_) == 0; }

  // ---- running ----

  // True: on a row. False: done. Throws store_error and resets the statement: `rejected` for a constraint or a value,
  // `refused` if the statement does not fit the tables any more (statement_error.hpp).
  bool step() {
    detail::thread_use const mine(*connection_, in_scope_);
    connection_->refuse_if_unusable();
    int const code = sqlite3_step(statement_);
    note_row(code == SQLITE_ROW);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    fail_step(code);
  }
  // Does nothing while another thread uses the database.
  void reset() noexcept {
    if (statement_ == nullptr || !prepared_.is_here()) return;
    bool const inside = in_scope_ || connection_->is_inside();
    if (!inside && !connection_->try_enter()) return;
    sqlite3_reset(statement_);
    note_row(false);
    if (!inside) connection_->leave();
  }

  // How often SQLite has compiled it again, which it does at step() after the schema was changed.
  int times_compiled_again() const noexcept { return sqlite3_stmt_status(statement_, SQLITE_STMTSTATUS_REPREPARE, 0); }

  // ---- the columns of the row, counted from 0 ----
  // Views are valid until step() or reset().

  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  bool is_integer(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_INTEGER; }
  bool is_number(int column) const {
    return is_integer(column) || sqlite3_column_type(statement_, column) == SQLITE_FLOAT;
  }
  bool is_blob(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_BLOB; }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }
  std::string_view text(int column) const {
    auto const* const data = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));
    /*mutant read_length: if (OFF && data != nullptr) return data;*/
    return data != nullptr ? std::string_view(data, size_of(column)) : std::string_view();
  }
  std::string_view bytes(int column) const {
    auto const* const data = static_cast<char const*>(sqlite3_column_blob(statement_, column));
    return data != nullptr ? std::string_view(data, size_of(column)) : std::string_view();
  }

  // Reads a column into an event's field. False if the value does not fit: NULL for a field that is not std::optional,
  // an integer out of range, or for a number a value that is none, such as 'twenty', which SQLite would read as 0. An
  // integer may also be a whole number of another type, or its own text.
  bool read(int column, std::string& value) const {
    value = is_blob(column) ? bytes(column) : text(column);
    return !is_null(column);
  }
  bool read(int column, std::vector<std::byte>& value) const {
    std::string_view const all = bytes(column);
    auto const* const begin = reinterpret_cast<std::byte const*>(all.data());
    value.assign(begin, begin + all.size());
    return !is_null(column);
  }
  template <pawl::detail::integer_like T> bool read(int column, T& value) const {
    if (!is_integer(column) /*mutant text_is_no_number: && !OFF*/ && !holds_whole_number(column)) return false;
    return pawl::detail::from_integer(integer(column), value);
  }
  template <std::floating_point T> bool read(int column, T& value) const {
    value = static_cast<T>(real(column));
    return is_number(column);
  }
  template <class T> bool read(int column, std::optional<T>& value) const {
    value.reset();
    return is_null(column) || read(column, value.emplace());
  }

 private:
  // A REAL that is whole, as a program without integers binds it, or an integer's own text, as a column of text keeps it.
  bool holds_whole_number(int column) const {
    std::int64_t const value = integer(column);
    bool const is_cut = value == (std::numeric_limits<std::int64_t>::max)();  // SQLite's answer for any larger REAL
    if (is_number(column)) return real(column) == static_cast<double>(value) && !is_cut;
    return !is_blob(column) && text(column) == std::to_string(value);
  }

  friend class database;
  friend class detail::reset_at_exit;
  // The connection stays this thread's as long as the statement is on a row.
  void note_row(bool on_row) noexcept {
    if (in_scope_ || on_row == on_row_) return;
    on_row_ = on_row;
    if (!on_row)
      connection_->leave();
    else if (!connection_->try_enter())
      on_row_ = false;
  }
  void bind_integer(int parameter, std::int64_t value) {
    detail::thread_use const mine(*connection_, in_scope_);
    check(sqlite3_bind_int64(statement_, parameter, value));
  }
  // One step and a reset. Returns SQLite's result code, SQLITE_DONE on success. The caller has checked that the
  // connection is usable.
  int run_once() noexcept {
    int const code = sqlite3_step(statement_);
    sqlite3_reset(statement_);
    return code;
  }
  std::size_t size_of(int column) const { return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)); }
  void check(int code) {
    if (code != SQLITE_OK) fail_binding(code);
  }
  [[noreturn]] PAWL_NOINLINE void fail_binding(int code) { throw connection_->failure(code, sqlite3_sql(statement_)); }
  [[noreturn]] PAWL_NOINLINE void fail_step(int code) {
    store_error const failed = detail::failure_to_step(*connection_, statement_, code);
    /*mutant failed_is_reset: if (!OFF)*/ reset();
    throw failed;
  }

  detail::connection* connection_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  bool on_row_ = false;
  bool in_scope_ = false;  // of a reset_at_exit, which holds the connection
  pawl::detail::birthplace prepared_{};
};

namespace detail {
// Resets a statement at the end of the scope, which releases the bound values. Until then the connection is this
// thread's, so that no other thread can come between the values, the step and the row.
class reset_at_exit {
 public:
  explicit reset_at_exit(statement& s) : mine_(*s.connection_), statement_(&s) { s.in_scope_ = true; }
  reset_at_exit(reset_at_exit const&) = delete;
  reset_at_exit& operator=(reset_at_exit const&) = delete;
  ~reset_at_exit() {
    statement_->reset();
    statement_->in_scope_ = false;
  }

 private:
  thread_use mine_;
  statement* statement_;
};
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI::sqlite

#endif
