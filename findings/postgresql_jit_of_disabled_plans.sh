#!/usr/bin/env bash
# Software:  PostgreSQL 15 (Debian 12: postgresql-15 15.20-0+deb12u1, libllvm14 1:14.0.6-12)
# Behaviour: `enable_seqscan=off` does not forbid a plan, it adds 1e10 to its estimated cost, and the JIT compiler decides by
#            that estimate: where a small table has no index for the question, the statement is compiled by LLVM, with all
#            optimisations and inlining, to read a hundred rows.
# Seen:      the same question to a table of 100 rows: jit=off below 1 ms; jit=on, the default, 114 ms, of which 96 by the
#            compiler's own account; without enable_seqscan=off nothing is compiled, and it is below 1 ms.
# Date:      2026-11-29
# Why here:  pawl turns scans and joins off that a batch must never choose, for its sessions; without jit=off a rescue of a dead
#            worker's items took 733 ms instead of 2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
packages='postgresql-15=15.20-0+deb12u1 libllvm14=1:14.0.6-12 libpq5 libxml2 libicu72 libldap-2.5-0 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 liblz4-1 libedit2 libbsd0 libmd0'
# shellcheck disable=SC2086 # one word a package
apt-get download -qq $packages 2>/dev/null || { echo 'apt-get cannot download these packages' >&2 && exit 2; }
for package in ./*.deb; do dpkg -x "$package" unpacked; done
bin=$work/unpacked/usr/lib/postgresql/15/bin
as() { # an unprivileged user, which PostgreSQL insists on
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work" LD_LIBRARY_PATH="$libraries" "$@"; else env LD_LIBRARY_PATH="$libraries" "$@"; fi
}
libraries=$(printf '%s:' "$work"/unpacked/usr/lib/*-linux-gnu)
mkdir data && { [ "$(id -u)" != 0 ] || chown 65534:65534 data; }
as "$bin/initdb" -D data --no-sync --auth=trust --locale=C -E UTF8 >initdb.log 2>&1 || { cat initdb.log >&2 && exit 2; }
# One process without a network: it prints what it is asked.
ask() { # SETTINGS
  printf '%s\n' "$1" "EXPLAIN (ANALYZE) SELECT sum(a*2),avg(b) FROM small WHERE a%7<>3 AND b>0" |
    as "$bin/postgres" --single -D data postgres 2>single.log | tee answer | sed -n 's/.*Execution Time: \([0-9]*\).*/\1/p'
}
printf '%s\n' 'CREATE TABLE small AS SELECT i AS a,i*3 AS b FROM generate_series(1,100) AS i' 'ANALYZE small' |
  as "$bin/postgres" --single -D data postgres >/dev/null 2>single.log
off=$(ask 'SET jit=off; SET enable_seqscan=off')
plain=$(ask 'SET jit=on')
compiled_plain=$(grep -c 'JIT:' answer || true)
on=$(ask 'SET jit=on; SET enable_seqscan=off')
compiled=$(grep -c 'JIT:' answer || true)
printf 'milliseconds for 100 rows: jit=off %s; jit=on %s; jit=on and enable_seqscan=off %s\n' "$off" "$plain" "$on"
printf 'compiled: %s without enable_seqscan=off, %s with it\n' "$compiled_plain" "$compiled"
grep -E 'cost=1|JIT|Timing' answer | sed 's/^.*= "//; s/"[^"]*$//' || true
if [ "$compiled_plain" = 0 ] && [ "$compiled" = 1 ] && [ "$on" -gt $((10 * (off + 1))) ]; then
  echo 'as described'
else
  echo 'this has changed'
  exit 1
fi
