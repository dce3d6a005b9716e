// Three durable steps of each of 818 items, 10 in flight, by what Node's people use on PostgreSQL:
//   node queues.mjs pg-boss|graphile-worker|dbos CONNECTION_STRING [ITEMS]
// Prints the seconds from the first step's start until each item's last step is committed; putting the items in is not
// part of it. In the job queues a step is a job that adds the next one; in DBOS it is a step of a workflow.
import pg from "pg";

const [, , name, connectionString, items = "818"] = process.argv;
const count = Number(items), steps = 3, inFlight = 10;
let effects = 0;
const step = async () => { effects += 1; };
const keys = Array.from({ length: count }, (_, i) => `file-${i}`);
const now = () => performance.now() / 1000;

const pool = new pg.Pool({ connectionString, max: 2 });
const number = async (sql) => Number((await pool.query(sql)).rows[0].n);
// Asked of the database, for a worker may have called the step and not committed it.
const until = async (sql, wanted) => {
  for (const deadline = now() + 300; (await number(sql)) !== wanted;) {
    if (now() > deadline) throw new Error(`${name}: not all items were done within 300 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const contestants = {
  "pg-boss": async () => {
    const { default: PgBoss } = await import("pg-boss");
    const boss = new PgBoss({ connectionString, max: inFlight });
    boss.on("error", (error) => { throw error; });
    await boss.start();
    await boss.createQueue("steps");
    await boss.insert(keys.map((key) => ({ name: "steps", data: { key, step: 1 } })));
    const start = now();
    // It polls no oftener than twice a second, so its own fetch and complete are called in a loop instead.
    let left = count * steps;
    await Promise.all(Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        const jobs = await boss.fetch("steps");
        if (jobs.length === 0) { await new Promise((resolve) => setTimeout(resolve, 1)); continue; }
        for (const { id, data } of jobs) {
          await step();
          if (data.step < steps) await boss.send("steps", { key: data.key, step: data.step + 1 });
          await boss.complete("steps", id);
          left -= 1;
        }
      }
    }));
    await until("SELECT count(*) n FROM pgboss.job WHERE name='steps' AND state='completed'", count * steps);
    const seconds = now() - start;
    await boss.stop({ graceful: false });
    return seconds;
  },
  "graphile-worker": async () => {
    const { run, makeWorkerUtils, Logger } = await import("graphile-worker");
    const logger = new Logger(() => () => {});
    const utils = await makeWorkerUtils({ connectionString, logger });
    await utils.migrate();
    await pool.query("SELECT graphile_worker.add_job('step', json_build_object('key', k, 'step', 1)) FROM unnest($1::text[]) k", [keys]);
    const start = now();
    const runner = await run({
      connectionString, logger, concurrency: inFlight, maxPoolSize: inFlight + 1, noHandleSignals: true, pollInterval: 100,
      taskList: {
        step: async (data, helpers) => {
          await step();
          if (data.step < steps) await helpers.addJob("step", { key: data.key, step: data.step + 1 });
        },
      },
    });
    await until("SELECT count(*) n FROM graphile_worker.jobs", 0);
    const seconds = now() - start;
    await runner.stop();
    await utils.release();
    return seconds;
  },
  dbos: async () => {
    const { DBOS } = await import("@dbos-inc/dbos-sdk");
    DBOS.setConfig({ name: "peer", systemDatabaseUrl: connectionString, logLevel: "error", runAdminServer: false });
    const workflow = DBOS.registerWorkflow(async () => {
      for (let i = 1; i <= steps; i += 1) await DBOS.runStep(step, { name: `step${i}` });
    }, { name: "file" });
    await DBOS.launch();
    const start = now();
    let next = 0;
    await Promise.all(Array.from({ length: inFlight }, async () => {
      while (next < count) {
        const handle = await DBOS.startWorkflow(workflow, { workflowID: keys[next++] })();
        await handle.getResult();
      }
    }));
    await until("SELECT count(*) n FROM dbos.workflow_status WHERE status='SUCCESS'", count);
    const seconds = now() - start;
    await DBOS.shutdown();
    return seconds;
  },
};

if (!contestants[name]) throw new Error(`no peer is called '${name}'; there are ${Object.keys(contestants).join(", ")}`);
const seconds = await contestants[name]();
if (effects !== count * steps) throw new Error(`${name}: ${effects} steps were called instead of ${count * steps}`);
console.log(seconds.toFixed(4));
await pool.end();
process.exit(0);
