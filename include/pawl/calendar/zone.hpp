// Time zones by their names in the IANA database: of std::chrono where the standard library has them, else of Howard
// Hinnant's date (Debian: libhowardhinnant-date-dev), whose library is linked then: CMake's date::date-tz, or -ldate-tz
// -DUSE_OS_TZDB=1.
#ifndef PAWL_CALENDAR_ZONE_HPP
#define PAWL_CALENDAR_ZONE_HPP

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <version>

#if !defined(__cpp_lib_chrono) || __cpp_lib_chrono < 201907L
#ifndef USE_OS_TZDB
#error "pawl: this standard library has no time zones: compile and link with those of date (-DUSE_OS_TZDB=1 -ldate-tz)"
#endif
#include <date/tz.h>
#endif

#include <pawl/calendar/time_zone.hpp>
#include <pawl/error.hpp>
#include <pawl/store/utf8.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

#if defined(__cpp_lib_chrono) && __cpp_lib_chrono >= 201907L
namespace zones = std::chrono;
#else
namespace zones = date;
#endif

// `pawl::zone("Europe/Berlin")`; it is valid as long as the program. Throws error "recurring.zone" if there is no such zone,
// or no database of them on this machine (Debian: tzdata). Reads that once, at the first call; what changes in it is seen by
// the next program. On any thread. Of the zones of Debian 12's date 3.0.1 no clocks are set after 2037
// (findings/date_after_2037.sh).
inline zones::time_zone const* zone(std::string_view name) {
  try {
    return zones::locate_zone(std::string(name));
  } catch (std::runtime_error const& e) {
    throw error("recurring.zone",
                "pawl: there is no time zone '" + detail::shortened(detail::visible_text(name), 100) +
                    "' on this machine; give a name such as Europe/Berlin, and install tzdata where it is missing (" +
                    detail::shortened(detail::visible_text(e.what()), 300) + ")");
  }
}
static_assert(time_zone<zones::time_zone const*>);

}  // namespace pawl::inline PAWL_ABI

#endif
