// A batch of transitions as arrays: their order, keys that come twice, and what is refused before it is sent.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <pawl/error.hpp>
#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/postgres/key_check.hpp>
#include <pawl/postgres/move_batch.hpp>
#include <pawl/postgres/sql.hpp>

#include "catch.hpp"
#include "postgres/table_fixture.hpp"

namespace move_batch_test {

using namespace postgres_test;

enum class lamp_state { off, on };
struct light {
  std::string by;
  std::optional<int> watts;
};
struct darken {};
struct lamp_lifecycle : pawl::lifecycle<pawl::initial<lamp_state::off>, pawl::goal<lamp_state::on>,
                                        pawl::transition<lamp_state::off, light, lamp_state::on>,
                                        pawl::transition<lamp_state::on, darken, lamp_state::off>> {
  static constexpr std::string_view name = "lamp";
};
struct lamps_table : pawl::table<lamp_lifecycle> {
  static constexpr pawl::names names{.table = "lamps"};
  static constexpr auto columns =
      pawl::columns(pawl::on<light>(pawl::set("by", &light::by), pawl::set("watts", &light::watts)),
                    pawl::on<darken>(pawl::clear("watts")));
};
static_assert(pawl::valid<lamps_table>);
constexpr std::size_t to_on = 0, to_off = 1;  // rows of the lifecycle

inline cell as_cell(pg::sent_value const& value, bool is_bytes) {
  if (auto const* const integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (auto const* const real = std::get_if<double>(&value)) return std::to_string(*real);
  auto const* const string = std::get_if<std::string>(&value);
  if (string == nullptr) return {};
  if (!is_bytes) return *string;
  std::string hex = "\\x";
  for (char const c : *string)
    for (int const shift : {4, 0}) hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15];
  return hex;
}
inline std::vector<std::int64_t> read_array(std::string const& text) {
  std::vector<std::int64_t> all;
  for (std::size_t at = 1; at < text.size() - 1; at = text.find_first_of(",}", at) + 1)
    all.push_back(std::stoll(text.substr(at)));
  return all;
}
// Sends all UPDATEs of the batch, as a connection would in one pipeline.
inline void write(session& sql, pg::layout const& of, pg::move_batch& batch) {
  sql.must("BEGIN");
  for (std::size_t stage = 0; stage < batch.stages(); ++stage) {
    pg::move_arrays const sent = batch.arrays(stage);
    std::vector<std::vector<cell>> columns(6);
    bool const by_code = of.kept == pg::states_kept_as::codes;
    auto const state = [&](std::size_t i) {
      return by_code ? std::to_string(of.lifecycle->state_codes[i]) : std::string(of.lifecycle->state_names[i]);
    };
    for (std::size_t i = 0; i < sent.tickets.size(); ++i) {
      columns[0].push_back(as_cell(sent.keys[i], of.keys == pg::key_kind::binary));
      columns[1].emplace_back(std::to_string(sent.versions[i]));
      columns[2].emplace_back(std::to_string(sent.lives[i]));
      columns[3].emplace_back(state(sent.from[i]));
      columns[4].emplace_back(state(sent.to[i]));
      columns[5].emplace_back(std::to_string(sent.events[i]));
    }
    std::vector<cell> parameters = {"2026-11-28T00:00:00Z", std::to_string(stage)};
    for (auto const& column : columns) parameters.emplace_back(array_of(column));
    for (std::size_t i = 0; i < sent.values.size(); ++i) {
      std::vector<cell> column;
      for (auto const& value : sent.values[i])
        column.push_back(as_cell(value, of.parameters[i] == pg::field_kind::bytes));
      parameters.emplace_back(array_of(column));
    }
    auto const told = sql.must(pg::move_sql(of), parameters);
    batch.moved(sent, read_array(told.at(0, 0)), read_array(told.at(0, 1)), read_array(told.at(0, 2)));
  }
  sql.must("TRUNCATE pawl_batch");
  sql.must("COMMIT");
}

// What must hold for both layouts, against a model that writes one transition after the other.
template <class Values>
void compare_with_model(session& sql, pg::layout const& of, std::vector<std::string> const& keys, Values values) {
  struct known {
    bool is_on = false;
    std::int64_t version = 0;
  };
  std::map<std::string, known> model;
  for (auto const& key : keys) model[key] = {};
  std::mt19937 random(7);
  std::size_t moved = 0, conflicts = 0;
  for (int round = 0; round < 30; ++round) {
    pg::move_batch batch(of);
    std::vector<bool> expected;
    std::vector<std::string> held;
    held.reserve(100);
    for (int i = 0; i < 20; ++i) {
      std::string const& key = held.emplace_back(keys[random() % keys.size()]);
      auto& row = model[key];
      bool const lights = random() % 4 == 0 ? random() % 2 == 0 : !row.is_on;
      std::int64_t const version = random() % 4 == 0 ? row.version - 1 : row.version;
      bool const moves = lights != row.is_on && version == row.version;
      if (moves) row = {lights, version + 1};
      expected.push_back(moves);
      std::size_t const row_of_lifecycle = lights ? to_on : to_off;
      CHECK(batch.add({.key = key, .version = version}, row_of_lifecycle,
                      lights ? values(light{key, 40}) : decltype(values(light{}))()) == expected.size() - 1);
    }
    write(sql, of, batch);
    for (std::size_t ticket = 0; ticket < expected.size(); ++ticket) {
      CHECK(batch.result(ticket).moved == expected[ticket]);
      (expected[ticket] ? moved : conflicts) += 1;
    }
  }
  CHECK(moved > 200);
  CHECK(conflicts > 100);
}

TEST_CASE("a batch with keys that come several times does what single transitions would do", "[postgres]") {
  own_schema in;
  in.sql.script(
      "CREATE TABLE lamps(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,key text UNIQUE,state text NOT "
      "NULL,version bigint NOT NULL,by text,watts integer)");
  std::vector<std::string> const keys = {"a", "b", "\xc3\xa9", "d\"e", "f\\"};
  SECTION("in a mapped table") {
    auto const of = check_table<lamps_table>(in.sql);
    make_records(in.sql, of);
    for (auto const& key : keys) in.sql.must("INSERT INTO lamps(key,state,version) VALUES($1,'off',0)", {key});
    compare_with_model(in.sql, of, keys, [](light const& event) { return pg::values_of<lamps_table>(event); });
    CHECK(
        in.sql
            .must(
                "SELECT count(*) FROM lamps WHERE (state='on')=(watts=40) AND by=key OR state='off' AND watts IS NULL")
            .at(0, 0) == "5");
  }
  SECTION("in pawl's own") {
    auto const of = pg::own_layout(pawl::view_of<lamp_lifecycle>, in.name());
    make_records(in.sql, of);
    for (auto const& one : pg::make_own_table_sql(of)) in.sql.must(one);
    for (auto const& key : keys)
      in.sql.must("INSERT INTO lamp(key,state,version,changed_at) VALUES(convert_to($1,'UTF8'),0,0,now())", {key});
    compare_with_model(in.sql, of, keys, [](light const& event) { return pg::values_of(event); });
    CHECK(in.sql.must("SELECT count(*) FROM lamp WHERE (state=1)=(on_light IS NOT NULL)").at(0, 0) == "5");
  }
}

TEST_CASE("arrays are in the order of the keys, and a later transition of a key is in the next UPDATE", "[postgres]") {
  auto const of = pg::own_layout(pawl::view_of<lamp_lifecycle>, "public");
  pg::move_batch batch(of);
  CHECK(batch.stages() == 0);
  for (std::string_view const key : {"b", "a", "b", "c", "b", "\xff"})
    batch.add({.key = key}, to_on, pg::values_of(light{}));
  CHECK(batch.stages() == 3);
  CHECK(batch.arrays(0).keys == std::vector<std::string>{"a", "b", "c", "\xff"});
  CHECK(batch.arrays(0).tickets == std::vector<std::size_t>{1, 0, 3, 5});
  CHECK(batch.arrays(1).tickets == std::vector<std::size_t>{2});
  CHECK(batch.arrays(2).tickets == std::vector<std::size_t>{4});
}

TEST_CASE("what no batch can have is refused alone, and the batch is as it was", "[postgres]") {
  pg::layout own = pg::own_layout(pawl::view_of<lamp_lifecycle>, "public"), mapped = own;
  mapped.kept = pg::states_kept_as::names;
  mapped.keys = pg::key_kind::text;
  mapped.name = "lamps";
  mapped.assignments = {{0, "\"by\"", {.is = pg::base_type::text}, pg::field_kind::text, 0}};
  mapped.parameters = {pg::field_kind::text};
  auto const refusal = [](pg::layout const& of, std::string_view key, std::string const& words) -> std::string {
    pg::move_batch batch(of);
    try {
      batch.add({.key = key}, to_on, {words});
    } catch (pawl::store_error const& e) {
      CHECK(e.what_failed() == pawl::store_failure::rejected);
      CHECK(batch.size() == 0);
      CHECK(batch.stages() == 0);
      return e.what();
    }
    return "";
  };
  using namespace std::literals;
  CHECK(refusal(mapped, "k", "w") == "");
  CHECK(refusal(mapped, "k\0"sv, "w") == "pawl: item 'k\\x00' of table lamps: its key contains a NUL byte");
  CHECK(refusal(mapped, "k\xff", "w") == "pawl: item 'k\\xff' of table lamps: its key is not UTF-8");
  CHECK(refusal(mapped, "k", "\xed\xa0\x80") ==
        "pawl: item 'k' of table lamps: the text for column \"by\" is not UTF-8; declare it bytea");
  CHECK(refusal(own, "k\0\xff"sv, "\xff") == "");
  CHECK(refusal(own, "", "") == "pawl: item '' of table lamp: its key is empty");
  CHECK(refusal(own, std::string(2689, 'k'), "")
            .ends_with("its key has 2689 bytes, and an index of PostgreSQL takes 2688"));
  CHECK(refusal(own, std::string(2688, 'k'), "") == "");
}

TEST_CASE("the longest key that pawl's own table takes is the longest that PostgreSQL takes", "[postgres]") {
  own_schema in;
  auto const of = pg::own_layout(pawl::view_of<lamp_lifecycle>, in.name());
  make_records(in.sql, of);
  for (auto const& one : pg::make_own_table_sql(of)) in.sql.must(one);
  std::mt19937 random(3);
  std::string key;  // not compressible
  for (std::size_t i = 0; i < pg::longest_own_key; ++i) key += static_cast<char>(random());
  auto const insert = [&](std::string const& bytes) {
    return in.sql.run(pg::insert_sql(of), {"2026-11-28T00:00:00Z", array_of({as_cell(bytes, true)}), "{NULL}",
                                           std::to_string(bytes.size())});
  };
  CHECK(insert(key).ok());
  CHECK(insert(key + std::string("12345678")).sqlstate == "54000");
}

TEST_CASE("an integer and a UUID have one text each, and a key that no row can have is a conflict without a question",
          "[postgres]") {
  for (std::string_view const key : {"0", "7", "-7", "9223372036854775807", "-9223372036854775808"})
    CHECK(pg::is_integer_text(key));
  for (std::string_view const key : {"", "007", "+7", "-0", "7 ", " 7", "7.0", "9223372036854775808", "x"})
    CHECK_FALSE(pg::is_integer_text(key));
  CHECK(pg::is_uuid_text("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
  for (std::string_view const key : {"A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
                                     "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1}", ""})
    CHECK_FALSE(pg::is_uuid_text(key));
  pg::layout of = pg::own_layout(pawl::view_of<lamp_lifecycle>, "public");
  of.kept = pg::states_kept_as::names;
  of.keys = pg::key_kind::integer;
  pg::move_batch batch(of);
  CHECK_FALSE(batch.is_sent(batch.add({.key = "007"}, to_on, {""})));
  CHECK(batch.is_sent(batch.add({.key = "7"}, to_on, {""})));
  CHECK(batch.arrays(0).keys == std::vector<std::string>{"7"});
  CHECK_FALSE(batch.result(0).moved);
}

}  // namespace move_batch_test
