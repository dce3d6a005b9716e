// Runs each test of a program of Catch2 for wasm32-wasi by itself: node run.mjs PROGRAM THROWING
// A test that throws ends there, for nothing can be caught; there may be THROWING of them. Prints what Catch2 prints of all.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';

const [program, mayThrow] = process.argv.slice(2);
const compiled = await WebAssembly.compile(readFileSync(program));
const folder = mkdtempSync(join(tmpdir(), 'wasm-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

const kept = []; // Node.js may end where one of them is collected

function run(...words) {
  const path = join(folder, 'printed');
  const printed = openSync(path, 'w');
  const wasi = new WASI({ version: 'preview1', args: [program, ...words], stdout: printed, stderr: printed, returnOnExit: true });
  kept.push(wasi);
  const instance = new WebAssembly.Instance(compiled, wasi.getImportObject());
  let code = 1;
  let thrown = false;
  try {
    code = wasi.start(instance);
  } catch (trap) {
    if (!(trap instanceof WebAssembly.RuntimeError)) throw trap;
    thrown = instance.exports.has_thrown() !== 0;
  }
  closeSync(printed);
  return { code, thrown, text: readFileSync(path, 'utf8') };
}

const names = run('--list-test-names-only').text.split('\n').filter((name) => name !== '');
if (names.length === 0) throw new Error(`${program} names no test`);
let assertions = 0;
let threw = 0;
let failed = 0;
for (const name of names) {
  const { code, thrown, text } = run(name.replace(/[\\,[]/g, '\\$&'));
  const passed = text.match(/^All tests passed \((\d+) assertion/m);
  if (thrown) {
    threw += 1;
  } else if (code === 0 && passed !== null) {
    assertions += Number(passed[1]);
  } else {
    failed += 1;
    console.log(`FAILED: ${name}\n${text}`);
  }
}
const held = names.length - threw - failed;
console.log(`${threw} test cases throw, ${failed} failed`);
if (failed === 0 && threw <= Number(mayThrow)) console.log(`All tests passed (${assertions} assertions in ${held} test cases)`);
else process.exitCode = 1;
