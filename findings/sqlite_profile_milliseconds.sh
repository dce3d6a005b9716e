#!/usr/bin/env bash
# Software:  SQLite 3.40.1, as Debian 12 packages it (sqlite3 3.40.1-2+deb12u2).
# Behaviour: the time that SQLITE_TRACE_PROFILE reports is in nanoseconds, but is a whole number of milliseconds: it comes
#            from the VFS's xCurrentTimeInt64. Statements that are faster are reported as 0 or 1 ms.
# Seen:      five statements of about 0.5 to 70 ms: 0 ns, 20000000 ns, 32000000 ns, 53000000 ns, 76000000 ns.
# Date:      2026-11-28.
# Here:      a transition takes 5 to 30 microseconds. pawl reads the clock itself before and after
#            (include/pawl/queue/write_times.hpp).
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

{
  echo '.trace stdout --profile' # which prints "STATEMENT -- N ns"
  for rows in 1000 20000 40000 60000 100000; do
    echo "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<$rows) SELECT sum(n) FROM c;"
  done
} | "$sqlite" :memory: | sed -n 's/.* -- \([0-9]*\) ns$/\1/p' >reported
echo "SQLite 3.40.1, SQLITE_TRACE_PROFILE of five statements, ns:"
cat reported
[ "$(wc -l <reported)" -eq 5 ] || { echo "It did not report five times: this has changed." && exit 1; }
! grep -qvE '^[0-9]*000000$|^0$' reported || { echo "Not all are whole milliseconds: this has changed." && exit 1; }
