#!/usr/bin/env bash
# Software:  PostgreSQL 15 (Debian 12: postgresql-15 15.20-0+deb12u1)
# Behaviour: where the wait of a COMMIT for its synchronous standby is cancelled, COMMIT succeeds, and that the standby never
#            had it is told by a WARNING alone. client_min_messages=error, which a role may have, takes it away: the client sees
#            a success like any other.
# Seen:      with client_min_messages=warning: "WARNING:  canceling wait for synchronous replication due to user request", then
#            COMMIT; with error: COMMIT.
# Date:      2026-11-29
# Why here:  pawl acknowledges a transition by its COMMIT, and asks again after a warning. Its sessions set client_min_messages,
#            and behind a pooler, where they cannot, a role that hides warnings is refused.
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
ask -c "CREATE TABLE t(a int)" -c "ALTER SYSTEM SET synchronous_standby_names='nobody'" -c 'SELECT pg_reload_conf()' >/dev/null
sleep 0.3
commit() { # MESSAGES: what a client sees of a COMMIT whose wait is cancelled
  LD_LIBRARY_PATH=$libraries "$bin/psql" -XAt -h "$work" -U postgres -c "SET client_min_messages=$1" -c BEGIN -c 'INSERT INTO t VALUES(1)' -c COMMIT >"$1.out" 2>&1 &
  local client=$!
  for _ in $(seq 100); do
    [ "$(ask -c "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event='SyncRep'")" = 0 ] || break
    sleep 0.1
  done
  wait $client
  printf '%s: %s\n' "$1" "$(grep -v '^SET$\|^BEGIN$\|^INSERT' "$1.out" | head -n 1)"
}
commit warning
commit error
if grep -q '^WARNING:' warning.out && ! grep -q 'WARNING' error.out && grep -q '^COMMIT$' error.out; then
  echo 'as described'
else
  echo 'this has changed'
  exit 1
fi
