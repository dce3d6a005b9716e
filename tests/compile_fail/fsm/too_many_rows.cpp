// expect: pawl: a lifecycle has at most 256 transitions
#include <pawl/fsm/check.hpp>

#ifdef PAWL_FIXED
inline constexpr std::size_t events = 255;
#else
inline constexpr std::size_t events = 256;
#endif
enum class state { open, done };
struct finish {};

template <std::size_t I> struct step {
  static constexpr char text[] = {'s', char('a' + I / 16), char('a' + I % 16)};
  static constexpr std::string_view name{text, 3};
};
template <std::size_t... I>
pawl::lifecycle<pawl::initial<state::open>, pawl::goal<state::done>, pawl::transition<state::open, finish, state::done>,
                pawl::transition<state::open, step<I>, state::open>...>
    wide(std::index_sequence<I...>);
struct job : decltype(wide(std::make_index_sequence<events>())) {};
static_assert(pawl::valid<job>);
