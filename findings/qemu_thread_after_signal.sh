#!/usr/bin/env bash
# Software:  QEMU 7.2, as Debian 12 packages it (qemu-user-static 1:7.2+dfsg-7+deb12u18+b3); with the C library of
#            gcc-i686-linux-gnu 12.2.0.
# Behaviour: in a program for i386 that QEMU runs (qemu-i386), a thread that takes a signal comes out of the handler as the
#            thread that was made last, even one that has ended: pthread_self(), errno and all that is thread-local are that
#            one's. All threads share one table of segments, and the end of a handler loads GS from it again. A thread made
#            then may get the place of the one that ended, and joining it is refused with EDEADLK.
# Seen:      "after a signal: the same thread", then with a thread that has ended "after a signal: another thread",
#            "join: Resource deadlock avoided"; without QEMU, and with QEMU 10.0.13 of Debian 13, the same thread and no error.
# Date:      2026-11-30.
# Here:      a std::jthread::join threw in a test of pawl, once, long after tests that raise signals. tests/everywhere
#            therefore runs i686's programs on an x86-64 itself, which can.
#
# Exit codes: 0 as described, 1 it has changed, 2 it could not be tried.
set -euo pipefail
cannot() { echo "$(basename "$0"): $*" >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=1:7.2+dfsg-7+deb12u18+b3
command -v i686-linux-gnu-gcc >/dev/null || cannot 'this needs i686-linux-gnu-gcc (Debian: g++-i686-linux-gnu)'
apt-get download "qemu-user-static=$version" >/dev/null 2>&1 ||
  cannot "apt-get cannot download qemu-user-static $version; this is for Debian 12"
dpkg -x ./*.deb root
cat >threads.c <<'C'
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ignore(int number) { (void)number; }
static void* end(void* given) { return given; }
static int join_one(void) {
  pthread_t one;
  pthread_create(&one, 0, end, 0);
  return pthread_join(one, 0);
}
static void take_signal(pthread_t self) {
  raise(SIGUSR1);
  printf("after a signal: %s thread\n", pthread_equal(self, pthread_self()) ? "the same" : "another");
}
int main(void) {
  pthread_t const self = pthread_self();
  signal(SIGUSR1, ignore);
  take_signal(self);
  join_one();
  puts("a thread was made and has ended");
  take_signal(self);
  printf("join: %s\n", strerror(join_one()));
  fflush(stdout);
  _Exit(0);
}
C
i686-linux-gnu-gcc -static -pthread threads.c -o threads || cannot 'i686-linux-gnu-gcc cannot compile it'
root/usr/bin/qemu-i386-static ./threads | tee seen.txt
diff seen.txt - <<'TEXT' || { echo "This has changed." && exit 1; }
after a signal: the same thread
a thread was made and has ended
after a signal: another thread
join: Resource deadlock avoided
TEXT
