#!/usr/bin/env bash
# Software:  cron-parser 5.10.6 (npm), for Node.js
# Behaviour: on Lord Howe Island, whose clocks are set by half an hour, a daily expression has no next time behind the night in which
#            they are set back.
# Seen:      '0 1 * * *' in Australia/Lord_Howe from 2027-03-31 on gives four times, up to April 3, and then "Invalid expression, loop
#            limit exceeded"; in Asia/Kolkata, always at half an hour, it goes on.
# Date:      2026-11-30
# Why here:  tests/cron_libraries compares the ticks of calendar/cron_rule.hpp with this library's in three zones, and in that one with
#            croner's alone.
set -euo pipefail
command -v npm >/dev/null || { echo 'this needs npm' >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true, "type": "module"}' >package.json
npm install --no-audit --no-fund --silent cron-parser@5.10.6 >npm.log 2>&1 || { echo 'npm cannot fetch this version' >&2 && exit 2; }
cat >ask.mjs <<'JS'
import { CronExpressionParser } from "cron-parser";

for (const tz of ["Asia/Kolkata", "Australia/Lord_Howe"]) {
  const all = CronExpressionParser.parse("0 1 * * *", { tz, currentDate: new Date("2027-03-31T00:00:00Z") });
  const times = [];
  try {
    while (times.length < 6) times.push(all.next().toDate().toISOString().slice(5, 16));
  } catch (e) {
    times.push(e.message);
  }
  console.log(`${tz}: ${times.join(", ")}`);
}
JS
node ask.mjs >seen || { cat seen && exit 2; }
cat seen
cat >expected <<'SEEN'
Asia/Kolkata: 03-31T19:30, 04-01T19:30, 04-02T19:30, 04-03T19:30, 04-04T19:30, 04-05T19:30
Australia/Lord_Howe: 03-31T14:00, 04-01T14:00, 04-02T14:00, 04-03T14:00, Invalid expression, loop limit exceeded
SEEN
cmp -s expected seen || { echo "This has changed." && exit 1; }
