// Webhooks as lines of JSON: {"url": "https://...", "payload": {...}, "event": "..."}.
#ifndef WEBHOOKS_MESSAGE_LINES_HPP
#define WEBHOOKS_MESSAGE_LINES_HPP

#include <iosfwd>
#include <string>
#include <vector>

#include "outbox.hpp"

namespace webhooks {

// Throws std::invalid_argument, with a sentence, if nothing can be sent there.
void expect_address(std::string const& url);
// All lines; empty ones are skipped. Throws std::invalid_argument with the number of the first line that is wrong.
std::vector<message> read_messages(std::istream& lines);

}  // namespace webhooks

#endif
