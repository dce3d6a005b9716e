// An event with what else is written in the transaction of its transition: statements of the user's own, and new items.
#ifndef PAWL_STORE_WITH_HPP
#define PAWL_STORE_WITH_HPP

#include <concepts>
#include <type_traits>
#include <utility>
#include <vector>

#include <pawl/store/insertion.hpp>
#include <pawl/store/sql_statement.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI {

// What a step returns, and what is applied, in place of its event:
//
//   pawl::task<pawl::one_of<pawl::with<mail>>> operator()(pawl::item<letter, state::written> it, pawl::keyed& call) {
//     ...
//     co_return pawl::with(mail{receipt}, pawl::sql("INSERT INTO mailings VALUES(?1, ?2)", it.key, receipt));
//   }
//
// The statements run in their order after the item has moved, and are committed with the transition or not at all: a
// conflict runs none of them. If one is refused, the transition is, and all of its statements are undone; others that share
// the commit are not concerned. They must not end the transaction. For stores that take them: see statement_store.
//
// A type with constructors, so that g++ 12 does not corrupt it inside a co_await expression (see pawl::task); the event may
// be an aggregate, so name it before you await.
template <class Event> struct with {
  Event event;
  std::vector<sql_statement> statements;

  template <class... Statements>
    requires(!std::same_as<Statements, std::vector<sql_statement>> && ...)
  with(Event what, Statements... others) : event(std::move(what)) {
    static_assert(((std::same_as<Statements, sql_statement> || std::same_as<Statements, insertion>)&&...),
                  "pawl: pawl::with takes an event, and then statements made by pawl::sql, or items by pawl::insert");
    if constexpr (((std::same_as<Statements, sql_statement> || std::same_as<Statements, insertion>)&&...)) {
      statements.reserve(sizeof...(Statements));
      (statements.emplace_back(std::move(others)), ...);
    }
  }
  // For as many as are known at run time only.
  with(Event what, std::vector<sql_statement> all) : event(std::move(what)), statements(std::move(all)) {}
};
template <class Event, class... Others> with(Event, Others...) -> with<Event>;

namespace detail {
// The event of an answer, which may come with statements.
template <class T> struct carried { using event = T; };
template <class Event> struct carried<with<Event>> { using event = Event; };
template <class T> using event_in = typename carried<T>::event;

template <class T> inline constexpr bool is_with = false;
template <class Event> inline constexpr bool is_with<with<Event>> = true;
}  // namespace detail

}  // namespace pawl::inline PAWL_ABI

#endif
