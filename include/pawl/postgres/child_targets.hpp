// The tables into which the transitions of a batch insert children, found and checked before anything is sent.
#ifndef PAWL_POSTGRES_CHILD_TARGETS_HPP
#define PAWL_POSTGRES_CHILD_TARGETS_HPP

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/children_sql.hpp>
#include <pawl/postgres/gather_rule.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/sessions.hpp>
#include <pawl/postgres/table.hpp>
#include <pawl/postgres/write_plan.hpp>
#include <pawl/store/insertion.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/text.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

using child_targets = std::map<item_table const*, std::shared_ptr<child_target>>;

inline void check_child(std::string_view database, layout const& of, std::string const& key) {
  if (key.empty())
    sessions::fail(store_failure::misuse,
                   {"pawl: ", database, ": a child in ", of.name, " needs a key that is not empty"});
  std::string why = why_no_key(of, key);
  if (why.empty() && !may_name(of, key)) why = "is none that a row of this table can have";
  if (!why.empty())
    sessions::fail(store_failure::rejected, {"pawl: ", database, ": the key '", pawl::detail::visible_text(key),
                                             "' of a child in ", of.name, " ", why});
}
// Throws store_error (misuse) for what no batch can write; `rejected` where others are in the batch, so that it is halved and
// this one fails alone. All three outlive it.
inline task<void> find_targets(std::shared_ptr<table> of, write_plan const& plan, child_targets& to) {
  for (std::size_t ticket = 0; ticket < plan.size(); ++ticket)
    for (sql_statement const& one : plan[ticket].with) {
      insertion const* const items = one.children();
      if (items == nullptr) continue;
      try {
        auto finding = of->target_of(items->into());
        auto const target = co_await std::move(finding);
        for (std::string const& key : items->keys()) check_child(of->all().name(), target->in->of, key);
        to.insert_or_assign(&items->into(), target);
      } catch (store_error const& e) {
        if (plan.size() == 1 || e.what_failed() != store_failure::misuse) throw;
        sessions::fail(store_failure::rejected, {e.what()});
      }
    }
}
// What has failed; where there was no row for a key that was inserted just before, in words.
inline std::string words_of(store_error const& e, std::string_view database, child_targets const& targets) {
  if (std::string_view(e.what()).find(lacks_children) == std::string_view::npos) return e.what();
  std::string tables;
  for (auto const& [into, target] : targets) (tables += tables.empty() ? "" : " or ") += into->name;
  return text({"pawl: ", database, ": table ", tables,
               " has no row for a child that was inserted; a trigger, a rule or a policy keeps it away"});
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
