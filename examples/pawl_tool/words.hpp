// Durations and points in time, as people write and read them.
#ifndef PAWL_TOOL_WORDS_HPP
#define PAWL_TOOL_WORDS_HPP

#include <chrono>
#include <optional>
#include <string>

#include <pawl/store/trouble_record.hpp>

namespace pawl_tool {

// `90s`, `15m`, `1h`, `30d`, or several of them: `1h30m`. Throws refusal (usage) for anything else.
std::chrono::nanoseconds duration_of(std::string const& text);
// A duration that ends then, at `now`. Throws refusal (usage) if it leads out of the years that can be told.
pawl::stored_time time_before(pawl::stored_time now, std::string const& duration);
// `2026-12-24T18:00Z`, in UTC, or `+15m`: that long after `now`. Throws refusal (usage) for anything else.
pawl::stored_time time_of(std::string const& text, pawl::stored_time now);

// `2026-12-24T18:00:00.000000Z`; empty for none.
std::string utc(std::optional<pawl::stored_time> time);
// How long ago, in the largest unit of which there are at least two: `47s`, `3h`, `12d`; empty for none.
std::string age(std::optional<pawl::stored_time> since, pawl::stored_time now);

// "1 item", "2 items".
std::string counted(std::size_t n, char const* what);

}  // namespace pawl_tool

#endif
