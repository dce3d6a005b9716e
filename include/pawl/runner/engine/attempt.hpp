// The typed half of a run: calls the steps, keeps their events, applies their transitions. One function per state and
// per transition; the engine calls them through step_table.
#ifndef PAWL_RUNNER_ENGINE_ATTEMPT_HPP
#define PAWL_RUNNER_ENGINE_ATTEMPT_HPP

#include <array>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/fsm/type_list.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/pending_write.hpp>
#include <pawl/queue/store_writer.hpp>
#include <pawl/runner/engine/gate_names.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/step_lookup.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/item_page.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/store/with.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class... Events> std::variant<std::monostate, Events...> one_event_of(type_list<Events...>);

// The events of a worker's current item: `last` brought it into its state, if a step reads it; `answer` is the event
// returned by the latest attempt.
template <class L> struct event_memory {
  using event = decltype(one_event_of(events_of<L>{}));
  event last{};
  event answer{};

  static event_memory& of(job const& j) { return *static_cast<event_memory*>(j.events); }
  static void forget(job& j) { of(j).last = {}; }
  static std::shared_ptr<void> make() { return std::shared_ptr<event_memory>(new event_memory); }
};

// The same, if a step may answer with statements.
template <class L> struct statement_memory : event_memory<L> {
  std::vector<sql_statement> statements{};  // of `answer`
  std::exception_ptr undone{};              // why the store has undone the latest transition alone

  static statement_memory& of(job const& j) { return static_cast<statement_memory&>(event_memory<L>::of(j)); }
  static std::shared_ptr<void> make() { return std::shared_ptr<event_memory<L>>(new statement_memory); }
};

// An item's recorded events, as read with its page.
template <class L> struct typed_history final : known_history { recorded_events<L> recorded{}; };

// What the idempotency keys of a state have in common: the names of its lifecycle and of itself, a slash behind each.
struct key_path {
  key_path(std::string_view lifecycle, std::string_view state);
  std::string escaped{};  // '/' within a name is %2F and '%' is %25, so that no two states have the same
  std::string plain{};    // as keys had it before they named the database
};
// See keyed::key().
std::string idempotency_key(key_path const& path, job const& j);

// The job fails because the store has no such event for it.
void fail_unrecorded(job& j, std::string_view event);
// Within a catch block: the job fails if the store has rejected its item; any other error is thrown again.
void fail_rejected(job& j, store_error const& e);

// The step's context for one attempt.
template <class Context, class L, auto S> class context_holder {
 public:
  explicit context_holder(job const& j) : context_(make(j)) {}
  Context& get() { return context_; }

 private:
  static Context make([[maybe_unused]] job const& j) {
    if constexpr (std::is_same_v<Context, no_context>)
      return {};
    else if constexpr (std::is_same_v<Context, keyed>)
      return Context(j.attempt(), j.resumed, j.repeated(),
                     idempotency_key(path(), j) /*mutant key_is_stable: + (OFF ? std::to_string(j.attempt()) : "")*/);
    else
      return Context(j.attempt(), j.resumed, j.repeated());
  }
  static key_path const& path() {
    static auto const* const of_state = new key_path(lifecycle_name<L>(), state_name_of<L>(S));  // never destroyed
    return *of_state;
  }
  Context context_;
};

// The item in the form that its store accepts.
template <class Store> decltype(auto) of_store(stored_item const& it) {
  if constexpr (serves_rows<Store>)
    return (it);
  else
    return to_any_item<typename Store::lifecycle>(it);
}

template <class Store, class Steps> class typed_steps {
  using L = typename Store::lifecycle;
  using memory = event_memory<L>;

  template <auto S> using step = step_of<Steps, L, S>;
  template <auto S> using read_event = typename step<S>::event;
  template <auto S> using answer = awaited_t<step_result<Steps, L, S>>;
  template <auto S> static constexpr repetition how = repetition_of<Steps, L, S>();

  template <auto S>
  static constexpr bool reads_event = [] {
    if constexpr (needs_step<L, S>)
      return !std::is_same_v<read_event<S>, no_event>;
    else
      return false;
  }();
  template <auto S, class E>
  static constexpr bool reads = [] {
    if constexpr (needs_step<L, S>)
      return std::is_same_v<read_event<S>, E>;
    else
      return false;
  }();
  // True if any step reads this event; others are not kept.
  template <class E> static constexpr bool is_read = []<std::size_t... Index>(std::index_sequence<Index...>) {
    return (reads<states<L>[Index], E> || ...);
  }
  (std::make_index_sequence<state_count<L>>{});
  // True if the step of S, or its failure, can return E.
  template <auto S, class E>
  static constexpr bool may_ask_for = [] {
    if constexpr (needs_step<L, S>)
      return index_in<E, typename returned<answer<S>>::events> < returned<answer<S>>::events::size ||
             std::is_same_v<failure_event<L, S>, E>;
    else
      return false;
  }();
  template <auto S> static constexpr bool has_statements = detail::has_statements<Steps, L, S>();
  template <class E>
  static constexpr bool records_later = [] {
    if constexpr (std::is_empty_v<E>)
      return writes_later<Store>;
    else
      return coroutine_type<decltype(std::declval<Store&>().template recorded<E>(std::declval<any_item<L> const&>()))>;
  }();

 public:
  static step_table table(Steps steps) {
    static constexpr auto states_of_table = []<std::size_t... Index>(std::index_sequence<Index...>) {
      return std::array<step_entry, state_count<L>>{make_state<states<L>[Index]>()...};
    }
    (std::make_index_sequence<state_count<L>>{});
    static constexpr auto rows_of_table = []<std::size_t... Row>(std::index_sequence<Row...>) {
      return std::array<row_entry, rows<L>.size()>{make_row<Row>()...};
    }
    (std::make_index_sequence<rows<L>.size()>{});
    return step_table(std::shared_ptr<Steps>(new Steps(std::move(steps))), states_of_table, rows_of_table,
                      promises<Steps, L>, gate_names_for());
  }
  static std::shared_ptr<void> make_memory() {
    if constexpr (any_statements<Steps, L>())
      return statement_memory<L>::make();
    else
      return memory::make();
  }

 private:
  template <auto S>
  static constexpr bool names_gate = [] {
    if constexpr (needs_step<L, S>)
      return how<S> != repetition::no_call && has_gate<Steps, L, S>;
    else
      return false;
  }();
  static constexpr step_table::make_names gate_names_for() {
    if constexpr ([]<std::size_t... Index>(std::index_sequence<Index...>) {
                    return (names_gate<states<L>[Index]> || ...);
                  }(std::make_index_sequence<state_count<L>>{}))
      return &make_named_gates;
    else
      return nullptr;
  }
  template <auto S> static constexpr step_entry make_state() {
    step_entry entry;
    if constexpr (needs_step<L, S>) {
      if constexpr (reads_event<S>) {
        if constexpr (records_later<read_event<S>>)
          entry.recall_later = &recall_later<S>;
        else
          entry.recall = &recall<S>;
      }
      if constexpr (how<S> == repetition::no_call)
        entry.compute = &compute<S>;
      else
        entry.call = &call<S>;
      constexpr bool has_failure_event = !std::is_void_v<failure_event<L, S>>;
      if constexpr (has_failure_event) entry.ask_for_failure = &ask_for_failure<S>;
      if constexpr (names_gate<S>) entry.gate_of = &gate_of<S>;
      entry.nature = {how<S> != repetition::no_call, how<S> != repetition::parked, has_failure_event};
    }
    return entry;
  }
  template <std::size_t Row> static constexpr row_entry make_row() {
    constexpr auto row = rows<L>[Row];
    constexpr auto from = states<L>[row.from], to = states<L>[row.to];
    using E = nth_t<row.event, events_of<L>>;
    row_entry entry;
    if constexpr (may_ask_for<from, E>) {
      if constexpr (has_statements<from>)
        write_statements<from, E>(entry);
      else if constexpr (batch_store<Store>)
        entry.append = &append<from, E>;
      else if constexpr (writes_later<Store>)
        entry.apply_later = &apply_later<from, E>;
      else
        entry.apply = &apply<from, E>;
      if constexpr (batch_store<Store>) entry.collect = &collect<from, E>;
      if constexpr (to == initial_state<L>)
        entry.keep_event = [](job& j) { memory::of(j).last = {}; };  // a reset: earlier events no longer exist
      else if constexpr (is_read<E>)
        entry.keep_event = [](job& j) { memory::of(j).last = std::move(memory::of(j).answer); };
    }
    return entry;
  }

  template <auto S> static item<L, S> typed(job const& j) {
    return {j.item.key, j.item.version, j.item.row, j.item.life};
  }

  // ---- what the step reads ----

  // From this run's memory or from the page; otherwise the store must be asked.
  template <class E> static bool recall_from_memory(job& j) {
    auto& last = memory::of(j).last;
    if (std::holds_alternative<E>(last)) return true;
    auto* const history = static_cast<typed_history<L>*>(j.known.get());
    if (history == nullptr) return false;
    auto& recorded = std::get<event_index<L, E>>(history->recorded);
    if (recorded) last.template emplace<E>(std::move(*recorded));
    return recorded.has_value();
  }
  template <class E> static bool take_recorded(job& j, std::optional<E>&& recorded) {
    if (recorded)
      memory::of(j).last.template emplace<E>(std::move(*recorded));
    else
      fail_unrecorded(j, event_name<E>());
    return recorded.has_value();
  }
  template <auto S> static bool recall(void* store, job& j) {
    using E = read_event<S>;
    if (recall_from_memory<E>(j)) return true;
    try {
      return take_recorded<E>(j, static_cast<Store*>(store)->template recorded<E>(of_store<Store>(j.item)));
    } catch (store_error const& e) {
      fail_rejected(j, e);
      return false;
    }
  }
  template <auto S> static task<void> recall_later(void* store, job& j, bool& recalled) {
    using E = read_event<S>;
    recalled = recall_from_memory<E>(j);
    if (recalled) co_return;
    auto const it = to_any_item<L>(j.item);
    try {
      auto asking = await_answer(static_cast<Store*>(store)->template recorded<E>(it));
      auto recorded = co_await std::move(asking);
      recalled = take_recorded<E>(j, std::move(recorded));
    } catch (store_error const& e) {
      fail_rejected(j, e);
    }
  }
  template <auto S> static read_event<S> const& recalled_event([[maybe_unused]] job const& j) {
    if constexpr (std::is_same_v<read_event<S>, no_event>) {
      static constexpr no_event nothing{};
      return nothing;
    } else {
      return std::get<read_event<S>>(memory::of(j).last);
    }
  }

  // ---- the step ----

  template <auto S> static std::string gate_of(void* steps_of_run, job const& j) {
    auto const it = typed<S>(j);
    auto const name = static_cast<Steps*>(steps_of_run)->gate_of(it);
    return std::string(std::string_view(name));
  }
  template <auto S> static task<void> call(void* steps_of_run, job& j) {
    auto& steps = *static_cast<Steps*>(steps_of_run);
    context_holder<typename step<S>::context, L, S> context(j);
    if constexpr (std::is_same_v<typename step<S>::context, probeable>) {
      if (/*mutant probe_before_repeat: OFF ? false :*/ j.resumed || j.record.in_doubt) {
        j.record.in_doubt = true;  // also if the probe is refused: then it is asked again before the step is called
        std::optional<answer<S>> found;
        if constexpr (coroutine_type<decltype(steps.probe(typed<S>(j), context.get()))>) {
          auto it = typed<S>(j);
          auto asking = steps.probe(std::move(it), context.get());
          auto given = co_await std::move(asking);
          if (given) found.emplace(std::move(*given));
        } else {
          if (auto given = steps.probe(typed<S>(j), context.get())) found.emplace(std::move(*given));
        }
        j.record.in_doubt = found.has_value();  // empty: the call was not carried out
        if (found) {
          take_answer<S>(j, std::move(*found));
          co_return;
        }
      }
    }
    auto it = typed<S>(j);  // lives as long as the attempt, however the step takes it
    auto started = invoke_step<step<S>>(steps, std::move(it), recalled_event<S>(j), context.get());
    auto given = co_await std::move(started);
    take_answer<S>(j, std::move(given));
  }
  template <auto S> static void compute(void* steps_of_run, job& j) {
    auto& steps = *static_cast<Steps*>(steps_of_run);
    context_holder<typename step<S>::context, L, S> context(j);
    take_answer<S>(j, invoke_step<step<S>>(steps, typed<S>(j), recalled_event<S>(j), context.get()));
  }
  template <auto S> static void ask_for_failure(job& j) {
    take_answer<S>(j, make_failure<failure_event<L, S>>(j.why, failed_attempts(j.why, j.record)));
  }

  template <auto S, class E> static void take_answer(job& j, E&& event) {
    if constexpr (has_statements<S>) {
      /*mutant statements_of_another_answer: if (!OFF)*/ statement_memory<L>::of(j).statements.clear();
    }
    memory::of(j).answer.template emplace<E>(std::forward<E>(event));
    j.ask_for(row_index<L, S, E>);
  }
  template <auto S, class E> static void take_answer(job& j, with<E>&& given) {
    take_answer<S>(j, std::move(given.event));
    statement_memory<L>::of(j).statements = std::move(given.statements);
  }
  template <auto S> static void take_answer(job& j, trouble&& why) { j.set_trouble(std::move(why)); }
  template <auto S, class... E> static void take_answer(job& j, one_of<E...>&& given) {
    std::visit([&j](auto&& one) { take_answer<S>(j, std::forward<decltype(one)>(one)); }, std::move(given).get());
  }

  // ---- the transition ----

  template <auto S, class E> static E const& asked_event(job const& j) { return std::get<E>(memory::of(j).answer); }
  template <class Applied> static transition_result result_of(Applied const& answer) {
    if (!answer) return {};
    return {true, answer->row, answer->life};
  }
  template <auto S, class E> static transition_result apply(void* store_of_run, job const& j) {
    auto& store = *static_cast<Store*>(store_of_run);
    if constexpr (serves_rows<Store>)
      return store.template move_row<S>(j.item, asked_event<S, E>(j));
    else
      return result_of(store.apply(typed<S>(j), asked_event<S, E>(j)));
  }
  template <auto S, class E> static task<void> apply_later(void* store, job const& j, transition_result& into) {
    auto const from = typed<S>(j);  // named: the store may refer to it until it has answered
    auto applying = await_answer(static_cast<Store*>(store)->apply(from, asked_event<S, E>(j)));
    auto const answer = co_await std::move(applying);
    into = result_of(answer);
  }
  template <auto S, class E> static batch_place append(void* batch, job const& j) {
    auto const from = std::make_shared<item<L, S> const>(typed<S>(j));
    return {static_cast<typename Store::batch*>(batch)->apply(*from, asked_event<S, E>(j)), from};
  }
  template <auto S, class E> static transition_result collect(void* batch, std::size_t ticket) {
    return result_of(static_cast<typename Store::batch*>(batch)->template applied<S, E>(ticket));
  }

  // ---- the same with statements: one that the store has undone alone does not fail its batch ----

  template <auto S, class E> static constexpr void write_statements(row_entry& entry) {
    if constexpr (batch_store<Store>)
      entry.append = &append_with_statements<S, E>;
    else if constexpr (writes_later<Store>)
      entry.apply_later = &apply_with_statements_later<S, E>;
    else
      entry.apply = &apply_with_statements<S, E>;
    entry.throw_undone = [](job const& j) {
      if (auto const& undone = statement_memory<L>::of(j).undone) std::rethrow_exception(undone);
    };
  }
  template <auto S, class E> static transition_result apply_with_statements(void* store_of_run, job const& j) {
    auto& mine = statement_memory<L>::of(j);
    mine.undone = nullptr;
    if (mine.statements.empty()) return apply<S, E>(store_of_run, j);
    auto& store = *static_cast<Store*>(store_of_run);
    std::span<sql_statement const> const statements(mine.statements);
    try {
      if constexpr (serves_rows<Store>)
        return store.template move_row<S>(j.item, asked_event<S, E>(j), statements);
      else
        return result_of(store.apply(typed<S>(j), asked_event<S, E>(j), statements));
    } catch (transition_undone const&) {
      mine.undone = std::current_exception();
      return {};
    }
  }
  template <auto S, class E>
  static task<void> apply_with_statements_later(void* store, job const& j, transition_result& into) {
    auto& mine = statement_memory<L>::of(j);
    mine.undone = nullptr;
    into = {};  // of a batch that was rolled back
    auto const from = typed<S>(j);
    std::span<sql_statement const> const statements(mine.statements);
    if (statements.empty()) {
      auto plain = apply_later<S, E>(store, j, into);
      co_await std::move(plain);
      co_return;
    }
    try {
      auto applying = await_answer(static_cast<Store*>(store)->apply(from, asked_event<S, E>(j), statements));
      auto const answer = co_await std::move(applying);
      into = result_of(answer);
    } catch (transition_undone const&) {
      mine.undone = std::current_exception();
    }
  }
  template <auto S, class E> static batch_place append_with_statements(void* batch, job const& j) {
    auto const& mine = statement_memory<L>::of(j);
    if (mine.statements.empty()) return append<S, E>(batch, j);
    auto const from = std::make_shared<item<L, S> const>(typed<S>(j));
    std::span<sql_statement const> const statements(mine.statements);
    return {static_cast<typename Store::batch*>(batch)->apply(*from, asked_event<S, E>(j), statements), from};
  }
};

// Lets a machine of the lifecycle be created in a state, and fire a transition's event.
template <class L> bool hydrate_machine(std::size_t state) { return machine<L>::hydrate(states<L>[state]).has_value(); }
template <class L> bool fire_machine(std::size_t state, std::size_t row) {
  auto fsm = machine<L>::hydrate(states<L>[state]);
  return fsm && fsm->fire(event_id<L>{rows<L>[row].event}) && fsm->index() == rows<L>[row].to;
}

}  // namespace pawl::inline PAWL_ABI::detail

#ifndef PAWL_COMPILED
#include <pawl/runner/engine/attempt_impl.hpp>
#endif

#endif
