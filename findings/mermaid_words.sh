#!/usr/bin/env bash
# Software:  mermaid 12.3.0 and jsdom 26.1.0 (npm); Node.js 20
# Behaviour: a state whose name is a word of the grammar, in any case and though it stands where only a name can, makes the
#            whole diagram unreadable. `end`, which its documentation warns of for flowcharts, is taken.
# Seen:      Default, default, Note, Class, Style, Click, Scale, State: "Parse error on line 2"; Standard, End, Hide: fine.
# Date:      2026-11-28
# Why here:  a lifecycle's states are often called so. Diagrams declare such a state under a name of their own, with the
#            word as its text.
set -euo pipefail
command -v npm >/dev/null || { echo 'this needs npm' >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true, "type": "module"}' >package.json
npm install --no-audit --no-fund --silent mermaid@12.3.0 jsdom@26.1.0 >npm.log 2>&1 || { echo 'npm cannot fetch these versions' >&2 && exit 2; }
cat >words.mjs <<'JS'
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");

async function parse(word) {
  return mermaid.parse(`stateDiagram-v2\n    first --> ${word}\n`).then(
    () => "fine",
    (error) => error.message.split("\n")[0],
  );
}

console.log(`mermaid ${JSON.parse(readFileSync("node_modules/mermaid/package.json")).version}`);
let same = true;
for (const word of ["Default", "default", "Note", "Class", "Style", "Click", "Scale", "State", "Standard", "End", "Hide"]) {
  const seen = await parse(word);
  console.log(`${word}: ${seen}`);
  same &&= seen === (["Standard", "End", "Hide"].includes(word) ? "fine" : "Parse error on line 2:");
}
process.exit(same ? 0 : 1);
JS
node words.mjs
