// How to test a lifecycle without a network and without waiting: memory_store, virtual_clock, and a scripted mock.
#include "translation.hpp"

#include <chrono>
#include <cstddef>
#include <string>

#include <pawl/testing.hpp>

#include "catch.hpp"
#include "phrasebook.hpp"

namespace translation_test {

using namespace std::chrono_literals;
using pawl::trouble;
using pawl::testing::remote_objects;
using translation::state;

using virtual_loop = pawl::loop<pawl::virtual_clock>;

// A service that takes two seconds a call; what goes wrong stands in the script of `remote`. Its jobs outlive it.
struct mock_service {
  mock_service(virtual_loop& loop, remote_objects& all_jobs)
      : remote(loop, pawl::mock_profile::constant(2s)), jobs(all_jobs) {}

  pawl::task<pawl::outcome<std::string>> submit(std::string phrase, std::string key) {
    return remote.call([this, phrase, key] {
      ++submissions;
      return jobs.once(phrase, key, "job of " + phrase);
    });
  }
  pawl::task<pawl::outcome<std::string>> fetch(std::string job) {
    return remote.call([job] { return job + ", done"; });
  }

  pawl::mock_adapter<virtual_loop> remote;
  remote_objects& jobs;
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
  pawl::commit_queue<pawl::memory_store<translation::lifecycle>, virtual_loop> queue{loop, items};
  remote_objects jobs;
  mock_service service{loop, jobs};
};

TEST_CASE("every phrase is translated, ten at a time, in exactly the time that this takes", "[custom_adapter]") {
  world w(100);
  CHECK(w.run({.concurrency = 10}).finished == 100);
  CHECK(w.loop.now() == 10 * (2s + 2s));
  auto const done = w.items.recorded<translation::finish>(*w.items.get("phrase 7").item);
  CHECK(done->text == "job of phrase 7, done");
}

TEST_CASE("a job that is not ready is asked for again when the service says", "[custom_adapter]") {
  world w(1);
  w.service.remote.refuse(2, trouble::pending(1h));
  w.service.remote.refuse(3, trouble::pending(1h));
  CHECK(w.run().finished == 1);
  CHECK(w.loop.now() == 4 * 2s + 2 * 1h);
}

TEST_CASE("a lost answer makes no second job", "[custom_adapter]") {
  world w(1);
  w.service.remote.lose_answer(1);
  CHECK(w.run().finished == 1);
  CHECK(w.service.submissions == 2);
  CHECK(w.jobs.size() == 1);
}

TEST_CASE("whichever answer is lost, the third or another, every phrase is translated, and none has two jobs",
          "[custom_adapter]") {
  constexpr int phrases = 5;
  std::size_t const lost = GENERATE(range(std::size_t{1}, std::size_t{2 * phrases + 1}));
  std::size_t const concurrency = GENERATE(std::size_t{1}, std::size_t{3});
  world w(phrases);
  w.service.remote.lose_answer(lost);

  CHECK(w.run({.concurrency = concurrency}).finished == phrases);
  CHECK(w.service.remote.calls() == 2 * phrases + 1);
  CHECK(w.jobs.size() == phrases);
  for (int i = 0; i < phrases; ++i) {
    std::string const phrase = "phrase " + std::to_string(i);
    CHECK(w.jobs.of(phrase) == 1);
    CHECK(w.items.recorded<translation::finish>(*w.items.get(phrase).item)->text == "job of " + phrase + ", done");
  }
}

TEST_CASE("the phrasebook loses its third answer, and makes three jobs of three phrases", "[custom_adapter]") {
  world w(0);
  phrasebook service;
  for (auto const* phrase : {"good morning", "thank you", "good night"}) w.items.insert_if_absent(phrase);

  CHECK(pawl::run(w.queue, translation::steps{service}, {.concurrency = 10}).finished == 3);
  CHECK(service.calls() == 3 + 1 + 2 * 3);  // one submission is repeated; no translation is ready when first asked for
  CHECK(service.jobs() == 3);
}

TEST_CASE("a refused phrase is rejected with the service's words, and the others go on", "[custom_adapter]") {
  world w(3);
  w.service.remote.refuse(1, trouble::permanent("no such language"));
  auto const summary = w.run();
  CHECK(summary.finished == 2);
  CHECK(summary.ended == 1);
  CHECK(w.where("phrase 0") == state::rejected);
  CHECK(w.items.recorded<translation::reject>(*w.items.get("phrase 0").item)->reason == "permanent: no such language");
}

TEST_CASE("after a crash between submission and answer the job goes on, and is not submitted again",
          "[custom_adapter]") {
  world w(1);
  // what a killed process left behind
  translation::phrase<state::drafted> drafted("phrase 0", 0);
  REQUIRE(w.items.apply(drafted, translation::submit{"job of the dead"}));

  CHECK(w.run().finished == 1);
  CHECK(w.service.submissions == 0);
  CHECK(w.items.recorded<translation::finish>(*w.items.get("phrase 0").item)->text == "job of the dead, done");
}

struct survivors {
  pawl::memory_store<translation::lifecycle> items;
  remote_objects jobs;
};

TEST_CASE("wherever the process dies, every phrase is translated, and none has two jobs", "[custom_adapter]") {
  auto const verdict = pawl::testing::for_each_crash_point<survivors>(
      [](survivors& durable, pawl::testing::process& process) {
        virtual_loop loop;
        auto items = process.watch(durable.items);
        for (auto const* phrase : {"phrase 0", "phrase 1"}) items.insert_if_absent(phrase);
        pawl::commit_queue queue{loop, items};
        mock_service service{loop, durable.jobs};
        process.watch(service.remote);
        process.watch(durable.jobs);
        pawl::run(queue, translation::steps{service}, {.concurrency = 2});
        for (auto const* phrase : {"phrase 0", "phrase 1"}) {
          auto const done = items.recorded<translation::finish>(*items.get(phrase).item);
          process.expect(done && done->text == std::string("job of ") + phrase + ", done", "the translation is right");
        }
      },
      {.crashes = 2});
  CHECK(verdict);
}

// The phrasebook, in front of which a process may die.
struct watched_phrasebook {
  phrasebook& book;
  pawl::testing::process& process;

  pawl::outcome<std::string> submit(std::string const& phrase, std::string const& key) {
    return process.call([&] { return book.submit(phrase, key); });
  }
  pawl::outcome<std::string> fetch(std::string const& job) {
    return process.call([&] { return book.fetch(job); });
  }
};
struct survivors_of_the_book {
  pawl::memory_store<translation::lifecycle> items;
  phrasebook book;
};

TEST_CASE("wherever the process dies, the phrasebook makes three jobs of three phrases", "[custom_adapter]") {
  auto const verdict = pawl::testing::for_each_crash_point<survivors_of_the_book>(
      [](survivors_of_the_book& durable, pawl::testing::process& process) {
        virtual_loop loop;
        auto items = process.watch(durable.items);
        for (auto const* phrase : {"good morning", "thank you", "good night"}) items.insert_if_absent(phrase);
        pawl::commit_queue queue{loop, items};
        watched_phrasebook service{durable.book, process};
        pawl::run(queue, translation::steps{service}, {.concurrency = 10});
        process.expect(durable.book.jobs() == 3, "three jobs of three phrases");
      });
  CHECK(verdict);
}

}  // namespace translation_test
