// The lifecycle used by the store contract, with an event for every kind of field.
#ifndef PAWL_TESTING_CONTRACT_LIFECYCLE_HPP
#define PAWL_TESTING_CONTRACT_LIFECYCLE_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pawl/fsm/check.hpp>
#include <pawl/fsm/lifecycle.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::testing {

namespace contract {

enum class state : std::uint8_t { ready, working, checking, done, failed };
enum class grade : std::uint8_t { low, high = 200 };

struct start {};
// One field of every kind that an event may have (see `storable`).
struct load {
  std::string text{};
  std::int64_t number = 0;
  std::uint64_t large = 0;
  bool flag = false;
  double weight = 0;
  grade mark = grade::low;
  std::vector<std::byte> bytes{};
  std::optional<std::string> note{};

  friend bool operator==(load const&, load const&) = default;
};
struct finish {
  std::int64_t receipt = 0;
  friend bool operator==(finish const&, finish const&) = default;
};
struct fail {
  std::string reason{};
};
struct retry {};
struct reset {};

}  // namespace contract

// The lifecycle of the store under test. A store that maps a lifecycle onto a table needs a table with columns for all
// fields of `load`, `finish` and `fail`; `retry` and `reset` clear them.
struct contract_lifecycle
    : lifecycle<initial<contract::state::ready>, goal<contract::state::done>, waiting<contract::state::failed>,
                transition<contract::state::ready, contract::start, contract::state::working>,
                transition<contract::state::working, contract::load, contract::state::checking>,
                transition<contract::state::working, contract::fail, contract::state::failed>,
                transition<contract::state::checking, contract::finish, contract::state::done>,
                transition<contract::state::failed, contract::retry, contract::state::ready>,
                transition<contract::state::done, contract::reset, contract::state::ready>> {};
static_assert(valid<contract_lifecycle>);

}  // namespace pawl::inline PAWL_ABI::testing

#endif
