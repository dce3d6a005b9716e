// SQLite's stores as fixtures of the store contract: on a file, with a second connection as the other process.
#ifndef PAWL_TESTS_SQLITE_CONTRACT_FIXTURES_HPP
#define PAWL_TESTS_SQLITE_CONTRACT_FIXTURES_HPP

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pawl/fsm/machine.hpp>
#include <pawl/fsm/names.hpp>
#include <pawl/sqlite/store.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/store/table.hpp>
#include <pawl/testing/contract_lifecycle.hpp>

#include "files.hpp"
#include "sqlite/fixture.hpp"

namespace sqlite_test {

using pawl::testing::contract_lifecycle;

// The mapping of the contract's lifecycle onto a table of somebody else.
struct contract_table : pawl::table<contract_lifecycle> {
  using load = pawl::testing::contract::load;
  using finish = pawl::testing::contract::finish;
  using fail = pawl::testing::contract::fail;

  static constexpr pawl::names names{.table = "jobs", .key = "name", .state = "stage"};
  static constexpr auto columns = pawl::columns(
      pawl::on<load>(pawl::set("text", &load::text), pawl::set("number", &load::number),
                     pawl::set("large", &load::large), pawl::set("flag", &load::flag),
                     pawl::set("weight", &load::weight), pawl::set("mark", &load::mark),
                     pawl::set("bytes", &load::bytes), pawl::set("note", &load::note)),
      pawl::on<finish>(pawl::set("receipt", &finish::receipt)), pawl::on<fail>(pawl::set("reason", &fail::reason)),
      pawl::on<pawl::testing::contract::retry, pawl::testing::contract::reset>(
          pawl::clear("text", "number", "large", "flag", "weight", "mark", "bytes", "note", "receipt", "reason")));
};
static_assert(pawl::valid<contract_table>);

// A folder and two connections to one database in it; the log of the first can be told to fail.
class contract_database {
 public:
  explicit contract_database(std::string const& schema = {}) {
    if (!schema.empty()) db.execute(schema);
  }
  contract_database(contract_database const&) = delete;
  contract_database& operator=(contract_database const&) = delete;
  ~contract_database() {
    if (log_ != nullptr) log_->pMethods = methods_;
  }

  // From now on nothing can be written to the log, so the next COMMIT that has something to write fails.
  void fail_commit() {
    REQUIRE(sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log_) == SQLITE_OK);
    methods_ = log_->pMethods;
    failing_ = *methods_;
    failing_.xWrite = [](sqlite3_file*, void const*, int, sqlite3_int64) { return SQLITE_IOERR_WRITE; };
    log_->pMethods = &failing_;
  }
  void reject(std::string const& table, std::string const& condition) {
    db.execute("CREATE TRIGGER IF NOT EXISTS reject BEFORE UPDATE ON " + table + " WHEN " + condition +
               " BEGIN SELECT RAISE(ABORT,'rejected by the test'); END");
  }
  // What a user's own statement writes.
  pawl::sql_statement statement(std::string_view text) {
    db.execute("CREATE TABLE IF NOT EXISTS notes(text UNIQUE)");
    return pawl::sql("INSERT INTO notes VALUES(?1)", text);
  }
  bool has(std::string_view text) {
    auto s = db.prepare("SELECT 1 FROM notes WHERE text=?1");
    s.bind(1, text);
    return s.step();
  }
  void execute(std::string const& sql, std::string_view key, std::string_view state, std::int64_t version) {
    auto s = db.prepare(sql);
    s.bind(1, key);
    s.bind(2, state);
    s.bind(3, version);
    s.step();
  }

 private:
  temporary_folder folder_;

 public:
  pawl::sqlite::database db{folder_ / "jobs.db", quick()};
  pawl::sqlite::database theirs{folder_ / "jobs.db", quick()};

 private:
  sqlite3_file* log_ = nullptr;
  sqlite3_io_methods const* methods_ = nullptr;
  sqlite3_io_methods failing_{};
};

// `Store` is the store itself, or one made from it that takes `Arguments` before its database.
template <class Store = pawl::sqlite::store<contract_lifecycle>> class contract_in_own_table {
  contract_database file_{};

 public:
  template <class... Arguments>
  explicit contract_in_own_table(Arguments... arguments) : store(arguments..., file_.db), theirs_(file_.theirs) {}

  Store store;

  auto& other() { return theirs_; }
  void fail_commit() { file_.fail_commit(); }
  pawl::sql_statement statement(std::string_view text) { return file_.statement(text); }
  bool has(std::string_view text) { return file_.has(text); }
  void reject(std::string_view key) { file_.reject("contract_lifecycle", "old.key='" + std::string(key) + "'"); }
  void write(std::string_view key, std::string_view state, std::int64_t version) {
    file_.db.execute(
        "INSERT OR IGNORE INTO pawl_states(table_name,code,name) VALUES('contract_lifecycle',77,'archived')");
    file_.execute(
        "INSERT INTO contract_lifecycle(key,state,version,changed_at) VALUES(?1,(SELECT code FROM pawl_states WHERE "
        "table_name='contract_lifecycle' AND name=?2),?3,0) ON CONFLICT(key) DO UPDATE SET "
        "state=excluded.state,version=excluded.version",
        key, state, version);
  }
  void erase(std::string_view key) {
    file_.execute("DELETE FROM contract_lifecycle WHERE key=?1 AND ?2='' AND ?3=0", key, "", 0);
  }

 private:
  pawl::sqlite::store<contract_lifecycle> theirs_;
};

class contract_in_mapped_table {
  contract_database file_{
      "CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT,name TEXT NOT NULL UNIQUE,stage TEXT NOT NULL DEFAULT "
      "'ready',version "
      "INTEGER NOT NULL DEFAULT 0,text TEXT,number INTEGER,large INTEGER,flag INTEGER,weight REAL,mark INTEGER,bytes "
      "BLOB,note TEXT,receipt INTEGER,reason TEXT)"};

 public:
  pawl::sqlite::store<contract_table> store{file_.db};

  auto& other() { return theirs_; }
  void fail_commit() { file_.fail_commit(); }
  pawl::sql_statement statement(std::string_view text) { return file_.statement(text); }
  bool has(std::string_view text) { return file_.has(text); }
  void reject(std::string_view key) { file_.reject("jobs", "old.name='" + std::string(key) + "'"); }
  void add(std::string_view key) { write(key, "ready", 0); }
  void write(std::string_view key, std::string_view state, std::int64_t version) {
    file_.execute(
        "INSERT INTO jobs(name,stage,version) VALUES(?1,?2,?3) ON CONFLICT(name) DO UPDATE SET "
        "stage=excluded.stage,version=excluded.version",
        key, state, version);
  }
  void erase(std::string_view key) { file_.execute("DELETE FROM jobs WHERE name=?1 AND ?2='' AND ?3=0", key, "", 0); }

 private:
  pawl::sqlite::store<contract_table> theirs_{file_.theirs};
};

}  // namespace sqlite_test

#endif
