// A live page of the webhooks, on this machine, beside the run that sends them.
#ifndef WEBHOOKS_LIVE_PAGE_HPP
#define WEBHOOKS_LIVE_PAGE_HPP

#include <cstdint>
#include <memory>
#include <string>

#include <pawl/loop/loop.hpp>
#include <pawl/sqlite/database.hpp>

namespace webhooks {

class live_page {
 public:
  // With buttons for who has the token that is in the environment's PAWL_TOKEN, if there is one. Throws pawl::error.
  live_page(pawl::event_loop& loop, pawl::sqlite::database& db, std::uint16_t port);
  live_page(live_page const&) = delete;
  live_page& operator=(live_page const&) = delete;
  ~live_page();

  std::string url() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace webhooks

#endif
