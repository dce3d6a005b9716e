// Wraps a store and takes whole batches, one turn of the loop each: what a store on another machine looks like if it
// takes all writes of a transaction in one round trip.
#ifndef PAWL_TESTS_RUNNER_BATCHING_STORE_HPP
#define PAWL_TESTS_RUNNER_BATCHING_STORE_HPP

#include <any>
#include <cstddef>
#include <functional>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/store/batch_store.hpp>
#include <pawl/store/conflict.hpp>
#include <pawl/store/item.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/trouble_record.hpp>

#include "runner/delayed_store.hpp"

// What a test sees of a batching_store, and does to it.
struct batch_script {
  int round_trips = 0;                 // calls of write()
  std::vector<std::size_t> sizes{};    // of the batches that were written or refused
  std::set<std::string> rejected{};    // keys with which the database refuses the batch
  std::set<std::string> unsendable{};  // keys that cannot be appended
  // The next write() fails with this.
  std::optional<pawl::store_failure> failure{};
  bool after_the_effect = false;
};

template <class Store> class batching_store : public delayed_store<Store> {
  using L = typename Store::lifecycle;

 public:
  class batch;

  batching_store(pawl::event_loop& loop, Store& store)
      : delayed_store<Store>(loop, store), loop_(loop), store_(store) {}
  batch make_batch() { return batch(*this); }
  batch_script& script() { return script_; }

 private:
  pawl::event_loop& loop_;
  Store& store_;
  batch_script script_{};
};

template <class Store> class batching_store<Store>::batch {
 public:
  explicit batch(batching_store& of) : of_(&of) {}

  template <auto S, class E> std::size_t apply(pawl::item<L, S> const& from, E const& event) {
    return append(from.key, [this, &from, &event] { return std::any(of_->store_.apply(from, event)); });
  }
  template <auto S, class E>
  std::size_t apply(pawl::item<L, S> const& from, E const& event, std::span<pawl::sql_statement const> statements) {
    return append(from.key,
                  [this, &from, &event, statements] { return std::any(of_->store_.apply(from, event, statements)); });
  }
  std::size_t insert(std::string_view key, std::optional<pawl::stored_time> start_at) {
    return append(key, [this, of = std::string(key), start_at] {
      return std::any(start_at ? of_->store_.insert_if_absent(of, *start_at) : of_->store_.insert_if_absent(of));
    });
  }
  std::size_t note(pawl::any_item<L> const& it, pawl::trouble_record const& record) {
    return append(it.key, [this, &it, &record] { return std::any(of_->store_.note(it, record)); });
  }

  pawl::task<void> write() {
    auto& script = of_->script_;
    ++script.round_trips;
    script.sizes.push_back(writes_.size());
    co_await of_->loop_.sleep({});
    auto const failure = std::exchange(script.failure, std::nullopt);
    if (failure && !script.after_the_effect) throw pawl::store_error(*failure, "test: before the effect");
    if (!begin()) throw pawl::store_error(pawl::store_failure::busy, "test: another has the lock");
    try {
      for (auto& one : writes_) {
        if (script.rejected.count(one.key) > 0)
          throw pawl::store_error(pawl::store_failure::rejected, "test: refused because of '" + one.key + "'");
        one.answer = one.execute();
      }
      of_->store_.commit();
    } catch (std::bad_alloc const&) {  // a database that has no memory for a row refuses its batch
      of_->store_.rollback();
      throw pawl::store_error(pawl::store_failure::rejected, "test: refused for lack of memory");
    } catch (...) {
      of_->store_.rollback();
      throw;
    }
    if (failure) throw pawl::store_error(*failure, "test: after the effect");
  }

  template <auto S, class E> pawl::applied_to<L, S, E> applied(std::size_t ticket) {
    return std::any_cast<pawl::applied_to<L, S, E>>(writes_.at(ticket).answer);
  }
  bool inserted(std::size_t ticket) { return std::any_cast<bool>(writes_.at(ticket).answer); }
  bool noted(std::size_t ticket) { return std::any_cast<bool>(writes_.at(ticket).answer); }

 private:
  struct one_write {
    std::string key;
    std::function<std::any()> execute;
    std::any answer{};
  };

  template <class Execute> std::size_t append(std::string_view key, Execute execute) {
    if (of_->script_.unsendable.count(std::string(key)) > 0)
      throw pawl::store_error(pawl::store_failure::rejected, "test: '" + std::string(key) + "' cannot be sent");
    writes_.push_back({std::string(key), std::move(execute)});
    return writes_.size() - 1;
  }
  bool begin() {
    try {
      return of_->store_.try_begin();
    } catch (pawl::store_error const& e) {
      if (e.what_failed() != pawl::store_failure::misuse) throw;
      return false;  // another queue of this process has a transaction open
    }
  }

  batching_store* of_;
  std::vector<one_write> writes_{};
};

#endif
