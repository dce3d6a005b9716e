// Implements user_statements: checking, binding and running what the user gave with an event.
#ifndef PAWL_SQLITE_USER_STATEMENTS_IMPL_HPP
#define PAWL_SQLITE_USER_STATEMENTS_IMPL_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/statement.hpp>
#include <pawl/sqlite/text.hpp>
#include <pawl/sqlite/user_statements.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::sqlite::detail {

PAWL_INLINE bool is_one_statement(statement const& first, std::string_view text) {
  return text.substr(first.sql().size()).find_first_not_of("; \t\r\n") == std::string_view::npos;
}

PAWL_INLINE void refuse_statement(database const& db, std::string_view text, std::string_view why) {
  fail(store_failure::misuse, {"pawl: ", db.path(), ": ", why, ", in: ", pawl::detail::wording::excerpt(text)});
}

inline void bind_value(statement& s, int parameter, sql_value const& value) {
  switch (value.what()) {
    case sql_value::kind::null:
      return s.bind(parameter, nullptr);
    case sql_value::kind::boolean:
      return s.bind(parameter, value.boolean());
    case sql_value::kind::integer:
      return s.bind(parameter, value.integer());
    case sql_value::kind::real:
      return s.bind(parameter, value.real());
    case sql_value::kind::text:
      return s.bind(parameter, value.text());
    case sql_value::kind::bytes:
      return s.bind(parameter, value.bytes());
  }
}

PAWL_INLINE void bind_values(database const& db, statement& s, sql_statement const& one) {
  auto const values = one.values();
  if (static_cast<std::size_t>(s.parameter_count()) != values.size())
    refuse_statement(db, one.text(),
                     text({"a statement with ", number(s.parameter_count()), " parameters was given ",
                           number(static_cast<std::int64_t>(values.size())), " values"}));
  int parameter = 0;
  for (auto const& value : values) bind_value(s, ++parameter, value);
}

PAWL_INLINE void user_statements::run(database& db, sql_statement const& one) {
  auto& s = prepared(db, one.text());
  reset_at_exit const reset(s);
  bind_values(db, s, one);
  while (s.step()) {}  // of RETURNING
}

PAWL_INLINE statement& user_statements::prepared(database& db, std::string const& text) {
  for (auto at = kept_.begin(); at != kept_.end(); ++at) {
    if (at->text != text) continue;
    kept_.splice(kept_.begin(), kept_, at);
    return at->prepared;
  }
  statement made = db.prepare(text);
  if (!made || (!made.writes() /*mutant statements_end_nothing: && !OFF*/))
    refuse_statement(db, text, "what pawl::sql writes with a transition is a statement that writes, and ends none");
  if (!is_one_statement(made, text)) refuse_statement(db, text, "pawl::sql takes one statement; give each its own");
  if (kept_.size() == most_kept) kept_.pop_back();
  return kept_.emplace_front(kept{text, std::move(made)}).prepared;
}

PAWL_INLINE void rethrow_undone() {
  try {
    throw;
  } catch (store_error const& e) {
    throw transition_undone(e.what_failed(), e.what());
  }
}

}  // namespace pawl::inline PAWL_ABI::sqlite::detail

#endif
