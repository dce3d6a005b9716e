// How to test a lifecycle without a network and without waiting: memory_store, virtual_clock, and a scripted mock.
#include "translation.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

#include "catch.hpp"
#include "phrasebook.hpp"

namespace translation_test {

using namespace std::chrono_literals;
using pawl::trouble;
using translation::state;

using virtual_loop = pawl::loop<pawl::virtual_clock>;

// A service that takes two seconds a call; what goes wrong stands in the script of `remote`.
struct mock_service {
  explicit mock_service(virtual_loop& loop) : remote(loop, pawl::mock_profile::constant(2s)) {}

  pawl::task<pawl::outcome<std::string>> submit(std::string phrase, std::string key) {
    return remote.call([this, phrase, key] {
      ++submissions;
      auto const [job, is_new] = jobs.try_emplace(key, "job of " + phrase);
      if (is_new) ++jobs_of[phrase];
      return job->second;
    });
  }
  pawl::task<pawl::outcome<std::string>> fetch(std::string job) {
    return remote.call([job] { return job + ", done"; });
  }

  pawl::mock_adapter<virtual_loop> remote;
  std::map<std::string, std::string> jobs;  // by key
  std::map<std::string, int> jobs_of;       // by phrase
  int submissions = 0;
};

struct world {
  explicit world(int phrases) {
    for (int i = 0; i < phrases; ++i) items.insert_if_absent("phrase " + std::to_string(i));
  }
  pawl::summary run(pawl::run_options options = {}) { return pawl::run(queue, translation::steps{service}, options); }
  state where(std::string const& key) { return items.get(key).item->state; }

  virtual_loop loop;
  pawl::memory_store<translation::lifecycle> items;
  pawl::grouped<pawl::memory_store<translation::lifecycle>, virtual_loop> queue{loop, items};
  mock_service service{loop};
};

TEST_CASE("every phrase is translated, ten at a time, in exactly the time that this takes", "[translation]") {
  world w(100);
  CHECK(w.run({.concurrency = 10}).finished == 100);
  CHECK(w.loop.now() == 10 * (2s + 2s));
  auto const done = w.items.recorded<translation::finish>(*w.items.get("phrase 7").item);
  CHECK(done->text == "job of phrase 7, done");
}

TEST_CASE("a job that is not ready is asked for again when the service says", "[translation]") {
  world w(1);
  w.service.remote.refuse(2, trouble::pending(1h));
  w.service.remote.refuse(3, trouble::pending(1h));
  CHECK(w.run().finished == 1);
  CHECK(w.loop.now() == 4 * 2s + 2 * 1h);
}

TEST_CASE("a lost answer makes no second job", "[translation]") {
  world w(1);
  w.service.remote.lose_answer(1);
  CHECK(w.run().finished == 1);
  CHECK(w.service.submissions == 2);
  CHECK(w.service.jobs.size() == 1);
}

TEST_CASE("whichever answer is lost, the third or another, every phrase is translated, and none has two jobs",
          "[translation]") {
  constexpr int phrases = 5;
  std::size_t const lost = GENERATE(range(std::size_t{1}, std::size_t{2 * phrases + 1}));
  std::size_t const concurrency = GENERATE(std::size_t{1}, std::size_t{3});
  world w(phrases);
  w.service.remote.lose_answer(lost);

  CHECK(w.run({.concurrency = concurrency}).finished == phrases);
  CHECK(w.service.remote.calls() == 2 * phrases + 1);
  CHECK(w.service.jobs_of.size() == phrases);
  for (auto const& [phrase, jobs] : w.service.jobs_of) {
    CHECK(jobs == 1);
    CHECK(w.items.recorded<translation::finish>(*w.items.get(phrase).item)->text == "job of " + phrase + ", done");
  }
}

TEST_CASE("the phrasebook loses its third answer, and makes three jobs of three phrases", "[translation]") {
  world w(0);
  phrasebook service;
  for (auto const* phrase : {"good morning", "thank you", "good night"}) w.items.insert_if_absent(phrase);

  CHECK(pawl::run(w.queue, translation::steps{service}, {.concurrency = 10}).finished == 3);
  CHECK(service.calls() == 3 + 1 + 2 * 3);  // one submission is repeated; no translation is ready when first asked for
  CHECK(service.jobs() == 3);
}

TEST_CASE("a refused phrase is rejected with the service's words, and the others go on", "[translation]") {
  world w(3);
  w.service.remote.refuse(1, trouble::permanent("no such language"));
  auto const summary = w.run();
  CHECK(summary.finished == 2);
  CHECK(summary.ended == 1);
  CHECK(w.where("phrase 0") == state::rejected);
  CHECK(w.items.recorded<translation::reject>(*w.items.get("phrase 0").item)->reason == "permanent: no such language");
}

TEST_CASE("after a crash between submission and answer the job goes on, and is not submitted again", "[translation]") {
  world w(1);
  // what a killed process left behind
  translation::phrase<state::drafted> drafted("phrase 0", 0);
  REQUIRE(w.items.apply(drafted, translation::submit{"job of the dead"}));

  CHECK(w.run().finished == 1);
  CHECK(w.service.submissions == 0);
  CHECK(w.items.recorded<translation::finish>(*w.items.get("phrase 0").item)->text == "job of the dead, done");
}

}  // namespace translation_test
