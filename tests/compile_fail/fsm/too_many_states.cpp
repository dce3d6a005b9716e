// expect: pawl: a lifecycle has at most 64 states
#include <pawl/fsm/check.hpp>

#ifdef PAWL_FIXED
inline constexpr std::size_t last = 63;
#else
inline constexpr std::size_t last = 64;
#endif
enum class state : unsigned char {};
struct next {};

// One text holds the sixty-five names.
inline constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+";
constexpr std::string_view state_name(state s) { return alphabet.substr(static_cast<std::size_t>(s), 1); }

template <std::size_t... I>
pawl::lifecycle<pawl::initial<state{0}>, pawl::goal<state{last}>, pawl::transition<state{I}, next, state{I + 1}>...>
    chain(std::index_sequence<I...>);
struct job : decltype(chain(std::make_index_sequence<last>())) {};
static_assert(pawl::valid<job>);
