// Whose transaction something is written in.
#ifndef PAWL_POSTGRES_TRANSACTION_OF_HPP
#define PAWL_POSTGRES_TRANSACTION_OF_HPP

#include <cstdint>

#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres::detail {

// In the program's transaction if one is open, or in its own in any case. What a queue or a run writes is its own, for it is
// told as committed.
enum class transaction_of : std::uint8_t { program, batch };

}  // namespace pawl::inline PAWL_ABI::postgres::detail

#endif
