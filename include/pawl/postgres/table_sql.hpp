// All statements of a table that is open.
#ifndef PAWL_POSTGRES_TABLE_SQL_HPP
#define PAWL_POSTGRES_TABLE_SQL_HPP

#include <array>
#include <string>

#include <pawl/postgres/children_sql.hpp>
#include <pawl/postgres/history_sql.hpp>
#include <pawl/postgres/layout.hpp>
#include <pawl/postgres/prepared.hpp>
#include <pawl/postgres/records.hpp>
#include <pawl/postgres/sql.hpp>
#include <pawl/postgres/trouble_sql.hpp>
#include <pawl/postgres/user_statement.hpp>
#include <pawl/postgres/worker_sql.hpp>
#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// See children_sql.hpp.
struct family_sql {
  family_sql() = default;
  explicit family_sql(layout const& of)
      : asks_for_parents(asks_for_parents_sql(of.records)),
        forget_tokens_and_ask(forget_tokens_and_ask_sql(of.records)),
        note_ended(note_ended_sql(of)),
        hold_parents(hold_parents_sql(of)),
        complete_parents(complete_parents_sql(of)),
        refuse_complete_parents(refuse_complete_parents_sql(of)),
        rows_of_parents(rows_of_parents_sql(of)),
        hold_rows(hold_rows_sql(of)),
        hold_waiting(hold_waiting_sql(of)),
        waiting_for_nobody(waiting_for_nobody_sql(of)),
        refuse_waiting_for_nobody(refuse_waiting_for_nobody_sql(of)),
        left_complete(left_complete_sql(of)),
        take_complete(take_complete_sql(of)),
        forget_gone_of_keys(forget_gone_of_keys_sql(of)) {}

  prepared asks_for_parents{}, forget_tokens_and_ask{};
  prepared note_ended{}, hold_parents{}, complete_parents{}, refuse_complete_parents{}, rows_of_parents{};
  prepared hold_rows{}, hold_waiting{}, waiting_for_nobody{}, refuse_waiting_for_nobody{}, left_complete{},
      take_complete{}, forget_gone_of_keys{};
};

struct table_sql {
  table_sql() = default;
  explicit table_sql(layout const& of)
      : move(move_sql(of)),
        read_again(read_again_sql(of)),
        forget_leftovers(forget_leftovers_sql(of)),
        note(note_sql(of)),
        note_nothing(note_nothing_sql(of)),
        write_token(write_token_sql(of.records)),
        forget_tokens(forget_tokens_sql(of.records)),
        check_moved(check_moved_sql(of.records)),
        get(get_sql(of)),
        state_name(state_name_sql(of.records)),
        recorded(recorded_sql(of)),
        first_page(page_sql(of, page_begins::at_the_beginning)),
        next_page(page_sql(of, page_begins::after_a_mark)),
        cut_delays(cut_delays_sql(of)),
        trouble_of(trouble_of_sql(of)),
        release(told_release_sql(of)),
        count_items(count_items_sql(of)),
        count_troubles(count_troubles_sql(of)),
        any_trouble(any_trouble_sql(of)),
        ended(ended_sql(of)),
        unrecognised(unrecognised_sql(of)),
        family(of) {
    if (of.kept == states_kept_as::codes) insert = prepared(insert_sql(of));
    for (auto const who : {delayed_by::runs, delayed_by::program, delayed_by::anybody}) {
      due[index_of(who)] = prepared(due_sql(of, who));
      next_due[index_of(who)] = prepared(next_due_sql(of, who));
    }
  }
  static constexpr std::size_t index_of(delayed_by who) { return static_cast<std::size_t>(who); }

  // of a batch
  prepared move{}, read_again{}, forget_leftovers{}, note{}, note_nothing{}, write_token{}, forget_tokens{},
      check_moved{};
  prepared insert{};  // pawl's own table alone
  // that read
  prepared get{}, state_name{}, recorded{}, first_page{}, next_page{};
  std::array<prepared, 3> due{}, next_due{};  // by index_of()
  prepared cut_delays{}, trouble_of{}, release{};
  prepared count_items{}, count_troubles{}, any_trouble{}, ended{}, unrecognised{};
  family_sql family{};
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
