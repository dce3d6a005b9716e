// What a server answered to one statement, and to all of a request.
#ifndef PAWL_POSTGRES_ANSWER_HPP
#define PAWL_POSTGRES_ANSWER_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/postgres/array.hpp>
#include <pawl/postgres/libpq.hpp>
#include <pawl/postgres/value.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// Rows and columns are counted from 0; views live as long as the answer.
class answer {
 public:
  explicit answer(result_handle result) : result_(std::move(result)) {}

  bool succeeded() const {
    auto const status = PQresultStatus(result_.get());
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  }
  // Skipped, because a statement before it in the request failed.
  bool was_skipped() const { return PQresultStatus(result_.get()) == PGRES_PIPELINE_ABORTED; }
  // "COMMIT", "UPDATE 3". A COMMIT of a failed transaction succeeds with "ROLLBACK".
  std::string_view tag() const { return text_or_nothing(PQcmdStatus(result_.get())); }
  // Empty where it succeeded, was skipped, or the connection was lost. Of a row that a policy refuses it is 44000, as of one
  // that a view refuses: the server says 42501, as it does of a whole table, and only the name of its function, which is
  // never translated, tells the one from the other.
  std::string_view sqlstate() const {
    std::string_view const told = field(PG_DIAG_SQLSTATE);
    return told == "42501" && field(PG_DIAG_SOURCE_FUNCTION) == "ExecWithCheckOptions" ? "44000" : told;
  }
  std::string_view message() const { return field(PG_DIAG_MESSAGE_PRIMARY); }
  // "Key (name)=(a) already exists."; empty where the server has no more to say.
  std::string_view detail() const { return field(PG_DIAG_MESSAGE_DETAIL); }
  // It points into the text of the statement, as the parser does.
  bool has_place() const { return !field(PG_DIAG_STATEMENT_POSITION).empty(); }
  // The name of a violated constraint.
  std::string_view constraint() const { return field(PG_DIAG_CONSTRAINT_NAME); }

  std::size_t rows() const { return static_cast<std::size_t>(PQntuples(result_.get())); }
  std::size_t columns() const { return static_cast<std::size_t>(PQnfields(result_.get())); }
  bool is_null(std::size_t row, std::size_t column) const {
    return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
  }
  std::string_view cell(std::size_t row, std::size_t column) const {
    int const r = static_cast<int>(row), c = static_cast<int>(column);
    return {PQgetvalue(result_.get(), r, c), static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
  }
  std::uint32_t type(std::size_t column) const { return PQftype(result_.get(), static_cast<int>(column)); }
  // Nothing where the cell is NULL, or its bytes are not of this type.
  template <class T> std::optional<T> value(std::size_t row, std::size_t column) const {
    if (is_null(row, column)) return std::nullopt;
    return wire<T>::take(cell(row, column));
  }
  template <class T> std::optional<std::vector<std::optional<T>>> array(std::size_t row, std::size_t column) const {
    if (is_null(row, column)) return std::nullopt;
    return array_in<T>(cell(row, column));
  }

 private:
  std::string_view field(int code) const { return text_or_nothing(PQresultErrorField(result_.get(), code)); }

  result_handle result_;
};

// A message that the server sent beside its answers.
struct notice {
  std::string severity{};  // "WARNING", "NOTICE", ...: never translated
  std::string sqlstate{};
  std::string message{};
  std::size_t statement = 0;  // which one's answer it came before, counted from 0
};

// The answers to a request, one for each statement, and the notices that came since it was sent.
struct reply {
  std::vector<answer> answers{};
  // Where the Sync itself failed, as with a deferred constraint outside BEGIN and COMMIT.
  std::optional<answer> sync_failure{};
  std::vector<notice> notices{};

  answer const& operator[](std::size_t at) const { return answers.at(at); }
  std::size_t size() const noexcept { return answers.size(); }
  auto begin() const { return answers.begin(); }
  auto end() const { return answers.end(); }

  // The statement that failed first, if any did.
  answer const* first_failure() const {
    auto const found = std::find_if(answers.begin(), answers.end(), [](answer const& a) { return !a.succeeded(); });
    if (found != answers.end()) return &*found;
    return sync_failure ? &*sync_failure : nullptr;
  }
  // The last statement was warned of: a COMMIT, while it waited for a standby. What a trigger of the user's says before
  // that is no such warning.
  bool ends_with_warning() const {
    return std::any_of(notices.begin(), notices.end(), [this](notice const& n) {
      return n.severity == "WARNING" && (n.statement + 1 >= answers.size() /*mutant warnings_of_commit_alone: || OFF*/);
    });
  }
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
