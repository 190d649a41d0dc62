import { parseArgs } from "node:util";
import pg from "pg";
import { loadKept } from "./flat/load.ts";

/** Fills a database by copying what is over in it, for whoever wants to see how something behaves at a size. */
const { values } = parseArgs({
  options: {
    database: { type: "string" },
    count: { type: "string" },
    from: { type: "string", default: "0" },
    of: { type: "string" },
    days: { type: "string", default: "180" },
    samples: { type: "string", default: "16" },
    help: { type: "boolean", short: "h" },
  },
});
const { database, count } = values;
if (values.help === true || database === undefined || count === undefined) {
  process.stdout.write(`node bench/load.ts --database URL --count N [--from N] [--of N] [--days 180] [--samples 16]
Copies the newest escalations that are over N times, under ids of their own spread over the days before now. URL is the owner's. Loads that follow each
other say how many there are already (--from) and how many it will be in the end (--of).
`);
  process.exit(values.help === true ? 0 : 2);
}
const db = new pg.Client({ connectionString: database });
await db.connect();
const { rows } = await db.query(
  "SELECT id FROM ended WHERE id NOT IN (SELECT escalation_id FROM outbox WHERE escalation_id IS NOT NULL) ORDER BY ended_at DESC LIMIT $1",
  [Number(values.samples)],
);
await db.end();
if (rows.length === 0) throw new Error("nothing in it is over: let some escalations end first");
const load = { samples: rows.map(({ id }) => id), count: Number(count), from: Number(values.from), days: Number(values.days) };
await loadKept(database, { ...load, of: Number(values.of ?? load.from + load.count) }, (line) =>
  process.stdout.write(`${line}\n`),
);
