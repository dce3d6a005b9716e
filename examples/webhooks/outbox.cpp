#include "outbox.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace webhooks {

// The table must be there before the store that is mapped onto it.
static pawl::sqlite::database& with_table(pawl::sqlite::database& db) {
  if (!db.reads_only()) db.execute(webhooks_ddl);
  return db;
}

outbox::outbox(std::string path, pawl::sqlite::options options)
    : db_(std::move(path), std::move(options)),
      store_(with_table(db_), {.history = true}),
      read_(db_.prepare("SELECT url,payload,event FROM webhooks WHERE id=?1")) {}

std::optional<message> outbox::read(std::string_view id) {
  read_.bind(1, id);
  std::optional<message> row;
  if (read_.step()) row = message{std::string(read_.text(0)), std::string(read_.text(1)), std::string(read_.text(2))};
  read_.reset();  // a statement on a row keeps a snapshot open
  return row;
}

std::size_t outbox::add(std::vector<message> const& messages) {
  auto insert = db_.prepare(
      "INSERT INTO webhooks(url,payload,event) VALUES(?1,?2,coalesce(?3,lower(hex(randomblob(16))))) "
      "ON CONFLICT(event) DO NOTHING RETURNING id");
  std::size_t added = 0;
  db_.begin();
  try {
    for (auto const& one : messages) {
      insert.bind(1, std::string_view(one.url));
      insert.bind(2, std::string_view(one.payload));
      if (one.event.empty())
        insert.bind(3, nullptr);
      else
        insert.bind(3, std::string_view(one.event));
      if (insert.step()) ++added;
      insert.reset();
    }
    db_.commit();
  } catch (...) {
    insert.reset();
    db_.rollback();
    throw;
  }
  return added;
}

std::vector<dead_letter> outbox::dead_letters(std::string_view after, std::size_t most) {
  auto select = db_.prepare(
      "SELECT id,url,coalesce(last_error,''),coalesce(attempts,0) FROM webhooks WHERE state='dead' AND "
      "id>CAST(?1 AS INTEGER) ORDER BY id LIMIT ?2");
  select.bind(1, after);
  select.bind(2, most);
  std::vector<dead_letter> found;
  while (select.step())
    found.push_back(
        {std::string(select.text(0)), std::string(select.text(1)), std::string(select.text(2)), select.integer(3)});
  return found;
}

bool outbox::revive(std::string_view id) {
  auto const row = store_.get(id);
  auto const it = row.item ? row.item->as<dead>() : std::nullopt;
  return it && store_.apply(*it, webhooks::revive{});  // a conflict: somebody was faster
}

std::size_t outbox::prune(int days) {
  auto drop = db_.prepare(
      "DELETE FROM webhooks WHERE id IN (SELECT id FROM webhooks WHERE state='delivered' AND "
      "delivered_at<strftime('%Y-%m-%dT%H:%M:%f','now',?1) LIMIT 1000) RETURNING id");
  std::string const age = fmt::format("-{} days", days);
  std::size_t dropped = 0, before = 0;
  do {
    before = dropped;
    drop.bind(1, std::string_view(age));
    while (drop.step()) ++dropped;
    drop.reset();
  } while (dropped > before);
  while (store_.remove_history(std::chrono::days(days), 1000) > 0) {}
  return dropped;
}

}  // namespace webhooks
