// Proves that a run wastes no time: on the virtual clock, where computation takes none, 818 files with two calls of two
// seconds each take 2 * 2 s * ceil(818 / slots).
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <type_traits>

#include <pawl/adapter/mock_adapter.hpp>
#include <pawl/loop/clock.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/queue/commit_queue.hpp>
#include <pawl/runner/run.hpp>
#include <pawl/sqlite/database.hpp>
#include <pawl/sqlite/store.hpp>

#include "../examples/batch_benchmark/search_api.hpp"
#include "../examples/batch_benchmark/steps.hpp"
#include "files.hpp"
#include "proof.hpp"
#include "store/filing.hpp"

namespace {

using namespace filing;
using namespace std::chrono_literals;
using virtual_loop = pawl::loop<pawl::virtual_clock>;

constexpr std::size_t files = 818;

void insert(pawl::sqlite::store<file_lifecycle>& store, std::string const& key) { store.insert_if_absent(key); }
void insert(pawl::sqlite::store<files_table>& store, std::string const& key) {
  auto add = store.db().prepare("INSERT INTO files(file_path,content_hash,filename,file_size) VALUES(?1,'','',0)");
  add.bind(1, key);
  add.step();
}

template <class T> std::chrono::nanoseconds makespan(std::size_t concurrency) {
  temporary_folder const folder;
  pawl::sqlite::database db{folder / "a.db", {.durable = pawl::sqlite::durability::process_crash}};
  if (std::is_same_v<T, files_table>) db.execute(files_schema);
  pawl::sqlite::store<T> store{db};
  db.begin();
  for (std::size_t i = 0; i < files; ++i) insert(store, "file " + std::to_string(i));
  db.commit();
  virtual_loop loop;
  pawl::commit_queue queue{loop, store};
  mock_search_api<virtual_loop> api{loop, pawl::mock_profile::constant(2s)};
  auto const begun = loop.now();
  auto const summary = pawl::run(queue, steps{api}, {.concurrency = concurrency});
  return summary.finished == files ? loop.now() - begun : -1ns;
}

template <class T> bool prove(std::string const& where) {
  bool exact = true;
  std::string took;
  for (std::size_t const concurrency : {1U, 10U, 50U, 818U}) {
    auto const found = makespan<T>(concurrency);
    exact = exact && found == 4s * ((files + concurrency - 1) / concurrency);
    took += (took.empty() ? "" : ", ") + std::to_string(found / 1s) + " s with " + std::to_string(concurrency);
  }
  return proof::report("makespan", "818 files, virtual clock, " + where, took, exact);
}

}  // namespace

int main(int argc, char** argv) try {
  if (int const refused = proof::refuse_arguments(argc, argv)) return refused;
  bool const mapped = prove<files_table>("mapped table"), own = prove<file_lifecycle>("own table");
  return mapped && own ? 0 : 1;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}
