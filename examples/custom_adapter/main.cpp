// Translates the phrases given on the command line, durably: kill it at any time and run it again.
#include <cstdio>
#include <exception>

#include "phrasebook.hpp"
#include "translation.hpp"

int main(int argc, char* argv[]) try {
  pawl::loop<> loop;
  pawl::sqlite::database db{"translations.db"};
  pawl::sqlite::store<translation::lifecycle> items{db};
  for (int i = 1; i < argc; ++i) items.insert_if_absent(argv[i]);

  pawl::commit_queue queue{loop, items};
  phrasebook service;
  auto const summary = pawl::run(queue, translation::steps{service}, {.concurrency = 10});

  std::printf("%zu translated, %zu rejected, %zu parked\n", summary.finished, summary.ended, summary.parked);
  std::printf("%zu jobs at the service, after %d calls\n", service.jobs(), service.calls());
  for (int i = 1; i < argc; ++i) {
    auto const row = items.get(argv[i]);
    if (!row.item) continue;
    if (auto done = items.recorded<translation::finish>(*row.item))
      std::printf("%s: %s\n", argv[i], done->text.c_str());
    if (auto refused = items.recorded<translation::reject>(*row.item))
      std::printf("%s: %s\n", argv[i], refused->reason.c_str());
  }
  return summary.parked == 0 ? 0 : 3;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
