#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/cancellation_signal.hpp>

#include <pawl/queue/pending_write.hpp>

#include "catch.hpp"

namespace pending_write_test {

using pawl::detail::pending_write;
using pawl::detail::write_list;

// Says in a log what becomes of it.
class noted_write final : public pending_write {
 public:
  noted_write(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}
  void execute(void*) override { log_.push_back("executed " + name_); }
  pawl::task<void> execute_later(void*) override { return {}; }
  pawl::detail::batch_place append_to(void*) override { return {}; }
  void collect_from(void*, std::size_t) override {}
  void finish(std::exception_ptr, pawl::detail::loop_executor const&) override { log_.push_back("finished " + name_); }
  void discard() noexcept override { log_.push_back("dropped " + name_); }
  bool moved() const override { return false; }
  std::string const& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string>& log_;
};

std::string order(write_list const& list) {
  std::string all;
  for (auto const* w = list.front(); w; w = w->next) all += static_cast<noted_write const*>(w)->name();
  return all;
}

TEST_CASE("writes leave their list in the order in which they came", "[queue]") {
  std::vector<std::string> log;
  noted_write a("a", log), b("b", log), c("c", log);
  write_list list;
  CHECK(list.empty());
  for (auto* w : {&a, &b, &c}) list.push(w);
  CHECK(order(list) == "abc");
  CHECK(list.pop() == &a);
  CHECK(list.pop() == &b);
  CHECK(list.pop() == &c);
  CHECK(list.empty());
}

TEST_CASE("a write is removed from any place, and the list goes on behind it", "[queue]") {
  std::vector<std::string> log;
  noted_write a("a", log), b("b", log), c("c", log), d("d", log);
  auto const [index, rest] = GENERATE(std::pair<int, std::string>(0, "bcd"), std::pair<int, std::string>(1, "acd"),
                                      std::pair<int, std::string>(2, "abd"));
  noted_write* const all[] = {&a, &b, &c};
  write_list list;
  for (auto* w : all) list.push(w);
  list.remove(all[index]);
  list.push(&d);
  CHECK(order(list) == rest);
  while (!list.empty()) list.pop();
}

TEST_CASE("a list that is appended is empty, and either may be empty before", "[queue]") {
  std::vector<std::string> log;
  noted_write a("a", log), b("b", log);
  write_list list, other, none;
  other.push(&a);
  list.append(other);
  CHECK(other.empty());
  list.append(none);
  list.push(&b);
  CHECK(order(list) == "ab");
  write_list moved(std::move(list));
  CHECK(order(moved) == "ab");
  while (!moved.empty()) moved.pop();
  CHECK(log.empty());
}

TEST_CASE("what is left in a list is dropped with it, in order", "[queue]") {
  std::vector<std::string> log;
  noted_write a("a", log), b("b", log);
  {
    write_list list;
    list.push(&a);
    list.push(&b);
  }
  CHECK(log == std::vector<std::string>{"dropped a", "dropped b"});
}

// What a canceller calls.
struct cancelling_queue {
  std::vector<pending_write*> cancelled;
  void cancel(pending_write& w) { cancelled.push_back(&w); }
};

TEST_CASE("a canceller cancels a write as long as it waits, and neither keeps the other alive", "[queue]") {
  std::vector<std::string> log;
  cancelling_queue queue;
  boost::asio::cancellation_signal signal;
  auto write = std::make_unique<noted_write>("a", log);
  signal.slot().emplace<pawl::detail::write_canceller<cancelling_queue>>(queue, *write);
  signal.emit(boost::asio::cancellation_type::terminal);
  CHECK(queue.cancelled.empty());  // it does not wait yet
  write->waits = true;
  signal.emit(boost::asio::cancellation_type::partial);
  CHECK(queue.cancelled == std::vector<pending_write*>{write.get()});
  SECTION("the write goes first") {
    write.reset();
    signal.emit(boost::asio::cancellation_type::terminal);
    CHECK(queue.cancelled.size() == 1);
  }
  SECTION("the slot is given away first") {
    signal.slot().clear();
    CHECK(write->canceller == nullptr);
  }
}

}  // namespace pending_write_test
