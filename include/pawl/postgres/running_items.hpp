// Which items' steps a worker runs, told to the server before each begins: so that a death is counted for those that ran and
// not for those that were only claimed.
#ifndef PAWL_POSTGRES_RUNNING_ITEMS_HPP
#define PAWL_POSTGRES_RUNNING_ITEMS_HPP

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <pawl/loop/loop.hpp>
#include <pawl/loop/spawn.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/postgres/array.hpp>
#include <pawl/postgres/connection.hpp>
#include <pawl/postgres/request.hpp>
#include <pawl/postgres/worker.hpp>
#include <pawl/store/stored_item.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// An item that is begun waits until the worker's row names it; all that begin meanwhile go together in the next write, and
// one write is under way at a time. An item that has ended leaves the row with the next write: until then its own version,
// or its record, says that it is over.
//
// Used on the loop's thread. The worker, its session and this must outlive what waits.
class running_items {
 public:
  running_items(event_loop& loop, worker& of) : loop_(loop), worker_(&of) {}
  running_items(running_items const&) = delete;
  running_items& operator=(running_items const&) = delete;

  // Returns when the server knows. False: the worker was taken for dead, and the item is not its own. One mark covers the item
  // for as long as the worker goes on with it, from step to step. Throws what the worker's requests throw, as to all that
  // waited for the same write.
  task<bool> begin(connection& session, pawl::detail::item_view it, connection::time_point until) {
    items_.push_back({std::string(it.key), it.version, it.life});
    auto const mine = next_write(session, until);
    boost::system::error_code woken;
    auto waiting = mine->done.async_wait(asio::redirect_error(await, woken));
    if (!mine->is_over) {
      auto const elsewhere = loop_.elsewhere();
      co_await std::move(waiting);
    }
    if (!mine->is_over) throw boost::system::system_error(woken);  // cancelled
    if (mine->failure) std::rethrow_exception(mine->failure);
    co_return mine->found;
  }
  void end(std::string_view key) {
    std::erase_if(items_, [key](running const& one) { return one.key == key; });
  }
  bool contains(std::string_view key) const {
    return std::any_of(items_.begin(), items_.end(), [key](running const& one) { return one.key == key; });
  }
  // Nothing is its own any more.
  void clear() noexcept { items_.clear(); }
  std::size_t size() const noexcept { return items_.size(); }
  // A write refers to its session until then.
  bool is_writing() const noexcept { return is_writing_; }

 private:
  struct running {
    std::string key{};
    std::int64_t version = 0, life = 0;
  };
  // A write of all that runs when it is sent. The timer never expires; it is cancelled when the answer is there.
  struct write {
    write(event_loop& loop, connection& over, connection::time_point deadline)
        : done(loop.get_executor(), (connection::time_point::max)()), session(over), until(deadline) {}
    asio::steady_timer done;
    connection& session;
    connection::time_point until;
    bool is_over = false;
    bool found = false;
    std::exception_ptr failure{};
  };

  std::shared_ptr<write> next_write(connection& session, connection::time_point until) {
    if (!gathering_) {
      gathering_ = std::make_shared<write>(loop_, session, until);
      if (!is_writing_) {
        is_writing_ = true;
        pawl::detail::spawn(loop_.get_executor(), write_all(), {&pawl::detail::rethrow});
      }
    }
    return gathering_;
  }
  task<void> write_all() {
    auto yielding = loop_.sleep({});  // what else begins in this turn of the loop
    co_await std::move(yielding);
    while (gathering_) {
      auto const now = std::exchange(gathering_, nullptr);
      request const what = all(now->session);
      try {
        auto telling = worker_->tell(now->session, what, now->until);
        now->found = co_await std::move(telling);
      } catch (...) {
        now->failure = std::current_exception();
      }
      now->is_over = true;
      now->done.cancel();
    }
    is_writing_ = false;
  }
  request all(connection const& session) const {
    array_builder<bytes> keys;
    array_builder<std::int64_t> versions, lives;
    for (running const& one : items_) {
      auto const* const begin = reinterpret_cast<std::byte const*>(one.key.data());
      keys.add(bytes(begin, begin + one.key.size()));
      versions.add(one.version);
      lives.add(one.life);
    }
    request what = worker::beside(session);
    worker_->add_run_items(what, keys.take(), versions.take(), lives.take());
    return what;
  }

  event_loop& loop_;
  worker* worker_;
  std::vector<running> items_{};
  std::shared_ptr<write> gathering_{};
  bool is_writing_ = false;
};

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
