#!/usr/bin/env bash
# Software:  SQLite 3.40.1, as Debian 12 packages it (sqlite3 3.40.1-2+deb12u2).
# Behaviour: one idle reader, whose snapshot began on an empty write-ahead log, makes each commit beyond the 1000 frames
#            of wal_autocheckpoint several times slower: each tries a checkpoint, which sorts the index of the whole log
#            before it finds that the reader is in its way. The longer the log, the slower.
# Seen:      15000 commits in 0.47 s without a reader, in 2.0 to 2.8 s beside one, in 0.57 to 0.71 s beside one with
#            wal_autocheckpoint=0.
# Date:      2026-11-28.
# Here:      a dashboard that forgets to end its SELECT would slow a run down. pawl replaces the automatic checkpoint by a
#            hook that waits longer after one that did not finish (include/pawl/sqlite/checkpointer.hpp).
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

commits=15000
milliseconds() { # READER(yes|no) FRAMES
  local begin
  rm -f t.db*
  {
    echo '.connection 0'
    echo 'PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE t(id INTEGER PRIMARY KEY, x);'
    echo 'INSERT INTO t VALUES(1,0); PRAGMA wal_checkpoint(TRUNCATE);'
    echo '.connection 1'
    echo '.open t.db'
    [ "$1" = no ] || echo 'BEGIN; SELECT count(*) FROM t;'
    echo '.connection 0'
    echo "PRAGMA wal_autocheckpoint=$2;"
    seq -f 'UPDATE t SET x=%.0f;' $commits
  } >script
  begin=$(date +%s%N)
  "$sqlite" t.db <script >/dev/null
  echo $((($(date +%s%N) - begin) / 1000000))
}
least() { # of three rounds
  for _ in 1 2 3; do milliseconds "$@"; done | sort -n | head -n 1
}
alone=$(least no 1000) beside=$(least yes 1000) off=$(least yes 0)
echo "SQLite 3.40.1, $commits commits, ms, the least of three rounds:"
echo "no reader                              $alone"
echo "an idle reader                         $beside"
echo "an idle reader, no automatic checkpoint $off"
if ! { [ "$beside" -ge $((2 * alone)) ] && [ "$beside" -ge $((2 * off)) ]; }; then
  echo "This has changed." && exit 1
fi
