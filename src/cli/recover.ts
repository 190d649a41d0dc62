import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import type pg from "pg";
import { readExportLine } from "../domain/audit/export.ts";
import type { Directory } from "../domain/people/directory.ts";
import { appendToStream } from "../engine/append-to-stream.ts";
import type { Composing } from "../engine/commands/compose-write.ts";
import { createOpenHomes } from "../engine/reading/open-homes.ts";
import { type Difference, differencesFrom, headsNow } from "../engine/recovery/heads.ts";
import { restoreAll } from "../engine/recovery/restored.ts";
import type { Settings } from "../settings/settings.ts";
import { createSlackApi } from "../slack/api/client.ts";
import { drawLost, findLostCards } from "../slack/lists/lost-cards.ts";
import { alarmLine, threadLine } from "../slack/telling/thread.ts";
import { requesterLine } from "../slack/telling/to-requester.ts";
import { inTransaction, openPool } from "../store/pool.ts";
import { readNow } from "../store/read-escalations.ts";
import {
  beginRecovery,
  countOwed,
  countServers,
  endRecovery,
  findKnownIds,
  type Head,
  markPerhapsSent,
  mayRecover,
  readRecovered,
  readRestorePoint,
} from "../store/recovery.ts";
import { say as words } from "../words/en.ts";
import { directoryInForce } from "./config-in-force.ts";
import { reachDatabase } from "./database.ts";
import { type Cli, CliError, table } from "./output.ts";
import { whoRunsThis } from "./who.ts";

/**
 * `recover --to TIME [--export FILE] [--dry-run]`: after the database was restored to an earlier point, before any server starts.
 * Each step may be done over: what is broken off is run once more.
 */
const text = words.operator.recovery;
const OPTIONS = { to: { type: "string" }, export: { type: "string" }, "dry-run": { type: "boolean" } } as const;
/** What a server calls itself at the database. */
const SERVER = "countersign";

type Wish = { to: Date; file: string | null; dry: boolean };
type Work = Wish & Pick<Cli, "say" | "settings"> & { pool: pg.Pool; directory: Directory };

export async function recoverCommand({ args, settings, say }: Cli): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const wish = { to: timeOf(values.to), file: values.export ?? null, dry: values["dry-run"] === true };
  const reached = await reachDatabase(settings);
  const pool = openPool(reached.ownerUrl, {
    maxConnections: 2,
    applicationName: "countersign recover",
    statementTimeoutMs: 600_000,
    plans: "by need",
  });
  try {
    const directory = await expectReady(pool, settings, wish);
    await recover({ ...wish, say, settings, pool, directory });
  } finally {
    await pool.end();
    await reached.close();
  }
}

function timeOf(given: string | undefined): Date {
  const to = new Date(given ?? "");
  if (given === undefined || Number.isNaN(to.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/.test(given)) throw new CliError(text.whichTime);
  return to;
}

/** The directory that people are told by. */
async function expectReady(pool: pg.Pool, settings: Settings, { to, dry }: Wish): Promise<Directory> {
  if (to > (await readNow(pool))) throw new CliError(text.inFuture(to.toISOString()));
  if (!dry && !(await mayRecover(pool))) throw new CliError(text.notOwner);
  const servers = await countServers(pool, SERVER);
  if (servers > 0 && !dry && (await readRecovered(pool, to)) === null) throw new CliError(text.serversRun(servers));
  const directory = await directoryInForce(pool, settings);
  if (directory === null) throw new CliError(text.noConfiguration);
  return directory;
}

async function recover(work: Work): Promise<void> {
  const { pool, to, dry, say } = work;
  if (dry) say(text.dry);
  const differing = await compareExport(work);
  const recovered = await readRecovered(pool, to);
  if (recovered !== null) {
    // What was decided since is no part of what was lost.
    say(text.already(to.toISOString(), recovered.toISOString()));
    await markLostCards(work);
    return;
  }
  const before = await headsNow(pool);
  const point = await readRestorePoint(pool);
  const recovery = dry ? null : await inTransaction(pool, (tx) => beginRecovery(tx, to, point));
  say(text.owed(await (dry ? countOwed(pool) : markPerhapsSent(pool))));
  const escalations = await restoreOpen(work, recovery?.beganAt ?? (await readNow(pool)));
  const cards = await markLostCards(work);
  if (recovery === null) return;
  const facts = {
    event: "recovered",
    recovery: recovery.number,
    restored_to: to.toISOString(),
    point,
    heads: { restored: before, recovered: await headsNow(pool) },
    export: differing,
    escalations,
    cards,
  };
  await inTransaction(pool, async (tx) => {
    await appendToStream(tx, "recovery", facts, { by: whoRunsThis() });
    await endRecovery(tx);
  });
  say(text.done(to.toISOString()));
}

/** How many streams of the export are not here as they were; null without one. */
async function compareExport({ pool, file, say }: Work): Promise<{ lost: number; differs: number } | null> {
  if (file === null) return null;
  const count = { lost: 0, differs: 0 };
  const lines: string[] = [];
  for await (const one of differencesFrom(pool, headsIn(file))) {
    count[one.is]++;
    lines.push(differenceLine(one));
  }
  say([text.streams(count.lost + count.differs), ...lines].join("\n"));
  return count;
}

const differenceLine = ({ stream, exported, here, is }: Difference): string =>
  is === "lost" ? text.lostEntries(stream, here + 1, exported) : text.differs(stream, exported, here);

/** Where each stream ended when it was exported. */
async function* headsIn(file: string): AsyncGenerator<Head> {
  let found = false;
  try {
    for await (const one of createInterface({ input: createReadStream(file) })) {
      const line = readExportLine(one);
      if (line === null || !("head" in line)) continue;
      found = true;
      yield { stream: line.stream, ...line.head };
    }
  } catch (error) {
    throw new CliError(text.noExport(file, error instanceof Error ? error.message : String(error)));
  }
  if (!found) throw new CliError(text.noExport(file, text.noHeads));
}

async function restoreOpen({ pool, settings, directory, to, dry, say }: Work, since: Date) {
  const homes = createOpenHomes(pool);
  await homes.refresh();
  const { smtpUrl, pagerKeys } = settings.routes;
  const routes = { email: smtpUrl !== null, pager: (name: string) => pagerKeys.has(name) };
  const composing: Composing = { directory: () => directory, words: { threadLine, alarmLine, requesterLine }, routes, homes };
  const rows: string[][] = [];
  const count = { ended: 0, again: 0 };
  for await (const { id, agent, type, was, endedReason } of restoreAll(pool, composing, { to, since, dry })) {
    count[endedReason === null ? "again" : "ended"]++;
    rows.push([`  ${id}`, agent, type, was.replaceAll("_", " "), endedReason?.replaceAll("_", " ") ?? text.asked]);
  }
  say(text.escalations(count.ended, count.again));
  if (rows.length > 0) say(table([["  ESCALATION", "AGENT", "TYPE", "WAS", "NOW"], ...rows]));
  return count;
}

/** Channel by channel; what Slack does not let us see is said, and keeps nothing else back. */
async function markLostCards({ pool, settings, directory, to, dry, say }: Work): Promise<number> {
  if (settings.slack.mode !== "real") {
    say(text.slackNotSetUp);
    return 0;
  }
  const api = createSlackApi(settings.slack);
  const known = (ids: readonly string[]) => findKnownIds(pool, ids);
  let drawn = 0;
  for (const channel of new Set([...directory.queues.values()].map((queue) => queue.channel))) {
    const { ours, lost, fault } = await findLostCards(api, { channel, since: to, known });
    say(fault === null ? text.slackChannel(channel, ours, lost.length) : text.slackFault(channel, fault));
    for (const card of lost) {
      const refused = dry ? null : await drawLost(api, channel, card, to);
      say(text.lostCard(channel, card.ts, card.escalationId, dry, refused));
      drawn += refused === null ? 1 : 0;
    }
  }
  return drawn;
}
