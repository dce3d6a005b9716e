// Sends a request over a non-blocking connection and reads its answers; says what it waits for, and waits for nothing.
#ifndef PAWL_POSTGRES_PIPELINE_HPP
#define PAWL_POSTGRES_PIPELINE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/libpq.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

enum class pipeline_state : std::uint8_t {
  reading,              // waits for the socket to be readable
  reading_and_writing,  // for either: a server that cannot send does not read
  done,
  lost  // the connection is of no use any more
};

class pipeline {
 public:
  // What the protocol can carry in one statement.
  static constexpr std::size_t most_parameters = 65535;

  // The connection is open and must outlive this.
  explicit pipeline(PGconn* c) : connection_(c) {}
  pipeline(pipeline const&) = delete;
  pipeline& operator=(pipeline const&) = delete;

  // Throws store_error (rejected), with nothing sent, where a statement has too many parameters. Behind a pooler, names are
  // not used: there they may stand for another client's text.
  pipeline_state send(request const& what, bool names_are_ours) {
    for (statement const& one : what.statements)
      if (one.parameters.size() > most_parameters)
        throw store_error(store_failure::rejected, "pawl: a statement for PostgreSQL has " +
                                                       std::to_string(one.parameters.size()) +
                                                       " parameters; it can have 65535");
    expected_.clear();
    next_ = 0;
    reply_ = {};
    bool sent = PQsetnonblocking(connection_, 1) == 0 && PQenterPipelineMode(connection_) == 1;
    for (std::size_t at = 0; sent && at < what.statements.size(); ++at) sent = add(what.statements[at], names_are_ours);
    return sent && PQpipelineSync(connection_) == 1 ? advance(false) : pipeline_state::lost;
  }

  // Writes what is left, and reads what has come where the socket is readable.
  pipeline_state advance(bool readable) {
    if (readable && PQconsumeInput(connection_) == 0) return pipeline_state::lost;
    int const left = PQflush(connection_);
    if (left < 0) return pipeline_state::lost;
    while (PQisBusy(connection_) == 0) {
      result_handle result(PQgetResult(connection_));
      if (!result) {
        if (PQstatus(connection_) != CONNECTION_OK) return pipeline_state::lost;
        if (++ends_in_a_row_ > 1) break;  // nothing is there: the pipeline is idle
        continue;
      }
      ends_in_a_row_ = 0;
      if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) return pipeline_state::done;
      if (PQstatus(connection_) != CONNECTION_OK) return pipeline_state::lost;
      accept(std::move(result));
    }
    return left > 0 ? pipeline_state::reading_and_writing : pipeline_state::reading;
  }

  // Of the statements that were sent.
  std::size_t answered() const noexcept { return reply_.size(); }
  reply take() { return std::exchange(reply_, {}); }

 private:
  struct expected {
    std::string parsed{};  // the name, where this is the answer to a Parse and not to a statement
  };

  bool add(statement const& one, bool names_are_ours) {
    bool const named = names_are_ours && !one.name.empty();
    std::vector<unsigned> types;
    std::vector<char const*> values;
    std::vector<int> lengths, formats;
    for (parameter const& p : one.parameters) {
      types.push_back(p.type);
      values.push_back(p.bytes ? p.bytes->c_str() : nullptr);
      lengths.push_back(p.bytes ? static_cast<int>(p.bytes->size()) : 0);
      formats.push_back(p.is_text ? 0 : 1);
    }
    int const count = static_cast<int>(values.size());
    if (named && !prepared_.contains(one.name) && !is_being_parsed(one.name)) {
      if (PQsendPrepare(connection_, one.name.c_str(), one.sql.c_str(), count, types.data()) == 0) return false;
      expected_.push_back({one.name});
    }
    expected_.emplace_back();
    return (named ? PQsendQueryPrepared(connection_, one.name.c_str(), count, values.data(), lengths.data(),
                                        formats.data(), 1)
                  : PQsendQueryParams(connection_, one.sql.c_str(), count, types.data(), values.data(), lengths.data(),
                                      formats.data(), 1)) == 1;
  }
  bool is_being_parsed(std::string const& name) const {
    for (expected const& one : expected_)
      if (one.parsed == name) return true;
    return false;
  }

  void accept(result_handle result) {
    if (next_ == expected_.size()) {
      reply_.sync_failure.emplace(std::move(result));
      return;
    }
    std::string const& parsed = expected_[next_++].parsed;
    answer given(std::move(result));
    if (!parsed.empty()) {
      if (given.succeeded())
        prepared_.insert(parsed);
      else if (!given.was_skipped())
        parse_failure_.emplace(std::move(given));  // the statement itself is skipped: this says why
      return;
    }
    if (parse_failure_) given = std::move(*std::exchange(parse_failure_, std::nullopt));
    reply_.answers.push_back(std::move(given));
  }

  PGconn* connection_;
  std::set<std::string> prepared_{};
  std::vector<expected> expected_{};
  std::size_t next_ = 0;
  int ends_in_a_row_ = 0;
  std::optional<answer> parse_failure_{};
  reply reply_{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
