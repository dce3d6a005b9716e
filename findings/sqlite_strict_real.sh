#!/usr/bin/env bash
# Software:  SQLite 3.37.2, the source that better-sqlite3 7.5.0 of npm carries, beside Debian 12's libsqlite3-0 3.40.1-2+deb12u2.
# Behaviour: 3.37.2 refuses a whole number as a real, such as 2.0, in a REAL column of a STRICT table that has a generated
#            column too: "cannot store REAL value in REAL column". 2.5 is taken, and 2.0 without the generated column.
# Seen:      3.37.2: "19 cannot store REAL value in REAL column t.r" for 2.0, "0 ok" for 2.5; 3.38.5 and 3.40.1: both "0 ok".
# Date:      2026-11-30.
# Here:      pawl takes SQLite from 3.37 on. With such a table and a SQLite this old an item whose column gets a whole number
#            is parked, with these words of SQLite.
#
# Exit codes: 0 as described, 1 it has changed, 2 it could not be tried.
set -euo pipefail
cannot() { echo "$(basename "$0"): $*" >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
debian=3.40.1-2+deb12u2 npm=better-sqlite3@7.5.0
apt-get download "libsqlite3-0=$debian" >/dev/null 2>&1 ||
  cannot "apt-get cannot download libsqlite3-0 $debian; this is for Debian 12"
dpkg -x ./*.deb root
command -v npm >/dev/null && command -v gcc >/dev/null || cannot 'npm and gcc are needed'
npm pack --silent "$npm" >/dev/null 2>&1 && tar xzf ./*.tgz || cannot "npm cannot fetch $npm"
cat >real.c <<'C'
#include <stdio.h>
#include "sqlite3.h"
int main(void) {
  sqlite3* db;
  sqlite3_open(":memory:", &db);
  sqlite3_exec(db, "CREATE TABLE t(r REAL, g INT AS (0)) STRICT; CREATE TABLE without(r REAL) STRICT", 0, 0, 0);
  char const* const inserts[] = {"INSERT INTO t(r) VALUES(2.0)", "INSERT INTO t(r) VALUES(2.5)",
                                 "INSERT INTO without(r) VALUES(2.0)"};
  for (int i = 0; i < 3; ++i) {
    int const code = sqlite3_exec(db, inserts[i], 0, 0, 0);
    printf("%s: %d %s\n", inserts[i], code, code == SQLITE_OK ? "ok" : sqlite3_errmsg(db));
  }
  return 0;
}
C
newer=$(find "$work/root" -name 'libsqlite3.so.0')
gcc -w -I package/deps/sqlite3 real.c "$newer" -o newer || cannot 'gcc cannot link it'
gcc -w -I package/deps/sqlite3 real.c package/deps/sqlite3/sqlite3.c -o older -lpthread -ldl -lm || cannot 'gcc cannot compile it'
./older >older.txt
LD_LIBRARY_PATH=${newer%/*} ./newer >newer.txt
echo 'SQLite 3.37.2:' && cat older.txt
echo 'SQLite 3.40.1:' && cat newer.txt
if ! { grep -qxF 'INSERT INTO t(r) VALUES(2.0): 19 cannot store REAL value in REAL column t.r' older.txt &&
  [ "$(grep -c ': 0 ok$' older.txt)" = 2 ] && [ "$(grep -c ': 0 ok$' newer.txt)" = 3 ]; }; then
  echo "This has changed." && exit 1
fi
