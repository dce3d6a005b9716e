#!/usr/bin/env bash
# Software:  g++ 12.2.0, as Debian 12 packages it (g++-12 12.2.0-14+deb12u1).
# Behaviour: in an expression that awaits, an object that a conditional operator makes is destroyed twice; a string is
#            then freed twice. Numbers, pointers, and names on both sides do no harm.
# Seen:      objects made and destroyed: 6 and 8, 8 and 10, 6 and 8; as many of both where it is named before, and
#            everywhere with clang++ 14.
# Date:      2026-11-28.
# Here:      README (My own API) and include/pawl/loop/task.hpp say to name such a value before awaiting.
#
# Exit codes: 0 as described, 1 it has changed, 2 it could not be tried.
set -euo pipefail
cannot() { echo "$(basename "$0"): $*" >&2 && exit 2; }
command -v g++-12 >/dev/null || cannot "this needs g++-12"
[ "$(g++-12 -dumpfullversion)" = 12.2.0 ] || cannot "g++-12 is $(g++-12 -dumpfullversion), not 12.2.0"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >conditional.cpp <<'CPP'
#include <coroutine>
#include <cstdio>
#include <exception>

int made = 0, destroyed = 0;
struct text {
  text() { ++made; }
  text(text const&) { ++made; }
  ~text() { ++destroyed; }
};
struct answer {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  text await_resume() const { return {}; }
};
struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};
answer ask(text const&) { return {}; }

task two_temporaries(bool first) { co_await ask(first ? text() : text()); }
task one_temporary(bool first) {
  text const named;
  co_await ask(first ? text() : named);
}
task awaits_in_one(bool first) {
  text const named;
  (void)(first ? named : co_await ask(named));
}
task named_before(bool first) {
  text const named = first ? text() : text();
  co_await ask(named);
}
bool is_right(char const* what, task (*run)(bool)) {
  made = destroyed = 0;
  run(true);
  run(false);
  std::printf("%s: %d made, %d destroyed\n", what, made, destroyed);
  return made == destroyed;
}
int main() {
  bool const wrong = !is_right("co_await ask(first ? text() : text())", two_temporaries) &&
                     !is_right("co_await ask(first ? text() : named)", one_temporary) &&
                     !is_right("first ? named : co_await ask(named)", awaits_in_one);
  return wrong && is_right("named before", named_before) ? 0 : 1;
}
CPP
g++-12 -std=c++20 -O0 conditional.cpp -o conditional
./conditional
