// The one source that compiles Boost.Beast and OpenSSL: the client of the receivers, and the server of the page.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <pawl/console/sqlite_console.hpp>
#include <pawl/http/beast_client.hpp>
#include <pawl/page.hpp>

#include "live_page.hpp"

namespace webhooks {

static pawl::page_options options_at(std::uint16_t port) {
  pawl::page_options options;
  options.port = port;
  if (std::getenv("PAWL_TOKEN") != nullptr) options.token = pawl::page_token::from_environment("PAWL_TOKEN");
  return options;
}

struct live_page::parts {
  parts(pawl::event_loop& loop, pawl::sqlite::database& db, std::uint16_t port)
      : console(db), page(loop, console, options_at(port)) {}

  pawl::sqlite_console console;
  pawl::status_page page;
};

live_page::live_page(pawl::event_loop& loop, pawl::sqlite::database& db, std::uint16_t port)
    : parts_(std::make_unique<parts>(loop, db, port)) {}
live_page::~live_page() = default;

std::string live_page::url() const { return parts_->page.url(); }

}  // namespace webhooks
