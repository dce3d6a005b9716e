// The completion token of a thread that has no event loop: the call returns when it is answered.
#ifndef PAWL_QUEUE_BLOCKING_HPP
#define PAWL_QUEUE_BLOCKING_HPP

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <pawl/error.hpp>
#include <pawl/queue/awaited_write.hpp>
#include <pawl/queue/batch_writer.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

struct blocking_t {};
// `bool const is_new = queue.insert_if_absent("grace", pawl::blocking);` on any thread but the loop's: waits for the
// answer, and returns it or throws the store_error. Where no thread runs the loop, it waits for one, up to
// commit_queue_options::busy_bound.
inline constexpr blocking_t blocking{};

namespace detail {

template <class Token> inline constexpr bool is_blocking = std::is_same_v<std::remove_cvref_t<Token>, blocking_t>;

// Where the asking thread waits for the thread that answers.
template <class T> class answer_room {
 public:
  void tell(std::exception_ptr failure, std::optional<T> answer) {
    std::lock_guard<std::mutex> const lock(mutex_);
    failure_ = std::move(failure);
    answer_ = std::move(answer);
    is_told_ = true;
    told_.notify_all();
  }
  // False if that took longer than the bound; nanoseconds::max() is without end.
  bool wait(std::chrono::nanoseconds bound) {
    std::unique_lock<std::mutex> lock(mutex_);
    auto const is_told = [this] { return is_told_; };
    if (bound < std::chrono::hours(24 * 365)) return told_.wait_for(lock, bound, is_told);
    told_.wait(lock, is_told);
    return true;
  }
  T take() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return std::move(*answer_);
  }

 private:
  std::mutex mutex_{};
  std::condition_variable told_{};
  bool is_told_ = false;
  std::exception_ptr failure_{};
  std::optional<T> answer_{};
};

template <class T> class blocked_handler {
 public:
  explicit blocked_handler(std::shared_ptr<answer_room<T>> room) : room_(std::move(room)) {}
  blocked_handler(blocked_handler&&) noexcept = default;
  blocked_handler& operator=(blocked_handler&&) = delete;
  // Destroyed uncalled: there was no memory to call it.
  ~blocked_handler() {
    if (room_) room_->tell(std::make_exception_ptr(std::bad_alloc()), std::nullopt);
  }
  void operator()(std::exception_ptr failure, T answer) {
    std::exchange(room_, nullptr)->tell(std::move(failure), std::move(answer));
  }

 private:
  std::shared_ptr<answer_room<T>> room_;
};

inline constexpr std::chrono::nanoseconds shortest_wait = std::chrono::milliseconds(1);

template <class Request> typename Request::answer_type ask_queue_and_wait(batch_writer& writer, Request&& request) {
  using answer_type = typename Request::answer_type;
  using write_type = awaited_write<blocked_handler<answer_type>, Request>;
  if (writer.loop().runs_here())
    throw store_error(store_failure::misuse,
                      "pawl: pawl::blocking on the thread that runs the queue's loop would wait for itself; await "
                      "the answer there");
  auto const room = std::make_shared<answer_room<answer_type>>();
  auto const requests = writer.requests();  // the queue may be gone when this thread wakes up
  auto const bound = writer.busy_bound();
  auto* const write = write_type::make(blocked_handler<answer_type>(room), std::move(request));
  write->ask_outside(writer, {});
  auto const number = writer.ask_outside(*write);
  while (!room->wait((std::max)(bound, shortest_wait))) requests->withdraw(number);
  return room->take();
}

}  // namespace detail
}  // namespace pawl::inline PAWL_ABI

#endif
