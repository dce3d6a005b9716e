#!/usr/bin/env bash
# Software:  Prometheus 2.42.0, as Debian 12 packages it (prometheus 2.42.0+ds-5+deb12u1), and its promtool.
# Behaviour: a page with one sample twice, or with two samples that differ by a label without a value, which is no label to
#            Prometheus, passes `promtool check metrics`; a scrape of it succeeds (`up` is 1) and keeps one of the two.
# Seen:      waiting 1 and waiting{office=""} 2: no remark of promtool, `up` is 1, and one series, waiting 1.
# Date:      2026-11-28.
# Here:      nobody would notice. So pawl refuses labels that were added before, and leaves labels without a value out before
#            it looks (include/pawl/report/prometheus.hpp).
#
# Exit codes: 0 as described, 1 it has changed, 2 it could not be tried.
set -euo pipefail
cannot() { echo "$(basename "$0"): $*" >&2 && exit 2; }
work=$(mktemp -d) started=()
end_all() {
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$work"
}
trap end_all EXIT
cd "$work"
version=2.42.0+ds-5+deb12u1
apt-get download "prometheus=$version" busybox >/dev/null 2>&1 || cannot "apt-get cannot download prometheus $version and busybox; this is for Debian 12"
for package in *.deb; do dpkg -x "$package" root; done
promtool=root/usr/bin/promtool busybox=$(find root -path "*bin/busybox")

mkdir pages
printf '# HELP waiting Waiting.\n# TYPE waiting gauge\nwaiting 1\nwaiting{office=""} 2\n' >pages/metrics
"$promtool" check metrics <pages/metrics || { echo 'promtool objects to it: this has changed.' && exit 1; }
echo 'promtool check metrics: no remark'

is_free() { ! (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() { local port; until port=$((20000 + RANDOM % 20000)) && is_free "$port"; do :; done; echo "$port"; }
port=$(free_port)
"$busybox" httpd -f -p "127.0.0.1:$port" -h pages &
started+=($!)
own_port=$(free_port)
printf 'global: {scrape_interval: 1s}\nscrape_configs: [{job_name: page, static_configs: [{targets: ["127.0.0.1:%d"]}]}]\n' "$port" >prometheus.yml
root/usr/bin/prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address="127.0.0.1:$own_port" >log 2>&1 &
started+=($!)
ask() { "$promtool" query instant "http://127.0.0.1:$own_port" "$1" 2>/dev/null || true; }
for ((tries = 0; tries < 60; ++tries)); do
  [ -z "$(ask 'up == 1')" ] || break
  sleep 0.5
done
[ -n "$(ask 'up == 1')" ] || { echo 'The scrape did not succeed: this has changed.' && exit 1; }
ask waiting | tee series
[ "$(wc -l <series)" -eq 1 ] || { echo 'Not one series: this has changed.' && exit 1; }
grep -q '^waiting{instance="[^"]*", job="page"} => 1 ' series || { echo 'Not the first of them: this has changed.' && exit 1; }
