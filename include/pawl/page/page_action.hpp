// What a button does: read from its form, and carried out by the console.
#ifndef PAWL_PAGE_PAGE_ACTION_HPP
#define PAWL_PAGE_PAGE_ACTION_HPP

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <pawl/console/console.hpp>
#include <pawl/console/on_behalf.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/page/form.hpp>
#include <pawl/page/words.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

struct page_action {
  std::string what{}, table{}, key{}, state{}, reason{}, back{};
  std::int64_t version = 0;

  // A field may come as it is, or percent-encoded under its name and "_encoded". Nothing if something is missing.
  static std::optional<page_action> read(form const& given) {
    page_action read;
    if (!take(given, "action", read.what) || !take(given, "table", read.table) || !take(given, "key", read.key) ||
        !take(given, "state", read.state) || !take(given, "back", read.back))
      return std::nullopt;
    read.reason = std::string(given["reason"]);
    if (!has(given, "table")) return std::nullopt;
    if (read.what == "release" || read.what == "park") {
      std::string version;
      if (!has(given, "key") || !take(given, "version", version)) return std::nullopt;
      auto const end = version.data() + version.size();
      auto const number = std::from_chars(version.data(), end, read.version);
      if (number.ec != std::errc() || number.ptr != end) return std::nullopt;
      return read;
    }
    if (read.what != "retry-all" && read.what != "pause" && read.what != "resume") return std::nullopt;
    if (!has(given, "state")) return std::nullopt;
    return read;
  }

  // In a sentence. The console must outlive it, and nothing else: who asked may be gone before it is answered.
  static task<std::string> carry_out(page_action asked, console& with) {
    on_behalf const whose("the status page", asked.reason);
    constexpr std::string_view moved = "Nothing was changed: the item has moved on, is gone, or was so already.";
    if (asked.what == "release") {
      auto asking = with.story(asked.table, asked.key, longest_value);
      auto const story = co_await std::move(asking);
      // A step may be running now: without its mark it could be carried out twice. The program `pawl` can be told to.
      if (story && story->item.version == asked.version && story->item.trouble && story->item.trouble->is_mark())
        co_return "Nothing was changed: the item is neither parked nor delayed. Its record only says that a step was "
                  "started, which may be running now.";
      auto acting = with.release(asked.table, asked.key, asked.version, whose);
      bool const done = co_await std::move(acting);
      co_return std::string(done ? std::string_view("The item was released.") : moved);
    }
    if (asked.what == "park") {
      auto acting = with.park(asked.table, asked.key, asked.version, whose);
      bool const done = co_await std::move(acting);
      co_return std::string(
          done ? std::string_view("The item was parked. A step that is in hand goes on: if it fails or moves the item, "
                                  "that ends the parking.")
               : moved);
    }
    if (asked.what == "retry-all") {
      auto acting = with.retry_all(asked.table, asked.state, whose);
      std::size_t const count = co_await std::move(acting);
      if (count == 1) co_return "One item was released.";
      co_return in_thousands(count) + " items were released.";
    }
    if (asked.what == "pause") {
      auto acting = with.pause(asked.table, asked.state, whose);
      bool const done = co_await std::move(acting);
      co_return std::string(done ? "The state was paused: no run begins its step." : "The state was paused already.");
    }
    auto acting = with.resume(asked.table, asked.state, whose);
    bool const done = co_await std::move(acting);
    co_return std::string(done ? "The state was resumed." : "The state was not paused.");
  }

 private:
  static std::string encoded(std::string_view name) { return std::string(name) + "_encoded"; }
  static bool has(form const& given, std::string_view name) { return given.has(name) || given.has(encoded(name)); }
  // False if it is not well-formed, or given in both ways.
  static bool take(form const& given, std::string_view name, std::string& into) {
    auto const other = encoded(name);
    if (!given.has(other)) {
      into = std::string(given[name]);
      return true;
    }
    auto decoded = percent_decoded(given[other], false);
    if (!decoded || given.has(name)) return false;
    into = std::move(*decoded);
    return true;
  }
};

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
