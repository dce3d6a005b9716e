#include <stdexcept>
#include <string>
#include <vector>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/runner/ask.hpp>

#include "catch.hpp"

namespace mock_adapter_test {

using namespace std::chrono_literals;
using pawl::mock_profile;
using pawl::trouble;
using pawl::trouble_kind;

using virtual_loop = pawl::loop<pawl::virtual_clock>;

struct world {
  // Makes n calls, one after the other, and notes each answer.
  std::vector<std::string> call(int n) {
    return loop.wait([](world& w, int count) -> pawl::task<std::vector<std::string>> {
      std::vector<std::string> answers;
      for (int i = 0; i < count; ++i) {
        auto effect = [&w] { return "effect " + std::to_string(++w.effects); };
        auto answer = co_await w.remote.call(effect);
        answers.push_back(answer ? *answer : answer.why().describe());
      }
      co_return answers;
    }(*this, n));
  }

  virtual_loop loop;
  pawl::mock_adapter<virtual_loop> remote{loop};
  int effects = 0;
};

using texts = std::vector<std::string>;

TEST_CASE("a mock takes the time of its profile: none with zero, always the same with constant", "[adapter]") {
  world w;
  w.call(3);
  CHECK(w.loop.now() == 0s);
  w.remote.set_profile(mock_profile::constant(2s));
  w.call(3);
  CHECK(w.loop.now() == 6s);
  CHECK(w.remote.calls() == 6);
}

TEST_CASE("with no delay a mock still suspends", "[adapter]") {
  world w;
  bool others_ran = false;
  w.loop.sleep(0s, [&](auto) { others_ran = true; });
  w.call(1);
  CHECK(others_ran);
}

TEST_CASE("a refused call has no effect, and a lost answer has one", "[adapter]") {
  world w;
  w.remote.refuse(2, trouble::transient("busy"));
  w.remote.lose_answer(3);
  CHECK(w.call(4) ==
        texts{"effect 1", "transient: busy", "unknown_outcome: the answer was lost (scripted)", "effect 3"});
  CHECK(w.remote.effects() == 3);
}

TEST_CASE("an effect may answer with trouble of its own", "[adapter]") {
  mock_adapter_test::virtual_loop loop;
  pawl::mock_adapter remote{loop};
  auto const find = [&](bool there) {
    return loop.wait(remote.call([there]() -> pawl::outcome<std::string> {
      if (!there) return trouble::not_found("no such job");
      return std::string("found");
    }));
  };
  CHECK(*find(true) == "found");
  CHECK(find(false).why().kind == trouble_kind::not_found);
  remote.lose_next_answer();
  CHECK(find(true).why().kind == trouble_kind::unknown_outcome);
  CHECK(remote.effects() == 3);
}

TEST_CASE("the script of the next call goes to the first that has none", "[adapter]") {
  world w;
  w.call(1);
  w.remote.refuse(2, trouble::permanent("second"));
  w.remote.refuse_next(trouble::permanent("third"));
  w.remote.lose_next_answer();
  CHECK(w.call(4) ==
        texts{"permanent: second", "permanent: third", "unknown_outcome: the answer was lost (scripted)", "effect 3"});
}

TEST_CASE("a lost request has no effect and cannot be told from a lost answer by its kind", "[adapter]") {
  world w;
  w.remote.script_next(pawl::call_fate::lost_request());
  CHECK(w.call(2) == texts{"unknown_outcome: the request was lost (scripted)", "effect 1"});
}

TEST_CASE("a call that lands late is answered before its effect, and meets the calls that came after it", "[adapter]") {
  world w;
  w.remote.set_profile(mock_profile::constant(2s));
  w.remote.script(1, pawl::call_fate::late_landing(3s));
  CHECK(w.call(2) == texts{"unknown_outcome: no answer yet (scripted)", "effect 1"});
  CHECK(w.effects == 1);
  CHECK(w.remote.effects() == 1);
  w.loop.wait([](virtual_loop& on) -> pawl::task<void> { co_await on.sleep(1s); }(w.loop));
  CHECK(w.effects == 2);
  CHECK(w.remote.effects() == 2);
}

TEST_CASE("a slow answer comes after its effect", "[adapter]") {
  world w;
  w.remote.script(1, pawl::call_fate::slow_answer(1min));
  int seen = 0;
  w.loop.sleep(59s, [&](auto) { seen = w.effects; });
  CHECK(w.call(1) == texts{"effect 1"});
  CHECK(seen == 1);
  CHECK(w.loop.now() == 1min);
}

struct refuses_odd final : pawl::call_faults {
  pawl::call_fate begin(std::size_t n) override {
    ++begun;
    return n % 2 == 1 ? pawl::call_fate::refused(trouble::transient("odd")) : pawl::call_fate::well();
  }
  void answer(std::size_t n) override { answered.push_back(n); }
  int begun = 0;
  std::vector<std::size_t> answered{};
};

TEST_CASE("faults decide where the script is silent, and hear of every call", "[adapter]") {
  world w;
  refuses_odd faults;
  w.remote.obey(&faults);
  w.remote.script(3, pawl::call_fate::well());
  CHECK(w.call(3) == texts{"transient: odd", "effect 1", "effect 2"});
  CHECK(faults.begun == 3);
  CHECK(faults.answered == std::vector<std::size_t>{1, 2, 3});
  w.remote.obey(nullptr);
  CHECK(w.call(2) == texts{"effect 3", "effect 4"});
}

TEST_CASE("ask lifts values, outcomes and tasks of both, and what a call throws may have been carried out",
          "[adapter]") {
  mock_adapter_test::virtual_loop loop;
  auto const text = [](pawl::outcome<std::string> const& o) { return o ? *o : o.why().describe(); };
  loop.wait([](auto& l, auto& to_text) -> pawl::task<void> {
    CHECK(to_text(co_await pawl::ask(std::string("plain"))) == "plain");
    pawl::outcome<std::string> refused(trouble::auth("who are you"));
    CHECK(to_text(co_await pawl::ask(refused)) == "auth: who are you");
    auto value = [](auto& on) -> pawl::task<std::string> {
      co_await on.sleep(1s);
      co_return "awaited, and longer than a short string is";
    };
    CHECK(to_text(co_await pawl::ask(value(l))) == "awaited, and longer than a short string is");
    auto throwing = [](auto& on) -> pawl::task<pawl::outcome<std::string>> {
      co_await on.sleep(1s);
      throw std::runtime_error("connection reset");
    };
    CHECK(to_text(co_await pawl::ask(throwing(l))) == "unknown_outcome: connection reset");
  }(loop, text));
}

}  // namespace mock_adapter_test
