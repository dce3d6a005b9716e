// Values go to a real server and come back as they were.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pawl/loop/loop.hpp>
#include <pawl/postgres.hpp>

#include "catch.hpp"
#include "postgres/temporary_server.hpp"

namespace postgres_value_test {
using namespace pawl::postgres::detail;

struct open_server {
  open_server() {
    pawl::postgres::options const chosen;
    opened = loop.wait(open_session(loop, temporary_server::of_this_program().conninfo(), chosen, history));
  }
  reply ask(request const& what) {
    return loop.wait(opened.session->ask(what, std::chrono::steady_clock::now() + std::chrono::seconds(30)));
  }

  pawl::loop<> loop{};
  server_history history{};
  opened_session opened{};
};

struct round_trip {
  std::string_view type;
  open_server& server;

  template <class T> void operator()(std::vector<T> const& samples) const {
    for (T const& one : samples) {
      request what;
      what.add("SELECT $1::" + std::string(type), {value_of(one)});
      reply const given = server.ask(what);
      REQUIRE(given[0].succeeded());
      CHECK(given[0].value<T>(0, 0) == one);
    }
    request nothing;
    nothing.add("SELECT $1::" + std::string(type), {null_of<T>()});
    CHECK(server.ask(nothing)[0].is_null(0, 0));

    for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{10'000}}) {
      std::vector<std::optional<T>> elements;
      for (std::size_t i = 0; i < size; ++i)
        elements.push_back(i % 7 == 3 ? std::optional<T>() : std::optional<T>(samples[i % samples.size()]));
      request what;
      what.add("SELECT $1::" + std::string(type) + "[], cardinality($1)", {array_of(elements)});
      reply const given = server.ask(what);
      REQUIRE(given[0].succeeded());
      CHECK(given[0].array<T>(0, 0) == elements);
      CHECK(given[0].value<std::int32_t>(0, 1) == static_cast<std::int32_t>(size));
    }
  }
};

TEST_CASE("values and arrays of each type come back from a server as they went", "[postgres]") {
  open_server server;
  using namespace std::chrono;
  round_trip{"bool", server}(std::vector<bool>{true, false});
  round_trip{"int2", server}(std::vector<std::int16_t>{0, -1, std::numeric_limits<std::int16_t>::min(), 32767});
  round_trip{"int4", server}(std::vector<std::int32_t>{0, -1, std::numeric_limits<std::int32_t>::min(), 2147483647});
  round_trip{"int8", server}(std::vector<std::int64_t>{0, -1, std::numeric_limits<std::int64_t>::min(), 1LL << 62});
  round_trip{"float8", server}(std::vector<double>{0.0, -1.5, 0.1, std::numeric_limits<double>::infinity(), 5e-324});
  round_trip{"text", server}(std::vector<std::string>{"", "a", "{\"b\",NULL}\\'", "\xc3\xa9", std::string(9000, 'x')});
  round_trip{"bytea", server}(std::vector<bytes>{{}, {std::byte{0}}, {std::byte{255}, std::byte{0}, std::byte{10}}});
  round_trip{"timestamptz",
             server}(std::vector<instant>{instant{}, instant{microseconds(946'684'800'000'000)},
                                          instant{microseconds(-1)}, instant{microseconds(1'800'000'000'123'456)}});
  round_trip{"timestamp", server}(std::vector<plain_time>{{instant{}}, {instant{microseconds(1'800'000'000'123'456)}}});
}

TEST_CASE("the server reads a value as it was meant", "[postgres]") {
  open_server server;
  instant const at{std::chrono::microseconds(951'782'400'000'001)};
  request what;
  what.add("SELECT $1::timestamptz='2000-02-29 00:00:00.000001+00',$2::float8=-0.5,$3::int2=-2,$4::int8=-3,$5",
           {value_of(at), value_of(-0.5), value_of(std::int16_t{-2}), value_of(std::int64_t{-3}), value_of("text")});
  reply const given = server.ask(what);
  REQUIRE(given[0].succeeded());
  for (std::size_t column = 0; column < 4; ++column) CHECK(given[0].value<bool>(0, column) == true);
  CHECK(given[0].cell(0, 4) == "text");
  CHECK_FALSE(given[0].value<std::int64_t>(0, 0));  // one byte is no int8
}

TEST_CASE("an array that is cut short is not read", "[postgres]") {
  std::string const whole = *array_of<std::int64_t>({1, std::nullopt, 3}).bytes;
  REQUIRE(array_in<std::int64_t>(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK_FALSE(array_in<std::int64_t>(std::string_view(whole).substr(0, length)));
  CHECK_FALSE(array_in<double>(whole));
}

}  // namespace postgres_value_test
