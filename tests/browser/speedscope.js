// Imports the three files of a run's profile with Speedscope's own code and says where its self and total times of a
// span are not those of the driver's table, a line for each.
const findings = [];
const warned = console.warn;
console.warn = (...what) => (findings.push(what.join(' ')), warned(...what));

const times_of = (profiles, per_millisecond) => {
  const times = new Map();
  for (const profile of profiles)
    profile.forEachFrame((frame) => {
      const {self, total} = times.get(frame.name) ?? {self: 0, total: 0};
      times.set(frame.name, {self: self + frame.getSelfWeight() / per_millisecond, total: total + frame.getTotalWeight() / per_millisecond});
    });
  return times;
};
const compare = (what, times) => {
  for (const {name, calls, self_ms, total_ms} of table.filter((row) => row.name !== 'insert')) {  // which is before what the files hold
    const {self, total} = times.get(name) ?? {self: 0, total: 0};
    const most = 1e-6 * calls + 1e-9 * total_ms;  // a nanosecond a call
    if (Math.abs(self - self_ms) > most || Math.abs(total - total_ms) > most)
      findings.push(`${what}: ${name} is ${self} of ${total} ms, not ${self_ms} of ${total_ms}`);
  }
};

addEventListener('load', async () => {
  try {
    const {importProfileGroupFromText} = await speedscope_import;
    const read = async (name) => (await importProfileGroupFromText(name, files[name])).profiles;
    const trace = await read('run.trace.json');
    const [totals, ...lanes] = await read('run.speedscope.json');
    compare('trace', times_of(trace, 1e3));
    compare('speedscope, totals', times_of([totals], 1e6));
    compare('speedscope, lanes', times_of(lanes, 1e6));
    compare('folded', times_of(await read('run.folded'), 1e6));
    findings.unshift(`${table.length} spans, ${trace.length} and ${lanes.length} lanes`);
  } catch (error) {
    findings.unshift(`${error.stack}`);
  }
  const said = document.createElement('pre');
  said.id = 'findings';
  said.textContent = findings.join('\n');
  document.body.prepend(said);
});
