#!/usr/bin/env bash
# Software:  PostgreSQL 15 (Debian 12: postgresql-15 15.20-0+deb12u1)
# Behaviour: a queue that claims by INSERT ... SELECT ... WHERE NOT EXISTS(claim) LIMIT 10 ON CONFLICT DO NOTHING gets nothing where
#            another claim of the same rows commits first, though hundreds of rows are free: those that it had chosen are taken,
#            and none of the others is looked at. The row lock and the statement's snapshot are of different times.
# Seen:      of 1,000 free rows, two claims of 10 at the same time: the first gets 10, the second 0, and 990 are free.
# Date:      2026-11-29
# Why here:  pawl claims rows of a user's table so; an empty claim is the end of the work only if nothing was chosen either.
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
ask -c 'CREATE TABLE job(id int PRIMARY KEY)' -c 'INSERT INTO job SELECT generate_series(1,1000)' \
  -c 'CREATE TABLE claim(id int PRIMARY KEY, owner int)'
claim="WITH c AS (INSERT INTO claim SELECT id,%d FROM job WHERE NOT EXISTS(SELECT FROM claim WHERE claim.id=job.id) ORDER BY id LIMIT 10 ON CONFLICT DO NOTHING RETURNING id) SELECT count(*) FROM c"
mkfifo first
ask <first >first.out &
holder=$!
exec 3>first
# shellcheck disable=SC2059 # the format is the statement
{ echo 'BEGIN;' && printf "$claim;\n" 1; } >&3
sleep 0.5
# shellcheck disable=SC2059
ask -c "$(printf "$claim" 2)" >second.out &
second=$!
sleep 0.5
echo 'COMMIT;' >&3
exec 3>&-
wait $holder $second
free=$(ask -c 'SELECT count(*) FROM job WHERE NOT EXISTS(SELECT FROM claim WHERE claim.id=job.id)')
printf 'the first claim of 10 got %s, the second %s, and %s rows are free\n' "$(cat first.out)" "$(cat second.out)" "$free"
if [ "$(cat first.out second.out | xargs)" = '10 0' ] && [ "$free" = 990 ]; then
  echo 'as described'
else
  echo 'this has changed'
  exit 1
fi
