#!/usr/bin/env bash
# Software:  SQLite 3.40.1, as Debian 12 packages it (sqlite3 3.40.1-2+deb12u2).
# Behaviour: `column IN ('a','b','c')` is a table in memory that SQLite fills from the list. In a WHERE it is filled once
#            for a statement. In a CHECK it is filled again for each row that is written.
# Seen:      EXPLAIN of an UPDATE with both: the OpenEphemeral of the WHERE follows a Once, that of the CHECK does not,
#            and both are within the loop over the rows.
# Date:      2026-11-28.
# Here:      a CHECK with the names of five states was 40 % of the work of a transition; the SQLite store asks it once for
#            each kind of transition instead (include/pawl/sqlite/state_check.hpp).
#
# Exit codes: 0 as described, 1 it has changed, 2 it could not be tried.
set -euo pipefail
cannot() { echo "$(basename "$0"): $*" >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=3.40.1-2+deb12u2
apt-get download "sqlite3=$version" "libsqlite3-0=$version" libreadline8 >/dev/null 2>&1 ||
  cannot "apt-get cannot download sqlite3 $version and libreadline8; this is for Debian 12"
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find "$work/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
export LD_LIBRARY_PATH
sqlite=$work/root/usr/bin/sqlite3
[ "$("$sqlite" --version | cut -d ' ' -f 1)" = 3.40.1 ] || cannot "the unpacked program is not SQLite 3.40.1"

"$sqlite" :memory: >plan <<'SQL'
CREATE TABLE items(id INTEGER PRIMARY KEY, state TEXT CHECK(state IN ('a','b','c')));
.explain off
.mode list
EXPLAIN UPDATE items SET state='b' WHERE state IN ('c','b','a');
SQL
# Lines are addr|opcode|p1|p2|...: the loop over the rows begins after Rewind, and its Next jumps there.
awk -F '|' '
  $2 == "Rewind" && !began { began = $1 + 1 }
  $2 == "OpenEphemeral" { print (began && !over ? "in the loop" : "outside of it") ", " (before == "Once" ? "once" : "for each row") }
  $2 == "Next" && $4 == began { over = 1 }
  { before = $2 }' plan >seen
echo "SQLite 3.40.1, UPDATE with IN in its WHERE and IN in a CHECK of its table; the tables in memory are filled:"
cat seen
printf 'in the loop, once\nin the loop, for each row\n' | cmp -s - seen || { echo "This has changed." && exit 1; }
