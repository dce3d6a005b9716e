#!/usr/bin/env bash
# Software:  PostgreSQL 15 (Debian 12: postgresql-15 15.20-0+deb12u1)
# Behaviour: on a full disk a table's next page, of 8 KB, fails with "No space left on device" only where not a byte of it fits.
#            Where half of it does, each INSERT fails with "wrote only 4096 of 8192 bytes at block N", and neither the client
#            nor the server's log ever says that the disk is full; the SQLSTATE alone is the same, 53100.
# Seen:      no room: 53100, "could not extend file ...: No space left on device"; room for 4 KB: 53100, "could not extend file
#            ...: wrote only 4096 of 8192 bytes at block N", three times of three, "No space left" 0 times in the log.
# Date:      2026-11-30
# Why here:  who waits for the words in a log, as a proof of pawl did, waits for ever; pawl goes by the SQLSTATE. The disk is a
#            tmpfs in a namespace of its own, which asks for root.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo 'run it as root: it mounts a tmpfs' >&2 && exit 2; }
[ "${1:-}" = inside ] || exec unshare --mount bash "$0" inside
work=$(mktemp -d)
chmod 755 "$work"
cd "$work"
packages='postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5 libxml2 libicu72 libldap-2.5-0 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 liblz4-1'
# shellcheck disable=SC2086 # one word a package
apt-get download -qq $packages 2>/dev/null || { echo 'apt-get cannot download these packages' >&2 && exit 2; }
for package in ./*.deb; do dpkg -x "$package" unpacked; done
bin=$work/unpacked/usr/lib/postgresql/15/bin
libraries=$(printf '%s:' "$work"/unpacked/usr/lib/*-linux-gnu)
as() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work" LD_LIBRARY_PATH="$libraries" "$@"; }
mkdir data disk
mount -t tmpfs -o mode=1777,size=64m tmpfs disk
mkdir disk/tables
chown 65534:65534 data . disk/tables
as "$bin/initdb" -D data --no-sync --auth=trust --locale=C -E UTF8 -U postgres >initdb.log 2>&1 || { cat initdb.log >&2 && exit 2; }
as "$bin/pg_ctl" -D data -l "$work/log" -o "-k $work -c listen_addresses='' -c fsync=off -c autovacuum=off" -w start >/dev/null ||
  { cat log >&2 && exit 2; }
trap 'as "$bin/pg_ctl" -D data -m immediate stop >/dev/null 2>&1 || true; umount -l disk; rm -rf "$work"' EXIT
ask() { LD_LIBRARY_PATH=$libraries "$bin/psql" -XAtq -h "$work" -U postgres -v VERBOSITY=verbose "$@" 2>&1; }
ask -c "CREATE TABLESPACE small LOCATION '$work/disk/tables'" -c 'CREATE TABLE t(a text) TABLESPACE small' \
  -c "ALTER TABLE t ALTER a SET STORAGE PLAIN" -c "INSERT INTO t SELECT repeat('x',6000) FROM generate_series(1,10)"
# The next page's INSERT, three times, with so many bytes left on the disk: what the client and the log say.
try() { # BYTES
  local from
  from=$(wc -c <log)
  cat /dev/zero >disk/ballast 2>/dev/null || true
  truncate -s -"$1" disk/ballast
  for _ in 1 2 3; do ask -c "INSERT INTO t VALUES(repeat('x',6000))" | grep '^ERROR' || true; done | sed 's/file "[^"]*"/file .../; s/block [0-9]*/block N/' | sort | uniq -c
  printf '  in the log: "No space left" %d times\n' "$(tail -c +"$((from + 1))" log | grep -c 'No space left' || true)"
  rm disk/ballast
}
echo 'no room:' && try 0 | tee none
echo 'room for 4 KB:' && try 4096 | tee half
if grep -q '3 ERROR:  53100: .*No space left on device' none && grep -q '"No space left" 3 times' none &&
  grep -q '3 ERROR:  53100: .*wrote only 4096 of 8192 bytes at block N' half && grep -q '"No space left" 0 times' half; then
  echo 'as described'
else
  echo 'this has changed'
  exit 1
fi
