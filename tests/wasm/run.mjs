// Runs each test of a program of Catch2 for wasm32-wasi by itself: node run.mjs PROGRAM THROWING
// A test that throws ends there, for nothing can be caught; there may be THROWING of them. Prints what Catch2 prints of all.
// Each has a process of its own: Node.js may crash where it makes a second WASI.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WASI } from 'node:wasi';

const has_thrown = 99;

// Becomes the program: node run.mjs --alone PROGRAM WORD...
async function become(program, words) {
  const wasi = new WASI({ version: 'preview1', args: [program, ...words], returnOnExit: true });
  const compiled = await WebAssembly.compile(readFileSync(program));
  const instance = await WebAssembly.instantiate(compiled, wasi.getImportObject());
  try {
    process.exit(wasi.start(instance));
  } catch (trap) {
    if (!(trap instanceof WebAssembly.RuntimeError) || instance.exports.has_thrown() === 0) throw trap;
    process.exit(has_thrown);
  }
}
function run(program, ...words) {
  const ended = spawnSync(process.execPath, ['--no-warnings', fileURLToPath(import.meta.url), '--alone', program, ...words], { encoding: 'utf8' });
  return { code: ended.status, text: ended.stdout + ended.stderr };
}

if (process.argv[2] === '--alone') await become(process.argv[3], process.argv.slice(4));
const [program, mayThrow] = process.argv.slice(2);
const names = run(program, '--list-test-names-only').text.split('\n').filter((name) => name !== '');
if (names.length === 0) throw new Error(`${program} names no test`);
let assertions = 0;
let threw = 0;
let failed = 0;
for (const name of names) {
  const { code, text } = run(program, name.replace(/[\\,[]/g, '\\$&'));
  const passed = text.match(/^All tests passed \((\d+) assertion/m);
  if (code === has_thrown) {
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
