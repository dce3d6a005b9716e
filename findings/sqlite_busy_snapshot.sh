#!/usr/bin/env bash
# Software:  SQLite 3.40.1, as Debian 12 packages it (sqlite3 3.40.1-2+deb12u2).
# Behaviour: in WAL mode a transaction begun by BEGIN that has read, and writes after another connection has committed,
#            gets "database is locked" at once. The busy timeout is not waited for, although the lock is free, and a
#            repetition within the same transaction gets it again. BEGIN IMMEDIATE works.
# Seen:      with a timeout of 2 s the UPDATE fails within a millisecond, twice; the one after BEGIN IMMEDIATE succeeds.
# Date:      2026-11-28.
# Here:      a busy timeout looks like a cure for "locked" and is none for this. pawl begins each transaction with
#            BEGIN IMMEDIATE and reads nothing before it writes.
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

"$sqlite" shared.db >seen 2>&1 <<'SQL' || true
.timeout 2000
PRAGMA journal_mode=WAL;
CREATE TABLE t(x);
INSERT INTO t VALUES(1);
.connection 1
.open shared.db
.connection 0
BEGIN;
SELECT 'read ' || x FROM t;
.connection 1
UPDATE t SET x=2;
.connection 0
.timer on
UPDATE t SET x=3;
UPDATE t SET x=4;
.timer off
ROLLBACK;
BEGIN IMMEDIATE;
UPDATE t SET x=5;
COMMIT;
SELECT 'written ' || x FROM t;
SQL
echo "SQLite 3.40.1, a write after a read, another connection having committed between them, timeout 2 s:"
cat seen
refused=$(grep -c 'database is locked (5)' seen || true)
waited=$(sed -n 's/^Run Time: real \([0-9]*\)\..*/\1/p' seen | sort -n | tail -n 1)
if ! { [ "$refused" -eq 2 ] && [ "${waited:-9}" -eq 0 ] && grep -qx 'read 1' seen && grep -qx 'written 5' seen; }; then
  echo "This has changed." && exit 1
fi
