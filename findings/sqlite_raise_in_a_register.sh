#!/usr/bin/env bash
# Software:  SQLite 3.53.2, the source that better-sqlite3 12.11.1 of npm carries, beside Debian 12's libsqlite3-0 3.40.1-2+deb12u2.
# Behaviour: EXPLAIN of a statement whose trigger says RAISE(ABORT,'no') lists the instruction Halt with error 1811 in
#            both. In 3.40 its P4 is the text 'no'. In 3.53 P4 is NULL: the text is in the register that P3 names, into
#            which the String8 before it has put it (RAISE takes expressions since 3.47).
# Seen:      3.40.1: "Halt|1811|2|0|no"; 3.53.2: "String8|0|2|0|no" and "Halt|1811|2|2|".
# Date:      2026-11-30.
# Here:      pawl reads that listing to tell a trigger that raises for every row, which ends a run, from one that refuses a
#            single item, which is parked. With the older form alone each item of the table was parked.
#
# Exit codes: 0 as described, 1 it has changed, 2 it could not be tried.
set -euo pipefail
cannot() { echo "$(basename "$0"): $*" >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
debian=3.40.1-2+deb12u2 npm=better-sqlite3@12.11.1
apt-get download "libsqlite3-0=$debian" >/dev/null 2>&1 ||
  cannot "apt-get cannot download libsqlite3-0 $debian; this is for Debian 12"
dpkg -x ./*.deb root
command -v npm >/dev/null && command -v gcc >/dev/null || cannot 'npm and gcc are needed'
npm pack --silent "$npm" >/dev/null 2>&1 && tar xzf ./*.tgz || cannot "npm cannot fetch $npm"
cat >listing.c <<'C'
#include <stdio.h>
#include "sqlite3.h"
int main(int count, char** given) {
  sqlite3* db;
  sqlite3_stmt* listed;
  sqlite3_open(":memory:", &db);
  sqlite3_exec(db, given[1], 0, 0, 0);
  sqlite3_prepare_v2(db, given[2], -1, &listed, 0);
  while (count == 3 && sqlite3_step(listed) == SQLITE_ROW)
    for (int i = 1; i < 6; ++i)
      printf("%s%c", sqlite3_column_text(listed, i) ? (char const*)sqlite3_column_text(listed, i) : "", i < 5 ? '|' : '\n');
  return 0;
}
C
older=$(find "$work/root" -name 'libsqlite3.so.0')
gcc -w -I package/deps/sqlite3 listing.c "$older" -o older || cannot 'gcc cannot link it'
gcc -w -I package/deps/sqlite3 listing.c package/deps/sqlite3/sqlite3.c -o newer -lpthread -ldl -lm || cannot 'gcc cannot compile it'
schema="CREATE TABLE t(a); CREATE TRIGGER r BEFORE UPDATE ON t BEGIN SELECT RAISE(ABORT,'no'); END;"
statement="EXPLAIN UPDATE t SET a=1"
LD_LIBRARY_PATH=${older%/*} ./older "$schema" "$statement" >older.txt
./newer "$schema" "$statement" >newer.txt
echo 'SQLite 3.40.1:' && grep -E '^(String8|Halt)' older.txt
echo 'SQLite 3.53.2:' && grep -E '^(String8|Halt)' newer.txt
if ! { grep -qx 'Halt|1811|2|0|no' older.txt && grep -qx 'String8|0|2|0|no' newer.txt && grep -qx 'Halt|1811|2|2|' newer.txt; }; then
  echo "This has changed." && exit 1
fi
