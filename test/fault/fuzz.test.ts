import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Running } from "../../src/app/start.ts";
import type { Command } from "../../src/domain/shapes/commands.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { isRefusal } from "../../src/domain/shapes/refusal.ts";
import type { EscalationRequest } from "../../src/domain/shapes/request.ts";
import type { Caller } from "../../src/engine/commands/handle.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { verifyAll } from "../../src/engine/reading/verify-audit.ts";
import { type Agent, type App, refundRequest, startApp } from "../support/app.ts";
import { faults } from "../support/properties.ts";
import { startReplica } from "../support/replica.ts";

/**
 * Any command at any moment on a few escalations, through three replicas whose connections to the database are killed all the time, what sends to Slack
 * included. Whatever was acknowledged must be found afterwards, once.
 */
const ROUNDS = faults(2);
const OPENED_EACH_ROUND = 10;
const COMMANDS_EACH_ROUND = 150;
const WITHIN_MS = 500;
const KILL_EVERY_MS = 40;

let app: App;
let refunds: Agent;
let agentId: string;
const others: Running[] = [];

beforeAll(async () => {
  app = await startApp({ log: "silent" });
  refunds = await app.agent("refund-agent");
  agentId = (await app.db.owner.query("SELECT id FROM agent WHERE name = 'refund-agent'")).rows[0].id;
  for (let i = 0; i < 2; i++) others.push(await startReplica(app));
});
afterAll(async () => {
  for (const other of others) await other.stop();
  await app?.close();
});

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;
const engines = (): Engine[] => [app.running.engine, ...others.map(({ engine }) => engine)];

/** What callers were told, and may rely on from then on. */
const told = {
  /** By idempotency key. */
  ids: new Map<string, string>(),
  revisions: new Map<string, number>(),
  /** Secrets of executions that somebody was let go with. */
  grants: new Map<string, Set<string>>(),
  /** Decisions, by escalation and round. */
  decisions: new Map<string, string>(),
  changes: 0,
};

function remember(handled: Escalation): void {
  const { id, revision, decision, round } = handled;
  told.changes++;
  told.revisions.set(id, Math.max(told.revisions.get(id) ?? 0, revision));
  if (decision !== null) {
    const key = `${id} in round ${round}`;
    const before = told.decisions.get(key);
    expect(before ?? decision.type, `two decisions were told of ${key}`).toBe(decision.type);
    told.decisions.set(key, decision.type);
  }
}

/** Ends one connection of the replicas after another until it is stopped; the test's own are spared. */
function startKilling(): () => Promise<number> {
  let killed = 0;
  let wanted = true;
  const work = (async () => {
    while (wanted) {
      await sleep(KILL_EVERY_MS);
      const { rowCount } = await app.db.owner.query(
        `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'countersign%' ORDER BY random() LIMIT 1) one`,
      );
      killed += rowCount ?? 0;
    }
  })();
  return async () => {
    wanted = false;
    await work;
    return killed;
  };
}

/** Done at once, and confirmed or undone. */
const scaling = {
  kind: "action",
  action: {
    type: "cloud.scale_service",
    title: "Scale checkout",
    params: { service: "checkout", replicas: 8, was: 3 },
    target: "checkout-prod-2",
    environment: "production",
  },
};
/** Those of soft reviews. */
const soft = new Set<string>();

/**
 * Submits until somebody acknowledges it, as an agent would: with the same key, wherever it gets through. `amount`: of a refund;
 * null = something done at once.
 */
async function submit(key: string, amount: number | null): Promise<string | null> {
  const agent = { id: agentId, name: "refund-agent", owner: null, environment: "production" };
  const request = {
    ...refundRequest(amount ?? 0, { preconditions: [{ name: "v", value: "1" }], ...(amount === null ? scaling : {}) }),
    labels: {},
    classification: "internal",
    signals: { confidence: 0.9, flags: [] },
    brief: { decision_required: "Refund?", trigger: { kind: "policy" }, accomplished: [], evidence: [] },
  } as unknown as EscalationRequest;
  for (let tries = 0; tries < 60; tries++) {
    const submission = { agent, request, idempotencyKey: key, reviewOf: null, traceparent: null };
    const opened = await pick(engines())
      .submit(submission)
      .catch(() => null);
    if (opened === null || isRefusal(opened)) await sleep(20);
    else {
      told.ids.set(key, opened.escalation.id);
      if (amount === null) soft.add(opened.escalation.id);
      return opened.escalation.id;
    }
  }
  return null;
}

const personOf = (userId: string) => ({
  userId,
  teamId: "T0LOCAL",
  account: { deleted: false, bot: false, guest: false, stranger: false, teams: ["T0LOCAL"] },
  accountAgeS: 0,
});

/** Something that somebody might want at this moment, allowed or not. */
function anyCommand(escalation: Escalation): [Command, Caller] {
  const { id, version, execution, actionDigest } = escalation;
  if (soft.has(id) && Math.random() < 0.7) return softCommand(escalation);
  const seen = { version, digest: null, complete: true };
  const by = personOf(pick(["U0PRIYA", "U0MARIA", "U0CHRIS"]));
  const person = { kind: "person" } as const;
  const agent = { kind: "agent", agentId } as const;
  const system = { kind: "system" } as const;
  const outcome = { status: "completed", executedActionDigest: actionDigest, detail: null, result: null } as const;
  const resume = (claimId: string, value: string): [Command, Caller] => [
    { type: "resume", claimId, preconditions: [{ name: "v", value }] },
    agent,
  ];
  // What goes on comes more often than what ends it, or most would have ended before anything met.
  const onwards: [Command, Caller][] = [
    [{ type: "approve", by, seen, reason: null }, person],
    [{ type: "approve", by, seen, reason: null }, person],
    resume("a", "1"),
    resume("b", "1"),
    [{ type: "report", executionToken: execution?.token ?? "none", outcome }, agent],
  ];
  const rarely: [Command, Caller][] = [
    [{ type: "reject", by, seen, reasonCode: "too_risky", reason: null }, person],
    [{ type: "modify", by, seen, params: { amount: 1100 + Math.floor(Math.random() * 100) }, reason: null }, person],
    [{ type: "ask", by, seen, text: "why" }, person],
    [{ type: "claim", by, seen }, person],
    [{ type: "withdraw", by, seen }, person],
    [{ type: "raise", by, seen, reason: "up" }, person],
    [{ type: "tell", text: "because" }, agent],
    resume("a", "2"),
    [{ type: "cancel", reason: "not wanted" }, agent],
    [{ type: "retire", reason: "gone" }, system],
    [{ type: "tick" }, system],
  ];
  return pick(Math.random() < 0.7 ? onwards : rarely);
}

/** What goes on in a soft review, allowed or not. */
function softCommand({ version, execution, acted, actionDigest }: Escalation): [Command, Caller] {
  const seen = { version, digest: null, complete: true };
  const by = personOf(pick(["U0ANNA", "U0BEN", "U0MARIA"]));
  const agent = { kind: "agent", agentId } as const;
  const status = pick(["completed", "completed", "rolled_back", "rolled_back", "failed", "skipped"] as const);
  const executionToken = pick([execution?.token ?? "none", acted?.execution.token ?? "none"]);
  const outcome = { status, executedActionDigest: status === "completed" ? actionDigest : null, detail: null, result: null };
  const resume: Command = { type: "resume", claimId: pick(["a", "b", "c"]), preconditions: [{ name: "v", value: "1" }] };
  return pick<[Command, Caller]>([
    [resume, agent],
    [resume, agent],
    [{ type: "report", executionToken, outcome }, agent],
    [{ type: "report", executionToken, outcome }, agent],
    [{ type: "rollback", by, seen, reason: "no" }, { kind: "person" }],
    [{ type: "confirm", by, seen, reason: null }, { kind: "person" }],
  ]);
}

async function sendOne(id: string): Promise<void> {
  const engine = pick(engines());
  try {
    if (Math.random() < 0.03) return await sweepPast(engine, id);
    const loaded = await engine.load(id);
    if (loaded === null) throw new Error("what was acknowledged is not found");
    const [command, caller] = anyCommand(loaded.escalation);
    const handled = await engine.handle(id, command, caller);
    if (isRefusal(handled)) return;
    if (handled.changed) remember(handled.escalation);
    const token = handled.escalation.execution?.token;
    if (command.type === "resume" && token !== undefined) told.grants.set(id, (told.grants.get(id) ?? new Set()).add(token));
  } catch (error) {
    if ((error as Error).message.includes("not found")) throw error;
  }
}

/** Now and then its time has come in the middle of everything. */
async function sweepPast(engine: Engine, id: string): Promise<void> {
  await app.db.owner.query(
    `UPDATE live SET deadline = t.at, due_at = t.at FROM (SELECT db_now() AS at) t
     WHERE id = $1 AND state = 'paused_pending_human' AND deadline > t.at`,
    [id],
  );
  await engine.sweep();
}

type Entry = { event: string; decision?: string };
async function streamOf(id: string): Promise<Entry[]> {
  const { status, body } = await refunds.call("GET", `/v1/escalations/${id}/audit`);
  expect(status).toBe(200);
  return body.items.map((item: { body: Entry }) => item.body);
}

type About = { delivery_id: string; escalation_id?: string };
const aboutOf = ({ metadata }: { metadata?: unknown }) => (metadata as { event_payload?: About } | undefined)?.event_payload;

/** What stands in Slack more than once under one delivery. */
function postedTwice(): string[] {
  const ids = [...app.slack.world.state.messages.values()].flat().flatMap((message) => aboutOf(message)?.delivery_id ?? []);
  return ids.filter((id, i) => ids.indexOf(id) !== i);
}
const count = async (sql: string) => (await app.db.owner.query(`SELECT count(*)::int AS n FROM ${sql}`)).rows[0].n as number;
const settled = () =>
  app.until(
    "every delivery",
    () => count("outbox WHERE status IN ('owed', 'later')"),
    (n) => n === 0,
  );

test("whatever connection dies, what was acknowledged is found: opened once, decided once, granted once, posted once, and its audit whole", {
  timeout: 120_000 + ROUNDS * 20_000,
}, async () => {
  const stopKilling = startKilling();
  for (let round = 0; round < ROUNDS; round++) {
    const opened = await Promise.all(
      Array.from({ length: OPENED_EACH_ROUND }, (_, i) =>
        submit(`fuzz-${round}-${i}`, i % 3 === 2 ? null : (i % 3 === 0 ? 1200 : 6000) + i),
      ),
    );
    const ids = opened.filter((id) => id !== null);
    if (ids.length === 0) throw new Error("nothing could be opened at all");
    const sent = Array.from({ length: COMMANDS_EACH_ROUND }, async () => {
      await sleep(Math.random() * WITHIN_MS);
      await sendOne(pick(ids));
    });
    await Promise.all(sent);
  }
  expect(await stopKilling()).toBeGreaterThan(0);
  expect(told.changes).toBeGreaterThan(0);
  if (ROUNDS > 2) expect(told.grants.size).toBeGreaterThan(0);

  // Nothing acknowledged is lost, nor opened twice.
  for (const [key, id] of told.ids) {
    const { rows } = await app.db.owner.query("SELECT id FROM escalation WHERE idempotency_key = $1", [key]);
    expect(rows, key).toEqual([{ id }]);
  }
  for (const [id, revision] of told.revisions) {
    const loaded = await app.running.engine.load(id);
    expect(loaded?.escalation.revision, `revision of ${id}`).toBeGreaterThanOrEqual(revision);
  }
  // Everything ends, whatever it stands at now, and everything is sent.
  for (let step = 0; step < 12 && (await count("live")) > 0; step++) {
    // A clock that jumps during a send ends the lease under it; no real clock does that.
    await settled();
    await app.db.shiftClock(3_600_000);
    await app.until(
      "nothing due",
      async () => {
        await app.running.engine.sweep();
        return count("live WHERE due_at <= db_now()");
      },
      (n) => n === 0,
    );
  }
  expect(await count("live")).toBe(0);
  await settled();
  expect(await count("outbox")).toBe(0);
  expect(postedTwice()).toEqual([]);

  for (const id of told.ids.values()) await expectOneOfEach(id);
  expect((await verifyAll(app.db.pool)).faults).toEqual([]);
});

/** The audit of one escalation, what the tables hold, what stands in Slack, and what callers were told say the same. */
async function expectOneOfEach(id: string): Promise<void> {
  const entries = await streamOf(id);
  const decided = entries.filter(
    ({ event, decision }) => event === "decided" || (event === "timed_out" && decision !== undefined),
  );
  const voted = entries.filter(({ event }) => event === "voted" || event === "modified");
  const granted = entries.filter(({ event }) => event === "resumed" || event === "regranted" || event === "started");
  // What is done at once is begun once and undone once.
  for (const event of ["started", "resumed", "regranted"])
    expect(granted.filter((one) => one.event === event).length, `${event} of ${id}`).toBeLessThanOrEqual(1);
  expect(granted.length, `grants of ${id}`).toBeLessThanOrEqual(soft.has(id) ? 2 : 1);
  expect(told.grants.get(id)?.size ?? 0, `grants of ${id} that somebody was let go with`).toBeLessThanOrEqual(granted.length);
  const { rows } = await app.db.owner.query(
    `SELECT (SELECT count(*)::int FROM decision WHERE escalation_id = $1) AS decisions,
      (SELECT count(*)::int FROM vote WHERE escalation_id = $1) AS votes`,
    [id],
  );
  expect(rows[0], id).toEqual({ decisions: decided.length, votes: voted.length });
  for (const [key, type] of told.decisions) {
    if (!key.startsWith(id)) continue;
    const round = Number(key.split(" ").at(-1));
    const stored = await app.db.owner.query("SELECT type FROM decision WHERE escalation_id = $1 AND round = $2", [id, round]);
    expect(stored.rows, key).toEqual([{ type }]);
  }
  const cards = app.slack
    .channel(soft.has(id) ? "C0CLOUD" : "C0PAYMENTS")
    .filter((message) => message.thread_ts === undefined && aboutOf(message)?.escalation_id === id);
  expect(cards.length, `cards of ${id}`).toBe(1);
}
