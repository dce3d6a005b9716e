// Explanations of items in words: each thing is said once, and what others wrote is escaped.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <pawl/store/explanation.hpp>
#include <pawl/store/memory_store.hpp>

#include "catch.hpp"

namespace explanation_test {

enum class state { packed, sent, delivered, lost };
enum class colour : std::int8_t { red, blue = -7 };
struct send {};
struct deliver {
  std::string signature;
  std::optional<std::string> note;
  std::int64_t weight = 0;
  double price = 0;
  bool fragile = false;
  colour seal = colour::red;
  std::vector<std::byte> stamp;
  std::optional<std::uint64_t> code;
};
struct hand_over {};
struct lose {
  std::string reason;
};
struct steal {};
struct burn {};
struct parcel
    : pawl::lifecycle<
          pawl::initial<state::packed>, pawl::goal<state::delivered>, pawl::terminal<state::lost>,
          pawl::transition<state::packed, send, state::sent>, pawl::transition<state::sent, deliver, state::delivered>,
          pawl::transition<state::packed, hand_over, state::delivered>,
          pawl::transition<state::packed, lose, state::lost>, pawl::transition<state::packed, steal, state::lost>,
          pawl::transition<state::packed, burn, state::lost>> {};
using store = pawl::memory_store<parcel>;

std::string said(store& of, char const* key) { return pawl::explain(of, key).text(); }
std::size_t count(std::string const& text, std::string const& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

TEST_CASE("an item that has arrived says by which event, and with all fields", "[store]") {
  store s;
  s.insert_if_absent("a");
  auto const sent = s.apply(pawl::item<parcel, state::packed>("a", 0), send{});
  REQUIRE(sent);
  deliver event{"Ada \"the\nfirst\"\\ \xff\x1b[31m \u00e9 \u202e",
                std::nullopt,
                (std::numeric_limits<std::int64_t>::min)(),
                0.1,
                true,
                colour::blue,
                {std::byte{0}, std::byte{255}},
                ~std::uint64_t{0}};
  REQUIRE(s.apply(*sent, event));
  CHECK(said(s, "a") ==
        "delivered at version 2: it has reached a final state, by deliver(\"Ada \\\"the\\nfirst\\\"\\\\ \\xff\\x1b[31m "
        "\u00e9 \\u{202e}\", NULL, -9223372036854775808, 0.1, true, -7, x'00ff', 18446744073709551615)");
}

TEST_CASE("an event without fields is named if it is the only one that leads there, others are all named", "[store]") {
  store s;
  for (auto const* key : {"a", "b", "c", "d"}) s.insert_if_absent(key);
  auto const at = [](char const* key) { return pawl::item<parcel, state::packed>(key, 0); };
  REQUIRE(s.apply(at("a"), hand_over{}));
  REQUIRE(s.apply(at("b"), lose{"in the rain"}));
  REQUIRE(s.apply(at("c"), burn{}));
  CHECK(said(s, "a") == "delivered at version 1: it has reached a final state, by hand_over");
  CHECK(said(s, "b") == "lost at version 1: it has reached a final state, by lose(\"in the rain\")");
  CHECK(said(s, "c") == "lost at version 1: it has reached a final state, by steal or burn");
  CHECK(pawl::explain(s, "d").arrived_by.empty());
}

TEST_CASE("a state that is not known is said once, in quotation marks that its text cannot leave", "[store]") {
  store s;
  s.put("a", "tele'ported\n", 4);
  CHECK(said(s, "a") == "it is in a state that parcel does not know: 'tele\\'ported\\n'");
}

TEST_CASE("doubt is said once, and another error beside it", "[store]") {
  store s;
  s.insert_if_absent("a");
  pawl::trouble_record record;
  record.in_doubt = true;
  record.attempts = 1;
  record.last_error = "unknown_outcome: its step was started, and it is unknown whether it was carried out";
  pawl::any_item<parcel> const a("a", 0, state::packed);
  REQUIRE(s.note(a, record));
  CHECK(count(said(s, "a"), "it is unknown whether it was carried out") == 1);
  record.last_error = "transient: line\nbroken \x80";
  REQUIRE(s.note(a, record));
  CHECK(said(s, "a") ==
        "packed at version 0: its step was started, and it is unknown whether it was carried out after 1 attempt: "
        "transient: line\\nbroken \\x80");
}

TEST_CASE("a text is cut within its bound, at a character, and says how long it was", "[store]") {
  using pawl::detail::shortened;
  CHECK(shortened(std::string(4096, 'x'), 4096) == std::string(4096, 'x'));
  for (char const* one : {"x", "\u00e9", "\u20ac", "\U0001f600"})
    for (std::size_t shift = 0; shift < 4; ++shift)
      for (std::size_t const length : {std::size_t{4097}, std::size_t{5000}, std::size_t{100'000}}) {
        std::string text(shift, '.');
        while (text.size() < length) text += one;
        auto const cut = shortened(text, 4096);
        CAPTURE(one, shift, length);
        CHECK(cut.size() <= 4096);
        CHECK(cut.size() > 4090);
        CHECK(pawl::detail::as_utf8(cut) == cut);
        auto const mark = " ... (cut, of " + std::to_string(text.size()) + " bytes)";
        REQUIRE(cut.size() > mark.size());
        CHECK(cut.substr(cut.size() - mark.size()) == mark);
        CHECK(text.compare(0, cut.size() - mark.size(), cut, 0, cut.size() - mark.size()) == 0);
      }
  CHECK(shortened(std::string(5000, '\x80'), 4096).size() <= 4096);
}

enum class visit { asked, invited, there };
struct invite {};
struct come {};
struct fetch {
  std::string by;
};
struct visit_lifecycle
    : pawl::lifecycle<pawl::initial<visit::asked>, pawl::waiting<visit::invited>, pawl::goal<visit::there>,
                      pawl::transition<visit::asked, invite, visit::invited>,
                      pawl::transition<visit::invited, come, visit::there>,
                      pawl::transition<visit::invited, fetch, visit::there>> {};

TEST_CASE("an item that waits says for which events", "[store]") {
  pawl::memory_store<visit_lifecycle> s;
  s.insert_if_absent("ada");
  REQUIRE(s.apply(pawl::item<visit_lifecycle, visit::asked>("ada", 0), invite{}));
  auto const e = pawl::explain(s, "ada");
  CHECK(e.is == pawl::standing::waiting);
  CHECK(e.text() == "invited at version 1: waiting for an external event: come or fetch");
}

}  // namespace explanation_test
