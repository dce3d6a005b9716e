// Which request is answered with what: routes, guards, and the headers of every answer.
#ifndef PAWL_PAGE_PAGE_SITE_HPP
#define PAWL_PAGE_PAGE_SITE_HPP

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <pawl/console/console.hpp>
#include <pawl/error.hpp>
#include <pawl/http/answer.hpp>
#include <pawl/http/beast/web_server.hpp>
#include <pawl/http/web_request.hpp>
#include <pawl/loop/loop.hpp>
#include <pawl/loop/task.hpp>
#include <pawl/page/console_lane.hpp>
#include <pawl/page/counted_tables.hpp>
#include <pawl/page/form.hpp>
#include <pawl/page/guess_limit.hpp>
#include <pawl/page/item_view.hpp>
#include <pawl/page/overview.hpp>
#include <pawl/page/page_action.hpp>
#include <pawl/page/page_answer.hpp>
#include <pawl/page/page_assets.hpp>
#include <pawl/page/page_frame.hpp>
#include <pawl/page/page_json.hpp>
#include <pawl/page/page_metrics.hpp>
#include <pawl/page/page_options.hpp>
#include <pawl/page/request_guard.hpp>
#include <pawl/page/run_monitor.hpp>
#include <pawl/page/sessions.hpp>
#include <pawl/page/table_view.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

class page_site final : public http::web_site {
 public:
  page_site(event_loop& loop, console& from, page_options options)
      : loop_(loop),
        console_(from),
        options_(std::move(options)),
        guard_(options_),
        sessions_(options_.session),
        lane_(std::make_shared<console_lane>(loop, options_.share, options_.patience)),
        tables_(std::make_shared<counted_tables>(loop, from, lane_, options_.counted_every)),
        guesses_(loop, options_.connections),
        is_exposed_(is_exposed(options_)) {}

  task<http::answer> serve(http::web_request request) override {
    auto serving = route(request);
    auto given = co_await std::move(serving);
    secure(given);
    co_return given;
  }
  http::answer refuse(int status) override {
    auto given = plain(status, status == 500 ? "The page met an error of its own." : "This request cannot be read.");
    secure(given);
    return given;
  }

 private:
  // One request, as far as it is understood.
  struct visit {
    http::web_request const& request;
    http::origin host;
    std::string path;  // decoded
    form query;
    page_visit view;
    bool has_bearer = false;  // with the right token
    bool knows_token() const { return view.signed_in || has_bearer; }
  };
  using handler = task<http::answer> (page_site::*)(visit&);
  struct route_entry {
    std::string_view path;  // "/table/" is for all below it
    std::string_view method;
    bool is_open;  // may be read without the token wherever the page is
    handler serve;
  };
  static constexpr std::array<route_entry, 16> routes();

  task<http::answer> route(http::web_request const& request) {
    auto const host = request_guard::host_of(request);
    if (!host) co_return plain(400, "A request needs one field Host, with the name of this server.");
    if (!guard_.allows(*host))
      co_return plain(403, "This page is not served under that name. If it is meant to be, name it in allowed_hosts.");
    if (request.target.substr(0, 1) != "/") co_return plain(400, "The target must be a path.");
    std::size_t const mark = request.target.find('?');
    auto path = percent_decoded(std::string_view(request.target).substr(0, mark), false);
    auto query =
        form::read(mark == std::string::npos ? std::string_view() : std::string_view(request.target).substr(mark + 1));
    if (!path || !query) co_return plain(400, "The path or the query is not well-formed, or names something twice.");
    if (query->has("token"))
      co_return plain(400, "A token in a URL is known to all who see the URL: it must be changed now.");

    auto const bearer = bearer_of(request);
    auto trying = try_token(bearer);
    auto const tried = co_await std::move(trying);
    if (tried == token_is::not_looked_at) co_return too_many_guesses();
    visit who{request, *host, std::move(*path), std::move(*query), seen_by(request), tried == token_is::right};
    std::string_view const method =
        request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
    std::string allowed;
    for (auto const& entry : routes()) {
      if (!is_at(entry, who.path)) continue;
      if (entry.method != method) {
        allowed += std::string(allowed.empty() ? "" : ", ") +
                   (entry.method == "GET" ? "GET, HEAD" : std::string(entry.method));
        continue;
      }
      if (auto refused = refusal(who, entry)) co_return std::move(*refused);
      auto serving = guarded(entry.serve, who);
      auto given = co_await std::move(serving);
      co_return given;
    }
    if (allowed.empty()) co_return plain(404, "There is no such page.");
    auto given = plain(405, "This page is not for that method.");
    given.headers.set("Allow", allowed);
    co_return given;
  }
  static bool is_at(route_entry const& entry, std::string_view path) {
    return entry.path == path || (entry.path == "/table/" && path.substr(0, entry.path.size()) == entry.path);
  }
  static std::string_view bearer_of(http::web_request const& request) {
    auto const given = request.headers.find("Authorization");
    return given && given->substr(0, 7) == "Bearer " ? given->substr(7) : std::string_view();
  }
  enum class token_is : std::uint8_t { right, wrong, not_looked_at };
  // A wrong one takes its time.
  task<token_is> try_token(std::string_view given) {
    if (options_.token.empty() || given.empty()) co_return token_is::wrong;
    if (guesses_.is_full()) co_return token_is::not_looked_at;
    if (options_.token.matches(given)) co_return token_is::right;
    auto holding = guesses_.hold_back();
    co_await std::move(holding);
    co_return token_is::wrong;
  }
  static http::answer too_many_guesses() {
    auto given = plain(429, "Too many wrong tokens have been given just now: this one was not looked at. Try again.");
    given.headers.set("Retry-After", "2");
    return given;
  }
  std::optional<http::answer> refusal(visit& who, route_entry const& entry) const {
    if (entry.method == "GET") {
      if (request_guard::is_loaded_elsewhere(who.request))
        return plain(403, "Another site may link to this page, and not load it.");
      if (!is_exposed_ || entry.is_open || who.knows_token()) return std::nullopt;
      if (is_for_people(who.path))
        return html(401, sign_in_page(who.view, "This page is for those who have its token."));
      auto given = plain(401, "This needs the token, as Authorization: Bearer.");
      given.headers.set("WWW-Authenticate", "Bearer");
      return given;
    }
    if (!guard_.is_own(who.request, who.host))
      return plain(403, "Nothing was done: the request must come from this very page (Origin, or Sec-Fetch-Site).");
    return std::nullopt;
  }
  static bool is_for_people(std::string_view path) { return path != "/metrics" && path.substr(0, 5) != "/api/"; }
  // As it is when the request comes: a session may end while the console is asked.
  page_visit seen_by(http::web_request const& request) {
    auto const* const session = sessions_.of(request);
    page_visit view;
    view.back = request.method == "GET" || request.method == "HEAD" ? request.target : "/";
    view.has_token = !options_.token.empty();
    view.reads_only = console_.reads_only();
    view.signed_in = session != nullptr;
    if (session && sessions::clock::now() < session->notice_until) view.notice = session->notice;
    return view;
  }

  // What the console throws is a sentence for people.
  task<http::answer> guarded(handler view, visit& who) {
    std::string sentence;
    int status = 503;
    try {
      auto serving = (this->*view)(who);
      auto given = co_await std::move(serving);
      co_return given;
    } catch (store_error const& e) {
      if (e.what_failed() == store_failure::misuse) status = 400;
      sentence = e.what();
    } catch (error const& e) {
      sentence = e.what();
    }
    // Text of an error may hold anything, keys too.
    co_return answer_of(who, status, status == 400 ? "That cannot be done" : "The database does not answer", sentence);
  }
  http::answer answer_of(visit const& who, int status, std::string_view heading, std::string_view sentence) const {
    if (!is_for_people(who.path)) return plain(status, escaped(sentence, 1000));
    return html(status, sentence_page(who.view, heading, sentence.substr(0, 4096)));
  }

  std::optional<seen_runs> runs() const {
    if (options_.monitor == nullptr) return std::nullopt;
    return options_.monitor->look(loop_.now());
  }

  // ---- views ----

  task<http::answer> overview(visit& who) {
    auto counting = tables_->get();
    auto const all = co_await std::move(counting);
    auto const seen = runs();
    co_return html(200, overview_page(who.view, *all, seen ? &*seen : nullptr));
  }
  task<http::answer> table(visit& who) {
    auto counting = tables_->get();
    auto const all = co_await std::move(counting);
    std::string const name = who.path == "/table" ? std::string(who.query["name"]) : who.path.substr(7);
    auto const* const found = all->table_of(name);
    if (!found) co_return no_table(who, *all, name);
    auto query = query_of(who, *found);
    if (!query) co_return answer_of(who, 400, "That cannot be shown", no_such_question);
    auto question = console_.list(name, std::move(*query));
    auto listing = lane_->ask(std::move(question));
    auto const page = co_await std::move(listing);
    co_return html(200, table_page(who.view, *all, *found, who.query, page));
  }
  task<http::answer> item(visit& who) {
    auto counting = tables_->get();
    auto const all = co_await std::move(counting);
    auto const* const found = all->table_of(who.query["table"]);
    if (!found) co_return no_table(who, *all, who.query["table"]);
    auto question = console_.story(found->seen.name, std::string(who.query["key"]), longest_value);
    auto asking = lane_->ask(std::move(question));
    auto const story = co_await std::move(asking);
    if (!story) co_return answer_of(who, 404, "No such item", "The table has no item with this key.");
    co_return html(200, item_page(who.view, all->database, found->seen, *story, all->at));
  }
  http::answer no_table(visit const& who, counted const& all, std::string_view name) const {
    std::string sentence = "There is no table '" + std::string(name.substr(0, 200)) + "'.";
    for (std::size_t i = 0; i < all.tables.size() && i < 20; ++i)
      sentence += (i == 0 ? " There are: " : ", ") + all.tables[i].seen.name.substr(0, 100);
    return answer_of(who, 404, "No such table", sentence);
  }
  static constexpr std::string_view no_such_question =
      "The state must be one of the table's, the trouble parked, delayed or in_doubt, the limit 1 to 500, and the mark "
      "that of a page.";
  static std::optional<seen_query> query_of(visit const& who, counted_table const& table) {
    seen_query query;
    query.state = std::string(who.query["state"]);
    if (!query.state.empty() && !table.state_of(query.state)) return std::nullopt;
    if (auto const trouble = who.query["trouble"]; !trouble.empty()) {
      for (auto const one : {trouble_is::parked, trouble_is::delayed, trouble_is::in_doubt})
        if (trouble_word(one) == trouble) query.trouble = one;
      if (!query.trouble) return std::nullopt;
    }
    query.key_glob = std::string(who.query["key"]);
    query.after = std::string(who.query["after"]);
    if (query.after.size() > 200) return std::nullopt;
    for (char const c : query.after)
      if (!(c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        return std::nullopt;
    if (auto const limit = who.query["limit"]; !limit.empty()) {
      auto const read = std::from_chars(limit.data(), limit.data() + limit.size(), query.limit);
      if (read.ec != std::errc() || read.ptr != limit.data() + limit.size() || query.limit < 1 || query.limit > 500)
        return std::nullopt;
    }
    return query;
  }

  // ---- for programs ----

  task<http::answer> status_json(visit&) {
    auto counting = tables_->get();
    auto const all = co_await std::move(counting);
    auto const seen = runs();
    co_return json(200, dump(json_of(*all, seen ? &*seen : nullptr), -1));
  }
  task<http::answer> items_json(visit& who) {
    auto counting = tables_->get();
    auto const all = co_await std::move(counting);
    auto const* const found = all->table_of(who.query["table"]);
    if (!found) co_return no_table(who, *all, who.query["table"]);
    auto query = query_of(who, *found);
    if (!query) co_return plain(400, no_such_question);
    auto question = console_.list(found->seen.name, std::move(*query));
    auto listing = lane_->ask(std::move(question));
    auto const page = co_await std::move(listing);
    co_return json(200, dump(json_of(page, found->seen.name), -1));
  }
  task<http::answer> item_json(visit& who) {
    auto counting = tables_->get();
    auto const all = co_await std::move(counting);
    auto const* const found = all->table_of(who.query["table"]);
    if (!found) co_return no_table(who, *all, who.query["table"]);
    auto question = console_.story(found->seen.name, std::string(who.query["key"]), longest_value);
    auto asking = lane_->ask(std::move(question));
    auto const story = co_await std::move(asking);
    if (!story) co_return plain(404, "The table has no item with this key.");
    co_return json(200, dump(json_of(*story, found->seen.name), -1));
  }
  // The runs' counters are there though the database is not: that is when they are looked at.
  task<http::answer> metrics(visit&) {
    counted_tables::result all;
    try {
      auto counting = tables_->get();
      all = co_await std::move(counting);
    } catch (error const&) {}
    if (lane_->is_overdue()) all.reset();
    auto const seen = runs();
    co_return text(200, "text/plain; version=0.0.4; charset=utf-8", metrics_of(all.get(), seen ? &*seen : nullptr));
  }
  // Open to all, for those who watch processes: so why it is not well is told only to those who may read, and the console is
  // asked no more often than for its tables. While it is at work, with a counting say, the last answer stands: a process is
  // not to be ended for being asked much.
  task<http::answer> health(visit& who) {
    std::string why;
    auto const last = lane_->answered_at();
    if (!lane_->is_busy() && (!last || console_lane::clock::now() - *last >= options_.counted_every)) {
      try {
        auto question = console_.now();
        auto asking = lane_->ask(std::move(question), turn::at_once);
        co_await std::move(asking);
      } catch (error const& e) {
        why = *e.what() == '\0' ? std::string(e.id()) : e.what();
      }
    } else {
      why = lane_->is_overdue() ? console_lane::too_slow().what() : lane_->last_failure();
    }
    if (why.empty()) co_return plain(200, "ok");
    bool const may_read = !is_exposed_ || who.knows_token();
    co_return plain(503,
                    may_read ? "The database does not answer: " + escaped(why, 1000) : "The database does not answer.");
  }
  task<http::answer> style(visit&) { co_return text(200, "text/css; charset=utf-8", page_css()); }
  task<http::answer> script(visit&) { co_return text(200, "text/javascript; charset=utf-8", std::string(page_js)); }
  task<http::answer> icon(visit&) { co_return text(200, "image/svg+xml", std::string(page_icon)); }

  // ---- signing in, and actions ----

  // A path of this page, or else its beginning: never another site's.
  static std::string safe_back(std::string_view back) {
    bool const is_path =
        back.size() < 8192 && back.substr(0, 1) == "/" && back.substr(1, 1) != "/" && back.substr(1, 1) != "\\";
    for (char const c : back)
      if (c <= ' ' || c > '~') return "/";
    return is_path ? std::string(back) : "/";
  }
  task<http::answer> sign_in_form(visit& who) {
    auto view = who.view;
    view.back = safe_back(who.query["back"]);
    if (!view.has_token)
      co_return answer_of(who, 404, "No token", "The page was started without a token, so nobody can sign in.");
    co_return html(200, sign_in_page(view, "The token is the one that the page was started with."));
  }
  task<http::answer> sign_in(visit& who) {
    auto const given = form::read(who.request.body);
    if (!given) co_return plain(400, "The form is not well-formed.");
    auto view = who.view;
    view.back = safe_back((*given)["back"]);
    auto trying = try_token((*given)["token"]);
    auto const tried = co_await std::move(trying);
    if (tried == token_is::not_looked_at) co_return too_many_guesses();
    if (tried == token_is::wrong) co_return html(403, sign_in_page(view, "That is not the token."));
    auto answer = see_other(view.back);
    answer.headers.set("Set-Cookie", sessions_.begin(guard_.is_over_tls(who.request)));
    co_return answer;
  }
  task<http::answer> sign_out(visit& who) {
    if (auto const* const session = sessions_.of(who.request)) sessions_.end(session);
    auto answer = see_other("/");
    answer.headers.set("Set-Cookie", sessions::no_cookie());
    co_return answer;
  }
  task<http::answer> act(visit& who) {
    auto const given = form::read(who.request.body);
    if (!given) co_return plain(400, "Nothing was done: the form is not well-formed.");
    if (!who.knows_token()) {
      auto trying = try_token((*given)["token"]);
      auto const tried = co_await std::move(trying);
      if (tried == token_is::not_looked_at) co_return too_many_guesses();
      if (tried == token_is::wrong)
        co_return plain(403, options_.token.empty()
                                 ? "Nothing was done: the page was started without a token."
                                 : "Nothing was done: this needs the token, or a browser that has signed in.");
    }
    if (console_.reads_only()) co_return plain(403, "Nothing was done: the database is only read.");
    auto action = page_action::read(*given);
    if (!action)
      co_return plain(400,
                      "Nothing was done: an action is release or park with table, key and version, or retry-all, pause "
                      "or resume with table and state.");
    std::string const back = action->back;
    auto acting = lane_->ask(carry_out(std::move(*action), console_, tables_), turn::action);
    std::string done;
    int status = 200;
    try {
      done = co_await std::move(acting);
    } catch (error const& e) {
      status = 503;
      if (e.id() == "page.not_asked")
        done = "Nothing was done: the database is busy with an earlier question. Try again.";
      else if (e.id() == "page.busy")
        done = "The database has not answered in time: it may still be done. Look again.";
      else
        throw;
    }
    if (!who.view.signed_in) co_return plain(status, done);
    // The session may have ended meanwhile.
    if (auto* const still = sessions_.of(who.request)) {
      still->notice = std::move(done);
      still->notice_until = sessions::clock::now() + std::chrono::seconds(8);
    }
    co_return see_other(safe_back(back));
  }

  // What it changed is counted anew, also where nobody has waited for it.
  static task<std::string> carry_out(page_action asked, console& with, std::shared_ptr<counted_tables> tables) {
    struct at_end {
      counted_tables& of;
      ~at_end() { of.forget(); }
    } const forgetting{*tables};
    auto acting = page_action::carry_out(std::move(asked), with);
    auto done = co_await std::move(acting);
    co_return done;
  }

  event_loop& loop_;
  console& console_;
  page_options options_;
  request_guard guard_;
  sessions sessions_;
  std::shared_ptr<console_lane> lane_;
  std::shared_ptr<counted_tables> tables_;
  guess_limit guesses_;
  bool is_exposed_;
};

constexpr std::array<page_site::route_entry, 16> page_site::routes() {
  return {{{"/", "GET", false, &page_site::overview},
           {"/table", "GET", false, &page_site::table},
           {"/table/", "GET", false, &page_site::table},
           {"/item", "GET", false, &page_site::item},
           {"/api/status.json", "GET", false, &page_site::status_json},
           {"/api/items.json", "GET", false, &page_site::items_json},
           {"/api/item.json", "GET", false, &page_site::item_json},
           {"/metrics", "GET", false, &page_site::metrics},
           {"/healthz", "GET", true, &page_site::health},
           {"/page.css", "GET", true, &page_site::style},
           {"/page.js", "GET", true, &page_site::script},
           {"/icon.svg", "GET", true, &page_site::icon},
           {"/sign-in", "GET", true, &page_site::sign_in_form},
           {"/sign-in", "POST", true, &page_site::sign_in},
           {"/sign-out", "POST", true, &page_site::sign_out},
           {"/action", "POST", false, &page_site::act}}};
}

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
