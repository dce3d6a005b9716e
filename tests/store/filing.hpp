// Lifecycles and mappings shared by the tests of stores.
#ifndef PAWL_TESTS_STORE_FILING_HPP
#define PAWL_TESTS_STORE_FILING_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/fsm/machine.hpp>
#include <pawl/store/table.hpp>

#include "../../examples/batch_benchmark/files_table.hpp"

// A file is uploaded and indexed: the lifecycle of the benchmark, and its table.
namespace filing {
using namespace batch_benchmark;
using machine = pawl::machine<file_lifecycle>;
}  // namespace filing

// A crate is packed with one field of every kind, and sent: what goes into a store must come back as it was.
namespace cargo {

enum class crate_state { empty, packed, sent };
enum class label : std::uint8_t { plain, fragile = 200 };

struct pack {
  std::string text;
  std::int64_t number;
  std::uint64_t big;
  bool flag;
  double weight;
  label tag;
  std::vector<std::byte> bytes;
  std::optional<std::string> note;
  bool operator==(pack const&) const = default;
};
struct weigh {
  std::optional<int> first;
  std::optional<double> second;
  bool operator==(weigh const&) const = default;
};
struct send {
  std::int8_t lane;
};

struct crate_lifecycle : pawl::lifecycle<pawl::initial<crate_state::empty>, pawl::goal<crate_state::sent>,
                                         pawl::transition<crate_state::empty, pack, crate_state::packed>,
                                         pawl::transition<crate_state::packed, weigh, crate_state::packed>,
                                         pawl::transition<crate_state::packed, send, crate_state::sent>> {};
static_assert(pawl::valid<crate_lifecycle>);

struct crates_table : pawl::table<crate_lifecycle> {
  static constexpr pawl::names names{.table = "crates"};
  static constexpr auto columns = pawl::columns(
      pawl::on<pack>(pawl::set("text", &pack::text), pawl::set("number", &pack::number), pawl::set("big", &pack::big),
                     pawl::set("flag", &pack::flag), pawl::set("weight", &pack::weight), pawl::set("tag", &pack::tag),
                     pawl::set("bytes", &pack::bytes), pawl::set("note", &pack::note)),
      pawl::on<weigh>(pawl::set("first", &weigh::first), pawl::set("second", &weigh::second)),
      pawl::on<send>(pawl::set("lane", &send::lane)));
};
static_assert(pawl::valid<crates_table>);

inline constexpr char const* crates_ddl = R"(
CREATE TABLE crates (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, state TEXT NOT NULL, version INTEGER NOT NULL,
  text TEXT, number INTEGER, big INTEGER, flag INTEGER, weight REAL, tag INTEGER, bytes BLOB, note TEXT,
  first INTEGER, second REAL, lane INTEGER);
)";

}  // namespace cargo

#endif
