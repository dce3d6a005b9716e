#!/usr/bin/env bash
# Software:  PostgreSQL 15 (Debian 12: postgresql-15 15.20-0+deb12u1)
# Behaviour: IF NOT EXISTS spares the error, not the lock: where the index is there, CREATE INDEX IF NOT EXISTS still waits until
#            nobody writes to the table, and where the column is there, ALTER TABLE ADD COLUMN IF NOT EXISTS still waits until
#            nobody reads it; and all who come later wait behind it. CREATE TABLE IF NOT EXISTS waits for nobody.
# Seen:      with a row being updated by an open transaction: CREATE INDEX IF NOT EXISTS ends by lock_timeout; with an open
#            reader: ALTER TABLE ADD COLUMN IF NOT EXISTS does; CREATE TABLE IF NOT EXISTS succeeds beside both.
# Date:      2026-11-29
# Why here:  pawl makes its tables when a store is opened: beside running workers it must send no such statement for what is there.
set -euo pipefail
work=$(mktemp -d)
chmod 755 "$work"
cd "$work"
packages='postgresql-15=15.20-0+deb12u1 postgresql-client-15=15.20-0+deb12u1 libpq5 libxml2 libicu72 libldap-2.5-0 libsasl2-2 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0 libkeyutils1 liblz4-1'
# shellcheck disable=SC2086 # one word a package
apt-get download -qq $packages 2>/dev/null || { echo 'apt-get cannot download these packages' >&2 && exit 2; }
for package in ./*.deb; do dpkg -x "$package" unpacked; done
bin=$work/unpacked/usr/lib/postgresql/15/bin
libraries=$(printf '%s:' "$work"/unpacked/usr/lib/*-linux-gnu)
as() { # an unprivileged user, which PostgreSQL insists on
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$work" LD_LIBRARY_PATH="$libraries" "$@"; else env LD_LIBRARY_PATH="$libraries" "$@"; fi
}
mkdir data && { [ "$(id -u)" != 0 ] || chown 65534:65534 data .; }
as "$bin/initdb" -D data --no-sync --auth=trust --locale=C -E UTF8 -U postgres >initdb.log 2>&1 || { cat initdb.log >&2 && exit 2; }
as "$bin/pg_ctl" -D data -l "$work/log" -o "-k $work -c listen_addresses='' -c fsync=off" -w start >/dev/null || { cat log >&2 && exit 2; }
trap 'as "$bin/pg_ctl" -D data -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
ask() { LD_LIBRARY_PATH=$libraries "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -h "$work" -U postgres "$@"; }
ask -c 'CREATE TABLE t(a int, b int)' -c 'CREATE INDEX i ON t(a)' -c 'INSERT INTO t VALUES(1,1)'
beside() { # WHAT STATEMENT: whether it ends while another transaction has done WHAT
  mkfifo hold
  ask <hold >/dev/null &
  local holder=$! answer
  exec 3>hold
  printf 'BEGIN;\n%s;\n' "$1" >&3
  sleep 0.5
  ask -c "SET lock_timeout='500ms'" -c "$2" >out 2>&1 || true
  if grep -q 'lock timeout' out; then answer=waits; else answer='does not wait'; fi
  exec 3>&-
  wait $holder || true
  rm hold
  printf '%-14s beside %-18s: %s\n' "$answer" "$1" "$2" | tee -a seen
}
beside 'UPDATE t SET b=2' 'CREATE INDEX IF NOT EXISTS i ON t(a)'
beside 'SELECT * FROM t' 'ALTER TABLE t ADD COLUMN IF NOT EXISTS b int'
beside 'UPDATE t SET b=3' 'CREATE TABLE IF NOT EXISTS t(a int, b int)'
if [ "$(cut -c 1-13 seen | tr -s ' \n' ' ')" = 'waits waits does not wait ' ]; then
  echo 'as described'
else
  echo 'this has changed'
  exit 1
fi
