// What a request that did not succeed means to who asked, as an exception.
#ifndef PAWL_POSTGRES_REPLY_CHECK_HPP
#define PAWL_POSTGRES_REPLY_CHECK_HPP

#include <string>
#include <string_view>

#include <pawl/error.hpp>
#include <pawl/postgres/answer.hpp>
#include <pawl/postgres/verdict.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

constexpr store_failure failure_of(verdict what) {
  switch (what) {
    case verdict::again:
      return store_failure::busy;
    case verdict::rejected:
      return store_failure::rejected;
    case verdict::refused:
      return store_failure::refused;
    case verdict::unknown:
      return store_failure::unknown;
    case verdict::acknowledged:
    case verdict::reconnect:
    case verdict::pooled:
      break;
  }
  return store_failure::not_applied;
}

// Throws store_error unless each statement succeeded. `doing`: "claim items of table x". For requests of which nothing must
// be durable: a transaction that failed is not told from one whose COMMIT did.
inline void require_success(reply const& given, std::string_view doing) {
  auto const* const failed = given.first_failure();
  if (failed == nullptr) return;
  throw store_error(failure_of(verdict_of_error(failed->sqlstate(), false)),
                    "pawl: PostgreSQL did not " + std::string(doing) + ": " + std::string(failed->message()) + " (" +
                        std::string(failed->sqlstate()) + ")");
}

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
