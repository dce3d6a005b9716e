// Runs one attempt of one state's step and writes what it returns.
#ifndef PAWL_RUNNER_ENGINE_ATTEMPT_HPP
#define PAWL_RUNNER_ENGINE_ATTEMPT_HPP

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include <pawl/adapter/lifting.hpp>
#include <pawl/adapter/trouble.hpp>
#include <pawl/error.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/runner/engine/answer_writer.hpp>
#include <pawl/runner/engine/job.hpp>
#include <pawl/runner/engine/retry.hpp>
#include <pawl/runner/engine/run_context.hpp>
#include <pawl/runner/engine/step_lookup.hpp>
#include <pawl/runner/engine/step_table.hpp>
#include <pawl/runner/engine/worker.hpp>
#include <pawl/runner/observer.hpp>
#include <pawl/runner/promises.hpp>
#include <pawl/runner/step.hpp>
#include <pawl/store/item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

template <class L, auto S> std::string idempotency_key(any_item<L> const& it) {
  std::string key(lifecycle_name<L>());
  key.append("/").append(state_name_of<L>(S)).append("/").append(std::to_string(it.version)).append("/").append(it.key);
  return key;
}

// The step's context; it lives through one attempt.
template <class Context, class L, auto S> class context_holder {
 public:
  explicit context_holder(job<L> const& w) : context_(make(w)) {}
  Context& get() { return context_; }

 private:
  static Context make(job<L> const& w) {
    if constexpr (std::is_same_v<Context, no_context>)
      return {};
    else if constexpr (std::is_same_v<Context, keyed>)
      return Context(w.attempt(), w.resumed, idempotency_key<L, S>(w.item));
    else
      return Context(w.attempt(), w.resumed);
  }
  Context context_;
};

template <class Queue, class Steps> class step_runner {
  using L = typename Queue::lifecycle;
  using table = step_table<Queue>;
  using entry = typename table::entry;
  using worker_type = typename table::worker_type;
  using run_type = run_context<Queue>;
  using job_type = job<L>;
  using writer = answer_writer<Queue>;

 public:
  static table table_of(Steps steps) {
    static constexpr auto entries = []<std::size_t... Index>(std::index_sequence<Index...>) {
      return typename table::all_entries{make_entry<states<L>[Index]>()...};
    }
    (std::make_index_sequence<state_count<L>>{});
    return table(std::make_shared<Steps>(std::move(steps)), entries, promises<Steps, L>);
  }

 private:
  template <auto S> static constexpr entry make_entry() {
    if constexpr (!needs_step<L, S>) {
      return {nullptr, nullptr, {}};
    } else {
      // Not from the pointer: under -fsanitize=undefined g++ 12 compares no pointer to null at compile time.
      constexpr bool has_failure_event = !std::is_void_v<failure_event<L, S>>;
      constexpr auto fail = [] {
        if constexpr (has_failure_event)
          return &writer::template fire_failure<S, is_read<failure_event<L, S>>()>;
        else
          return static_cast<decltype(entry::fail)>(nullptr);
      }();
      return {&attempt<S>, fail, {is_coroutine<S>, how<S> != repetition::parked, has_failure_event}};
    }
  }

  template <auto S> using step = step_of<Steps, L, S>;
  template <auto S> using answer = awaited_t<step_result<Steps, L, S>>;
  template <auto S> static constexpr repetition how = repetition_of<Steps, L, S>();
  template <auto S> static constexpr bool is_coroutine = how<S> != repetition::no_call;

  template <auto S, class E> static constexpr bool reads() {
    if constexpr (needs_step<L, S>)
      return std::is_same_v<typename step<S>::event, E>;
    else
      return false;
  }
  // Does any step read this event? Only then it is worth remembering.
  template <class E> static constexpr bool is_read() {
    return []<std::size_t... Index>(std::index_sequence<Index...>) {
      return (step_runner::reads<states<L>[Index], E>() || ...);
    }
    (std::make_index_sequence<state_count<L>>{});
  }

  // Makes sure that w.last holds the event that the step reads; else w.why says what is wrong.
  template <class E> static bool recall(Queue& queue, job_type& w) {
    if constexpr (!std::is_same_v<E, no_event>) {
      if (std::holds_alternative<E>(w.last)) return true;
      try {
        auto recorded = queue.base().template recorded<E>(w.item);
        if (recorded) {
          w.last.template emplace<E>(std::move(*recorded));
          return true;
        }
        w.why = trouble::permanent("the store holds no " + std::string(event_name<E>()) +
                                   " of this item, which its step reads");
      } catch (store_error const& e) {
        if (e.what_failed() != store_failure::rejected) throw;
        w.why = trouble::permanent(e.what());
      }
      return false;
    }
    return true;
  }
  template <class E> static E const& recalled(job_type const& w) {
    if constexpr (std::is_same_v<E, no_event>) {
      static constexpr no_event nothing{};
      return nothing;
    } else {
      return std::get<E>(w.last);
    }
  }

  template <auto S> static task<progress> attempt(run_type& run, worker_type& me, job_type& w) {
    auto& steps = run.steps.template as<Steps>();
    w.duration = {};
    w.begun = run.queue.loop().now();
    if (!recall<typename step<S>::event>(run.queue, w)) co_return progress::troubled;
    std::optional<answer<S>> given;
    if constexpr (is_coroutine<S>) {
      me.begin_step(run.options.attempt_deadline);
      auto calling = call<S>(steps, w);
      given = co_await std::move(calling);
      if (auto const home = run.queue.loop().get_executor(); !home.running_in_this_thread()) {
        // An adapter's coroutine has ended on a thread of its own.
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        co_await asio::dispatch(home, await);
      }
    } else {
      given = compute<S>(steps, w);
    }
    w.duration = run.queue.loop().now() - w.begun;
    writer::watch(run.queue, me.slot(), phase::step, w.begun, w.duration);
    take_trouble(w, given);
    if constexpr (is_coroutine<S>) {
      if (auto const why = me.close(); why != cut::none) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        if (!given) w.why = cut_off(std::move(w.why), why);
      }
    }
    if (!given) co_return progress::troubled;
    auto writing = writer::settle(w, begin_write<S>(run.queue, me.slot(), w, std::move(*given)));
    co_return co_await std::move(writing);
  }

  // Nothing: the step threw, and w.why says what.
  template <auto S> static task<std::optional<answer<S>>> call(Steps& steps, job_type& w) {
    std::optional<answer<S>> given;
    try {
      context_holder<typename step<S>::context, L, S> context(w);
      if constexpr (std::is_same_v<typename step<S>::context, probeable>) {
        if (w.resumed || w.record.in_doubt) {
          w.record.in_doubt = true;  // also where the probe is refused: then it is asked again before the step
          auto asked = probe<S>(steps, w, context.get());
          given = co_await std::move(asked);
          w.record.in_doubt = given.has_value();  // nothing: it was not carried out
        }
      }
      if (!given) {
        auto started = invoke_step<step<S>>(steps, typed<S>(w), recalled<typename step<S>::event>(w), context.get());
        given.emplace(co_await std::move(started));
      }
    } catch (...) {
      w.why = thrown<S>();
    }
    co_return given;
  }
  template <auto S> static std::optional<answer<S>> compute(Steps& steps, job_type& w) {
    try {
      context_holder<typename step<S>::context, L, S> context(w);
      return invoke_step<step<S>>(steps, typed<S>(w), recalled<typename step<S>::event>(w), context.get());
    } catch (...) {
      w.why = thrown<S>();
      return std::nullopt;
    }
  }
  // A probe may be a coroutine or not; it answers with std::optional of what the step returns.
  template <auto S> static task<std::optional<answer<S>>> probe(Steps& steps, job_type const& w, probeable& context) {
    std::optional<answer<S>> found;
    if constexpr (coroutine_type<decltype(steps.probe(typed<S>(w), context))>) {
      auto asked = steps.probe(typed<S>(w), context);
      if (auto reply = co_await std::move(asked)) found.emplace(std::move(*reply));
    } else {
      if (auto reply = steps.probe(typed<S>(w), context)) found.emplace(std::move(*reply));
    }
    co_return found;
  }

  // A trouble that the step returned becomes w.why.
  template <class Answer> static void take_trouble(job_type& w, std::optional<Answer>& given) {
    if constexpr (is_one_of<Answer>) {
      auto* const why = given ? std::get_if<trouble>(&given->get()) : nullptr;
      if (!why) return;
      w.why = std::move(*why);
      given.reset();
    }
  }
  // What is thrown before an answer leaves open whether the call was carried out; a step that calls nobody leaves
  // nothing open.
  template <auto S> static trouble thrown() {
    auto const told = [](char const* what) {
      return is_coroutine<S> ? trouble::unknown_outcome(what) : trouble::transient(what);
    };
    try {
      throw;
    } catch (std::exception const& e) {
      return told(e.what());
    } catch (...) {
      return told("an exception of an unknown type");
    }
  }
  // What a step that was cut off says of it: its own words where it had an answer all the same.
  static trouble cut_off(trouble said, cut why) {
    if (said.kind != trouble_kind::unknown_outcome && said.kind != trouble_kind::cancelled) return said;
    return why == cut::deadline ? trouble::unknown_outcome("the attempt's deadline has passed")
                                : trouble::cancelled("the run was stopped, and its grace period is over");
  }

  template <auto S, class E>
  static task<typename writer::written> begin_write(Queue& queue, std::size_t slot, job_type& w, E event) {
    return writer::template begin_write<S, is_read<E>()>(queue, slot, w, std::move(event));
  }
  template <auto S, class... E>
  static task<typename writer::written> begin_write(Queue& queue, std::size_t slot, job_type& w, one_of<E...> answer) {
    return std::visit(
        [&]<class T>(T&& one) {
          if constexpr (std::is_same_v<T, trouble>)
            return task<typename writer::written>{};  // was taken out before
          else
            return begin_write<S>(queue, slot, w, std::move(one));
        },
        std::move(answer).get());
  }
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
