// A toy bank, warehouse and post office. They keep their records in a database of their own, so that like real remotes
// they remember what they did after a killed process.
#ifndef TOY_SHOP_HPP
#define TOY_SHOP_HPP

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pawl/adapter/outcome.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/sqlite/database.hpp>

class toy_shop {
 public:
  template <class T> using answer = pawl::task<pawl::outcome<T>>;

  toy_shop(pawl::loop<>& loop, std::string const& file) : loop_(loop), deeds_(file) {
    deeds_.execute("CREATE TABLE IF NOT EXISTS deeds(what TEXT, key TEXT, answer TEXT, PRIMARY KEY(what, key))");
  }

  answer<std::string> charge(std::string order, std::string key) {
    co_await loop_.sleep(takes);
    if (order.starts_with("broke")) co_return pawl::trouble::permanent("the card is refused");
    co_return once("charge", key, "charge of " + order);
  }
  answer<std::string> refund(std::string charge, std::string key) {
    co_await loop_.sleep(takes);
    co_return once("refund", key, "refund of the " + charge);
  }
  answer<std::string> pack(std::string order) {
    co_await loop_.sleep(takes);
    if (order.starts_with("unicorn")) co_return pawl::trouble::not_found("out of stock");
    co_return once("parcel", order, "parcel of " + order);
  }
  answer<std::optional<std::string>> find_parcel(std::string order) {
    co_await loop_.sleep(takes);
    co_return find("parcel", order);
  }
  answer<pawl::done_t> unpack(std::string order) {
    co_await loop_.sleep(takes);
    auto gone = deeds_.prepare("DELETE FROM deeds WHERE what='parcel' AND key=?1");
    gone.bind(1, std::string_view(order));
    gone.step();
    co_return pawl::done;
  }
  answer<pawl::done_t> announce(std::string order, std::string tracking) {
    co_await loop_.sleep(takes);
    once("letter", order, tracking);
    co_return pawl::done;
  }

  // How often it has done this, over all processes.
  std::int64_t count(std::string_view what) {
    auto all = deeds_.prepare("SELECT count(*) FROM deeds WHERE what=?1");
    all.bind(1, what);
    return all.step() ? all.integer(0) : 0;
  }

 private:
  static constexpr std::chrono::milliseconds takes{300};

  // The same key gets the same answer, and nothing is done again.
  std::string once(std::string_view what, std::string_view key, std::string_view said) {
    auto done = deeds_.prepare("INSERT INTO deeds VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING");
    done.bind(1, what);
    done.bind(2, key);
    done.bind(3, said);
    done.step();
    return *find(what, key);
  }
  std::optional<std::string> find(std::string_view what, std::string_view key) {
    auto found = deeds_.prepare("SELECT answer FROM deeds WHERE what=?1 AND key=?2");
    found.bind(1, what);
    found.bind(2, key);
    if (!found.step()) return std::nullopt;
    return std::string(found.text(0));
  }

  pawl::loop<>& loop_;
  pawl::sqlite::database deeds_;
};

#endif
