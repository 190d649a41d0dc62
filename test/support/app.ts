import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pino from "pino";
import { createLog } from "../../src/app/log.ts";
import { type Running, startCountersign } from "../../src/app/start.ts";
import { systemClock } from "../../src/domain/base/clock.ts";
import { addAgent, rotateAgent } from "../../src/engine/agents.ts";
import * as shapes from "../../src/http/shapes.ts";
import type { Person } from "../../src/local/slack/person.ts";
import type { LocalSlack } from "../../src/local/slack/server.ts";
import type { Message } from "../../src/local/slack/state.ts";
import { CHANNELS } from "../../src/local/slack/workspace.ts";
import { readSettings, type Settings } from "../../src/settings/settings.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

/** The whole product for a test: real Postgres, the local Slack, real HTTP; time is moved on the database's clock. */
export type App = {
  db: TestDatabase;
  running: Running;
  slack: LocalSlack;
  settings: Settings;
  as(userId: string): Person;
  agent(name: string): Promise<Agent>;
  /** The newest card of an escalation, wherever it stands. */
  card(id: string): Promise<Message & { channel: string }>;
  cardSays(id: string, text: string): Promise<void>;
  /** Waits until something is so; fails with the last thing seen. */
  until<T>(what: string, look: () => T | Promise<T>, good?: (value: T) => boolean): Promise<T>;
  close(): Promise<void>;
};
export type Answer = { status: number; headers: Headers; body: any };
export type Agent = {
  name: string;
  key: string;
  callbackSecret: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
};

/** An alarm names the escalation it is about, and is none of its cards. */
const CARD_CHANNELS = CHANNELS.map((channel) => channel.id).filter((id) => id !== "C0ALARMS");

export async function startApp(
  options: {
    config?: string;
    db?: TestDatabase;
    log?: string;
    logTo?: (line: string) => void;
    env?: Record<string, string>;
  } = {},
): Promise<App> {
  const db = options.db ?? (await testDatabase());
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-app-"));
  const read = readSettings({
    PORT: "0",
    LOCAL_SLACK_PORT: "0",
    DATABASE_URL: db.appUrl,
    DATABASE_MIGRATION_URL: db.ownerUrl,
    COUNTERSIGN_LOCAL: "1",
    COUNTERSIGN_DATA_DIR: dataDir,
    COUNTERSIGN_CONFIG: options.config ?? "countersign.example.yaml",
    LOG_LEVEL: "error",
    ...options.env,
  });
  if (!read.ok) throw new Error(read.line);
  // Our own errors belong into the output of a failing test.
  const to = options.logTo === undefined ? pino.destination({ dest: 2, sync: true }) : { write: options.logTo };
  const log = createLog(options.log ?? "error", to);
  const running = await startCountersign(read.settings, { log, clock: systemClock, say: () => {} });
  const slack = running.localSlack;
  if (slack === null) throw new Error("no local Slack");
  const until: App["until"] = async (what, look, good = Boolean) => {
    let last: unknown;
    for (let i = 0; i < 1200; i++) {
      const value = await look();
      if (good(value)) return value;
      last = value;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`waited in vain for: ${what}; last seen: ${JSON.stringify(last)?.slice(0, 2000)}`);
  };
  return {
    db,
    running,
    slack,
    settings: read.settings,
    as: (userId) => slack.as(userId),
    until,
    async agent(name) {
      const wish = { name, owner: null, environment: null, scopes: ["escalations", "evaluate"] as const };
      const added = await addAgent(db.pool, wish);
      // The sample agents hold some names already: a second key makes the test another client of the same agent.
      const issued = "refused" in added ? await rotateAgent(db.pool, name) : added;
      if ("refused" in issued) throw new Error(issued.refused);
      return createAgent(running.httpUrl, issued.name, issued.key, issued.callbackSecret);
    },
    async card(id) {
      const find = () =>
        CARD_CHANNELS.flatMap((channel) => slack.channel(channel).map((m) => ({ ...m, channel }))).filter(
          (m) => m.thread_ts === undefined && JSON.stringify(m).includes(id),
        );
      return (await until(`the card of ${id}`, () => find().at(-1))) as Message & { channel: string };
    },
    async cardSays(id, text) {
      const card = await (this as App).card(id);
      await until(
        `“${text}” on the card of ${id}`,
        () => JSON.stringify(slack.channel(card.channel).find((m) => m.ts === card.ts)?.blocks ?? []),
        (json) => json.includes(text),
      );
    },
    async close() {
      await running.stop();
      expectNothingParsed(slack);
      if (options.db === undefined) await db.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Slack makes links of what looks like a host in a bare text, and of unmarked mrkdwn: nothing that the bot says may stand there. */
function expectNothingParsed(slack: LocalSlack): void {
  const loose = (part: unknown): string[] => {
    if (Array.isArray(part)) return part.flatMap(loose);
    if (typeof part !== "object" || part === null) return [];
    const own = "type" in part && part.type === "mrkdwn" && !("verbatim" in part && part.verbatim === true);
    return [...(own ? [JSON.stringify(part)] : []), ...Object.values(part).flatMap(loose)];
  };
  const messages = [...slack.world.state.messages.values()].flat();
  const found = messages.flatMap((one) => (one.blocks.length === 0 ? [`a bare text: ${one.text}`] : loose(one.blocks)));
  const said = slack.journal
    .filter(({ method }) => method.startsWith("chat.post") || method === "chat.update")
    .map(({ args }) => args);
  found.push(...said.filter((args) => args["parse"] !== "none").map((args) => `a text that is parsed: ${String(args["text"])}`));
  if (found.length > 0) throw new Error(`Slack would parse: ${found.slice(0, 3).join(" | ")}`);
}

export function createAgent(url: string, name: string, key: string, callbackSecret: string): Agent {
  return {
    name,
    key,
    callbackSecret,
    async call(method, where, body, headers = {}) {
      const response = await fetch(`${url}${where}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer = { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
      expectShape(method, where, answer);
      return answer;
    },
  };
}

/** Every answer of the API is what its document says. */
function expectShape(method: string, where: string, { status, body }: Answer): void {
  const [path = ""] = where.split("?");
  if (!/^\/v1\/(escalations|policy|sessions)\b/.test(path) || body === null) return;
  const named = /\/(resume|audit|evaluate|flag)$/.exec(path)?.[1];
  const answers = { resume: shapes.Resumed, audit: shapes.AuditList, evaluate: shapes.Evaluated, flag: shapes.Flagged };
  const isSession = path.startsWith("/v1/sessions/");
  const own = isSession ? shapes.Session : answers[named as keyof typeof answers];
  const list = method === "GET" && path === "/v1/escalations" ? shapes.EscalationList : shapes.ApiEscalation;
  const checked = (status >= 400 ? shapes.ProblemShape : (own ?? list)).safeParse(body);
  if (!checked.success) throw new Error(`${method} ${where} is answered against its schema: ${checked.error.message}`);
}

/** A small valid request to change in tests. */
export function refundRequest(amount = 1250, more: Record<string, unknown> = {}) {
  return {
    schema_version: "1",
    kind: "action",
    action: {
      type: "payments.refund",
      title: `Refund USD ${amount}`,
      params: { order_id: "A-4721", amount, currency: "USD" },
      params_schema: { properties: { amount: { type: "number", minimum: 0.01, maximum: 100_000 } }, required: ["amount"] },
      target: "customer/8841",
    },
    brief: { decision_required: "Refund in full?", trigger: { kind: "policy" }, accomplished: ["Verified the order"] },
    signals: { confidence: 0.9 },
    ...more,
  };
}

/** A restart that a person has to approve, whose chain pages. */
export function restartRequest(more: Record<string, unknown> = {}) {
  return {
    schema_version: "1",
    kind: "action",
    action: {
      type: "cloud.restart_service",
      title: "Restart checkout",
      params: { service: "checkout", reason: "leak" },
      environment: "production",
      target: "checkout-prod-2",
    },
    brief: { decision_required: "Restart it now?", trigger: { kind: "policy" } },
    signals: { confidence: 0.7, risk: 0.4 },
    ...more,
  };
}
