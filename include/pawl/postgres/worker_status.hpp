// What is known of a run that works on a table, for people.
#ifndef PAWL_POSTGRES_WORKER_STATUS_HPP
#define PAWL_POSTGRES_WORKER_STATUS_HPP

#include <cstddef>
#include <string>

#include <pawl/store/trouble_record.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::postgres {

struct worker_status {
  std::string name{};       // "host:process"
  stored_time last_sign{};  // of life, by the server's clock; at least one every second
  std::size_t claimed = 0;  // items; in pawl's own table some that it has just finished may be counted
};

}  // namespace pawl::inline PAWL_ABI::postgres

#endif
