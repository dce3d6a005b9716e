#!/usr/bin/env bash
# Software:  PostgreSQL 15 (Debian 12: postgresql-15 15.20-0+deb12u1)
# Behaviour: the generic plan of a prepared statement that joins an array with a table by its primary key, made while the table
#            was empty and analyzed, is kept for as long as nobody analyzes the table again, however large it has become: the
#            plan reads the whole index and compares each element with each row. Rows alone never make the server plan anew;
#            with autovacuum it takes up to a minute, without it for ever. DISCARD PLANS is enough, without new statistics.
#            The index is read although sequential scans are off, for its order would serve a merge join, though merge joins
#            are off too. The same join written key = ANY(ARRAY[element]), which nothing can merge by, looks each element up.
# Seen:      200 keys in a table of 20,000 rows: 4,000,000 comparisons less the matches, none after DISCARD PLANS, and none
#            with ANY before it.
# Date:      2026-11-29
# Why here:  a worker that waits before an empty table has prepared its statements there; pawl's find each row by such an ANY.
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
as "$bin/pg_ctl" -D data -l "$work/log" -o "-k $work -c listen_addresses='' -c fsync=off -c autovacuum=off" -w start >/dev/null || { cat log >&2 && exit 2; }
trap 'as "$bin/pg_ctl" -D data -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

# The settings of a session that joins by nested loops alone, as one does that sends arrays of keys.
LD_LIBRARY_PATH=$libraries "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -h "$work" -U postgres >told <<'SQL'
SET plan_cache_mode=force_generic_plan;
SET enable_seqscan=off; SET enable_hashjoin=off; SET enable_mergejoin=off; SET enable_bitmapscan=off;
CREATE TABLE job(key text PRIMARY KEY,n int);
ANALYZE job;
PREPARE look(text[]) AS SELECT sum(n) FROM unnest($1) AS u(k) JOIN job ON job.key=u.k;
PREPARE look_each(text[]) AS SELECT sum(n) FROM unnest($1) AS u(k) JOIN job ON job.key=ANY(ARRAY[u.k]);
EXECUTE look('{a}') \g /dev/null
EXECUTE look_each('{a}') \g /dev/null
INSERT INTO job SELECT 'key '||i,i FROM generate_series(1,20000) AS i;
SELECT array_agg('key '||i)::text AS keys FROM generate_series(1,200) AS i \gset
\echo by_any
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE look_each(:'keys');
\echo before
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE look(:'keys');
DISCARD PLANS;
\echo after
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE look(:'keys');
SQL
compared() { # FROM TO: how many pairs of an element and a row were compared and were none
  sed -n "/^$1\$/,/^$2\$/s/.*Rows Removed by Join Filter: //p" told
}
by_any=$(compared by_any before) before=$(compared before after) after=$(compared after end)
printf 'pairs compared in vain before DISCARD PLANS: %s, by ANY: %s; after it: %s\n' "${before:-0}" "${by_any:-0}" "${after:-0}"
if [ "${before:-0}" = $((200 * 20000 - 200)) ] && [ "${by_any:-0}" = 0 ] && [ "${after:-0}" = 0 ]; then
  echo 'as described'
else
  cat told
  echo 'this has changed'
  exit 1
fi
