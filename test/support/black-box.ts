import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { addAgent, rotateAgent } from "../../src/engine/agents.ts";

/**
 * The product as a process of its own, known only by what it says to the outside: its configuration and environment, a Slack that
 * stands in for the real one, and clicks as Slack signs them. For what measures it, and what breaks the things around it.
 */
export const TEAM = "T0BLACKBOX";
const SIGNING_SECRET = "black-box-signing-secret";

export type Configured = {
  limits: string;
  reviewers: readonly string[];
  /** Each with one channel and one member. */
  queues: readonly { name: string; channel: string; member: string }[];
  /** `sla`, `deadline` and the like, with their times. */
  times: string;
  /** Each a line: an action type and its entry. */
  types: readonly string[];
  rules?: readonly string[];
};

/** Everybody may decide everything; the first queue takes what has none. */
export function configurationOf({ limits, reviewers, queues, times, types, rules = [] }: Configured): string {
  return `schema: 1
workspace: ${TEAM}
limits: ${limits}
reviewers:
${reviewers.map((id) => `  ${id}: { name: ${id}, level: 3 }`).join("\n")}
queues:
${queues.map(({ name, channel, member }) => `  ${name}: { channel: ${channel}, members: [${member}] }`).join("\n")}
policy:
  time_zone: UTC
  working_hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00" }
  environments: [production]
  seats: { anybody: { label: a reviewer } }
  defaults: { queue: ${queues[0]?.name}, fallback: reject, ${times} }
  unknown: { tier: hard_stop, requires: [anybody] }
  questions: { requires: [anybody] }
  action_types:
${types.map((line) => `    ${line}`).join("\n")}
${rules.length === 0 ? "" : `  rules:\n${rules.map((line) => `    - ${line}`).join("\n")}\n`}`;
}

/** What a process of the product is started with beside its database. */
export const environmentOf = (of: { port: number; dataDir: string; config: string; slackUrl: string }) => ({
  PORT: String(of.port),
  COUNTERSIGN_DATA_DIR: of.dataDir,
  COUNTERSIGN_CONFIG: of.config,
  SLACK_BOT_TOKEN: "xoxb-black-box",
  SLACK_SIGNING_SECRET: SIGNING_SECRET,
  SLACK_API_URL: of.slackUrl,
});

/** `exited`: how it ended; null while it runs. */
export async function untilReady(url: string, name: string, exited: () => string | null): Promise<void> {
  let said = "";
  for (let tries = 0; tries < 600; tries++) {
    if (exited() !== null) throw new Error(`${name} ended with ${exited()} before it was ready`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.status === 200) return;
    said = (await answer?.text()) ?? "";
    await sleep(100);
  }
  throw new Error(`${name} was not ready within a minute: ${said}`);
}

/** Where the database has been used before there is such an agent already. */
export async function newKey(ownerUrl: string, name: string): Promise<string> {
  const pool = new pg.Pool({ connectionString: ownerUrl, max: 1 });
  try {
    const added = await addAgent(pool, { name, owner: null, environment: "production", scopes: ["escalations"] });
    const issued = "refused" in added ? await rotateAgent(pool, name) : added;
    if ("refused" in issued) throw new Error(issued.refused);
    return issued.key;
  } finally {
    await pool.end();
  }
}

/** All at once, so that none is given out twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createTcpServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** One request to `/slack/events`. */
export type FromSlack = { method: "POST"; headers: Record<string, string>; body: string };

export function signed(contentType: string, body: string, secret = SIGNING_SECRET): FromSlack {
  const atS = nowS();
  const signature = createHmac("sha256", secret).update(`v0:${atS}:${body}`).digest("hex");
  const headers = {
    "content-type": contentType,
    "x-slack-request-timestamp": String(atS),
    "x-slack-signature": `v0=${signature}`,
  };
  return { method: "POST", headers, body };
}

export type Card = { channel: string; ts: string; blockId: string; value: string };

/** That person presses Approve. `responseUrl`: where they are told something for their eyes only. */
export function clickOn({ channel, ts, blockId, value }: Card, userId: string, responseUrl: string): FromSlack {
  const atS = nowS();
  const payload = {
    type: "block_actions",
    user: { id: userId, username: userId, name: userId, team_id: TEAM },
    team: { id: TEAM, domain: "black-box" },
    api_app_id: "A0BLACKBOX",
    token: "black-box",
    enterprise: null,
    is_enterprise_install: false,
    trigger_id: `${atS}.1`,
    container: { type: "message", message_ts: ts, channel_id: channel, is_ephemeral: false },
    channel: { id: channel, name: "black-box" },
    message: { type: "message", ts },
    state: { values: {} },
    response_url: responseUrl,
    actions: [{ type: "button", action_id: "approve", block_id: blockId, value, action_ts: String(atS) }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  return signed("application/x-www-form-urlencoded", body);
}

const nowS = () => Math.floor(Date.now() / 1000);

type Blocks = { block_id?: string; elements?: { action_id?: string; value?: string }[] }[];
type Metadata = { event_payload?: { escalation_id?: string; delivery_id?: string } };
/** What Slack is sent: of all its methods together. */
export type Sent = {
  channel?: string;
  user?: string;
  users?: string;
  user_id?: string;
  ts?: string;
  thread_ts?: string;
  message_ts?: string;
  oldest?: string;
  latest?: string;
  text?: string;
  blocks?: Blocks;
  metadata?: Metadata;
};
/** What it answers beside `ok`; `afterS`: not now, but after so many seconds. */
export type Answers = Record<string, (sent: Sent) => object>;

/** `noted`: of each call, whatever is answered. */
export async function startSlackServer(answers: Answers, noted: (method: string, sent: Sent) => void) {
  const all = { ...ALWAYS, ...answers };
  const server = createServer((request, response) => {
    void sentIn(request).then((sent) => {
      const method = (request.url ?? "").replace(/^\/api\//, "");
      noted(method, sent);
      const answer = all[method]?.(sent) ?? {};
      response.setHeader("content-type", "application/json");
      if ("afterS" in answer) response.writeHead(429, { "retry-after": String(answer.afterS) });
      response.end(JSON.stringify({ ok: true, ...answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const SITE = "https://black-box.slack.com";
const ALWAYS: Answers = {
  "auth.test": () => ({ team_id: TEAM, user_id: "U0BOT", bot_id: "B0BOT", team: "Black box", user: "bot", url: `${SITE}/` }),
  "users.info": ({ user }) => ({ user: { id: user, team_id: TEAM, deleted: false, is_bot: false } }),
  "conversations.info": ({ channel }) => ({ channel: { id: channel, is_member: true, is_private: true } }),
  "chat.update": ({ channel, ts }) => ({ channel, ts }),
  "chat.getPermalink": ({ channel, message_ts = "" }) => ({
    permalink: `${SITE}/archives/${channel}/p${message_ts.replace(".", "")}`,
  }),
};

/** JSON, or a form, in which what is more than text is JSON: the two ways in which Slack is asked. */
async function sentIn(request: IncomingMessage): Promise<Sent> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts).toString("utf8");
  if (request.headers["content-type"]?.startsWith("application/json") === true) return JSON.parse(body);
  const form: Record<string, unknown> = Object.fromEntries(new URLSearchParams(body));
  for (const name of ["blocks", "metadata"]) if (typeof form[name] === "string") form[name] = JSON.parse(form[name]);
  return form;
}

/** The button that approves it, and what it asks about, where there is one. */
export function approveButton(blocks: Blocks = []): { id: string; blockId: string; value: string } | undefined {
  for (const { block_id: blockId = "", elements = [] } of blocks)
    for (const { action_id, value } of elements)
      if (action_id === "approve" && value !== undefined) return { id: value.split(":")[0] ?? "", blockId, value };
  return undefined;
}
