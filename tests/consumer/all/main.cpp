#include <cstdio>

#include <pawl/pawl.hpp>
#include <pawl/report.hpp>

enum class letter_state { written, sent };
struct mail {
  std::string receipt;
};
struct letter : pawl::lifecycle<pawl::initial<letter_state::written>, pawl::goal<letter_state::sent>,
                                pawl::transition<letter_state::written, mail, letter_state::sent>> {};
struct post_office {
  pawl::exact_collector& lengths;
  mail operator()(pawl::item<letter, letter_state::written> it) {
    lengths.record(std::chrono::milliseconds(it.key.size()));
    return mail{"receipt of " + it.key};
  }
};

// Needs a folder in which there is no consumer.db.
int main() {
  pawl::loop<pawl::virtual_clock> loop;
  pawl::sqlite::database db{"consumer.db"};
  pawl::sqlite::store<letter> letters{db};
  for (auto to : {"ada", "grace"}) letters.insert_if_absent(to);
  pawl::commit_queue queue{loop, letters};
  pawl::exact_collector lengths;
  auto const finished = pawl::run(queue, post_office{lengths}, {.concurrency = 10}).finished;
  std::printf("%s\n", pawl::dump(pawl::to_json(lengths.snapshot()), -1).c_str());
  return finished == 2 && lengths.count() == 2 ? 0 : 1;
}
