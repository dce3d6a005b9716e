// Checks promises one after another, each on a fixture of its own, and collects the results.
#ifndef PAWL_TESTING_CONTRACT_PROMISES_HPP
#define PAWL_TESTING_CONTRACT_PROMISES_HPP

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/store/run_port.hpp>
#include <pawl/testing/contract/case.hpp>
#include <pawl/testing/contract_lifecycle.hpp>
#include <pawl/testing/contract_verdict.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing::contract {

// What a promise needs from the fixture or the store to be checked.
enum class need : std::uint8_t { write, erase, other, fail_commit, reject, statements, inserts, runs };

// Which stores a promise is made by: a store either leases its items to runs, or lets one run have them all.
enum class kind_of_store : std::uint8_t { leasing, not_leasing };

template <class Fixture, need What> constexpr bool has() {
  using store = store_of<Fixture>;
  if constexpr (What == need::write) return requires(Fixture f, std::string_view text) {
      f.write(text, text, std::int64_t{});
    };
  else if constexpr (What == need::erase)
    return requires(Fixture f, std::string_view key) { f.erase(key); };
  else if constexpr (What == need::other)
    return requires(Fixture f) { f.other(); };
  else if constexpr (What == need::fail_commit)
    return requires(Fixture f) { f.fail_commit(); };
  else if constexpr (What == need::reject)
    return requires(Fixture f, std::string_view key) { f.reject(key); };
  else if constexpr (What == need::statements)
    return requires(Fixture f, std::string_view text) {
      f.statement(text);
      f.has(text);
    };
  else if constexpr (What == need::inserts)
    return requires { requires store::inserts; };
  else
    return run_port<store>;
}
constexpr std::string_view sentence_of(need what) {
  switch (what) {
    case need::write:
      return "the fixture has no write(key, state, version), which makes or replaces a row as another program would";
    case need::erase:
      return "the fixture has no erase(key), which removes a row as another program would";
    case need::other:
      return "the fixture has no other(), the same data as another process sees them";
    case need::fail_commit:
      return "the fixture has no fail_commit(), after which the next commit fails";
    case need::reject:
      return "the fixture has no reject(key), after which a transition of this item is rejected";
    case need::statements:
      return "the fixture has no statement(text), which inserts the text where it may be only once, and no has(text)";
    case need::inserts:
      return "the store inserts no items (its `inserts` is not true): the owner of the rows does";
    case need::runs:
      break;
  }
  return "the store has not all that a run needs of it (run_port)";
}

template <class Make> class promises {
 public:
  using fixture = std::remove_cvref_t<decltype(std::declval<Make&>()())>;

  promises(Make& make, contract_options const& options) : make_(make), options_(options) {
    verdict_.complete = options.complete;
  }

  // Checks the promise if the fixture has what it needs; the check is instantiated only then.
  template <need... Needs, class Check> void promise(std::string_view title, Check check) {
    if (!options_.only.empty() && options_.only != title) return;
    if constexpr ((has<fixture, Needs>() && ...)) {
      auto violations = violations_of(check);
      if (violations.empty())
        verdict_.kept.emplace_back(title);
      else
        verdict_.broken.push_back({std::string(title), std::move(violations)});
    } else {
      std::string needs;
      ((has<fixture, Needs>() ? void() : void(needs += (needs.empty() ? "" : "; ") + std::string(sentence_of(Needs)))),
       ...);
      verdict_.unchecked.push_back({std::string(title), std::move(needs)});
    }
  }
  // The same, of such a store alone.
  template <kind_of_store Kind, need... Needs, class Check> void promise_of(std::string_view title, Check check) {
    if constexpr (leases_items<store_of<fixture>> == (Kind == kind_of_store::leasing))
      promise<Needs...>(title, std::move(check));
  }
  contract_verdict verdict() && { return std::move(verdict_); }

 private:
  template <class Check> std::vector<std::string> violations_of(Check& check) {
    std::vector<std::string> violations;
    try {
      auto&& made = make_();
      case_of<fixture> one(made, violations);
      check(one);
    } catch (cannot_continue const& why) {
      violations.push_back(why.sentence);
    } catch (std::exception const& e) {
      violations.push_back(std::string("a call threw: ") + e.what());
    }
    return violations;
  }

  Make& make_;
  contract_options const& options_;
  contract_verdict verdict_{};
};

}  // namespace pawl::inline PAWL_ABI::testing::contract

#endif
