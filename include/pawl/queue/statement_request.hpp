// A transition with statements of its own, as it is asked for.
#ifndef PAWL_QUEUE_STATEMENT_REQUEST_HPP
#define PAWL_QUEUE_STATEMENT_REQUEST_HPP

#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <pawl/fsm/lifecycle.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/queue/awaited_write.hpp>
#include <pawl/queue/store_writer.hpp>
#include <pawl/queue/write_port.hpp>
#include <pawl/store/accept.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/statement_store.hpp>
#include <pawl/store/with.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail {

// True if a queue of this store may be asked for it; otherwise a static_assert has stated the reason in one sentence.
template <class Store, auto S, class E> constexpr bool check_applied() {
  using L = typename Store::lifecycle;
  if constexpr (!is_with<E>) {
    return check_accepted<L, S, E>();
  } else {
    if constexpr (check_accepted<L, S, event_in<E>>()) return check_statement_store<Store>();
    return false;
  }
}

// It fails alone where the store has undone it alone: then the others of its batch are committed.
template <class Store, auto S, class E> class transition_request<Store, S, with<E>> {
  using L = typename Store::lifecycle;

 public:
  using answer_type = applied_to<L, S, E>;
  static constexpr bool is_transition = true;
  static constexpr std::size_t row = row_index<L, S, E>;

  transition_request(item<L, S>&& it, with<E>&& given) : item_(std::move(it)), given_(std::move(given)) {}

  std::string const& key() const { return item_.key; }
  void execute(void* store) {
    /*mutant undone_once: if (!OFF)*/ forget();
    try {
      if constexpr (!writes_later<Store>)
        answer_.emplace(static_cast<Store*>(store)->apply(item_, given_.event, statements()));
    } catch (transition_undone const&) {
      undone_ = std::current_exception();
    }
  }
  task<void> execute_later(void* store) {
    forget();
    try {
      if constexpr (manner_of<Store> == write_manner::one_by_one) {
        auto applying = await_answer(static_cast<Store*>(store)->apply(item_, given_.event, statements()));
        answer_.emplace(co_await std::move(applying));
      }
    } catch (transition_undone const&) {
      undone_ = std::current_exception();
    }
    co_return;
  }
  std::size_t append_to(void* batch) {
    if constexpr (batch_store<Store>)
      return static_cast<typename Store::batch*>(batch)->apply(item_, given_.event, statements());
    return 0;
  }
  void collect_from(void* batch, std::size_t ticket) {
    if constexpr (batch_store<Store>)
      answer_.emplace(static_cast<typename Store::batch*>(batch)->template applied<S, E>(ticket));
  }
  bool moved() const { return answer_ && static_cast<bool>(*answer_); }
  std::exception_ptr undone() const { return undone_; }
  answer_type take() { return answer_ ? std::move(*answer_) : unanswered(); }
  static answer_type unanswered() { return answer_type(conflict<L>()); }

 private:
  std::span<sql_statement const> statements() const { return given_.statements; }
  void forget() {  // of a batch that was rolled back
    answer_.reset();
    undone_ = nullptr;
  }

  item<L, S> item_;
  with<E> given_;
  std::optional<answer_type> answer_{};
  std::exception_ptr undone_{};
};

}  // namespace pawl::inline PAWL_ABI::detail

#endif
