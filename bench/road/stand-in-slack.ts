import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A Slack that takes everything at once: no limits, no checks, nothing kept. It measures the product and not Slack, and tells whoever waits for it when the
 * card of an escalation has arrived, with the button that approves it.
 */
export type Card = { channel: string; ts: string; blockId: string; value: string };
export type StandInSlack = {
  apiUrl: string;
  /** Resolves when the first card of the escalation with an Approve button has arrived. */
  card(escalationId: string): Promise<Card>;
  /** Resolves when the Home of that person is drawn next. */
  home(userId: string): Promise<void>;
  /** What stands in a channel outside threads, in its order. */
  posts(channel: string): readonly Post[];
  /** Calls by method since the last time it was asked. */
  takeCalls(): Record<string, number>;
  /** Resolves when nobody has called for a second, or after a minute. */
  quiet(): Promise<void>;
  close(): Promise<void>;
};

export type Post = { escalationId: string | null; asks: boolean };

/** A channel into which nothing is taken for fifty minutes. */
export const HELD = "C0HELD";
const HELD_S = 3000;
export const TEAM = "T0BENCH";

type Blocks = { block_id?: string; elements?: { action_id?: string; value?: string }[] }[];
type Metadata = { event_payload?: { escalation_id?: string } };
type Sent = {
  channel?: string;
  user?: string;
  user_id?: string;
  ts?: string;
  thread_ts?: string;
  message_ts?: string;
  blocks?: Blocks | string;
  metadata?: Metadata | string;
};
const LIMITED = { ok: false, error: "ratelimited" };

/** `everyMs`: what comes into a channel sooner than that after the message before it is refused, as Slack does. */
export async function startStandInSlack(everyMs: number): Promise<StandInSlack> {
  const arrived = new Map<string, Card>();
  const waiting = new Map<string, (card: Card) => void>();
  const homes = new Map<string, () => void>();
  const posted = new Map<string, Post[]>();
  const tookAt = new Map<string, number>();
  const traffic = createTraffic();
  let count = 0;

  const post = (sent: Sent) => {
    const channel = sent.channel ?? "";
    const now = performance.now();
    if (channel === HELD) return { ...LIMITED, afterS: HELD_S };
    if (now - (tookAt.get(channel) ?? -everyMs) < everyMs) return { ...LIMITED, afterS: Math.ceil(everyMs / 1000) };
    if (everyMs > 0) tookAt.set(channel, now);
    const ts = `${1_700_000_000 + Math.floor(++count / 1e6)}.${String(count % 1e6).padStart(6, "0")}`;
    if (sent.thread_ts === undefined) {
      const found = approveButton(typeof sent.blocks === "string" ? JSON.parse(sent.blocks) : (sent.blocks ?? []));
      const id = found?.value.split(":")[0];
      if (everyMs > 0) {
        const escalationId = argsIn(sent.metadata).event_payload?.escalation_id ?? null;
        posted.set(channel, [...(posted.get(channel) ?? []), { escalationId, asks: found !== undefined }]);
      }
      if (found !== undefined && id !== undefined) {
        const card = { channel, ts, ...found };
        const tell = waiting.get(id);
        if (tell === undefined) arrived.set(id, card);
        else {
          waiting.delete(id);
          tell(card);
        }
      }
    }
    return { channel, ts, message: { ts } };
  };
  const answers: Record<string, (sent: Sent) => object> = {
    "auth.test": () => ({
      team_id: TEAM,
      user_id: "U0BOT",
      bot_id: "B0BOT",
      team: "Bench",
      user: "bot",
      url: "https://bench.slack.com/",
    }),
    "users.info": ({ user }) => ({ user: { id: user, team_id: TEAM, deleted: false, is_bot: false } }),
    "conversations.info": ({ channel }) => ({ channel: { id: channel, is_member: true, is_private: true } }),
    "chat.postMessage": post,
    "chat.update": ({ channel, ts }) => ({ channel, ts }),
    "views.publish": ({ user_id }) => {
      homes.get(user_id ?? "")?.();
      return {};
    },
    "chat.getPermalink": ({ channel, message_ts = "" }) => ({
      permalink: `https://bench.slack.com/archives/${channel}/p${message_ts.replace(".", "")}`,
    }),
  };
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const method = (request.url ?? "").replace(/^\/api\//, "");
      traffic.note(method);
      const answer = answers[method]?.(argsOf(request, body)) ?? {};
      response.setHeader("content-type", "application/json");
      if ("afterS" in answer) response.writeHead(429, { "retry-after": String(answer.afterS) });
      response.end(JSON.stringify({ ok: true, ...answer }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    card(id) {
      const there = arrived.get(id);
      arrived.delete(id);
      return there === undefined ? new Promise((resolve) => waiting.set(id, resolve)) : Promise.resolve(there);
    },
    home: (userId) => new Promise((resolve) => homes.set(userId, resolve)),
    posts: (channel) => posted.get(channel) ?? [],
    takeCalls: traffic.take,
    quiet: traffic.quiet,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function createTraffic() {
  let calls: Record<string, number> = {};
  let calledAt = 0;
  return {
    note(method: string) {
      calls[method] = (calls[method] ?? 0) + 1;
      calledAt = performance.now();
    },
    take() {
      const taken = calls;
      calls = {};
      return taken;
    },
    async quiet() {
      const started = performance.now();
      while (performance.now() - calledAt < 1000 && performance.now() - started < 60_000) await sleep(100);
    },
  };
}

/** In a form, what is more than text is JSON. */
const argsIn = (value: Metadata | string | undefined): Metadata =>
  typeof value === "string" ? JSON.parse(value) : (value ?? {});

/** JSON, or a form: the two ways in which Slack is asked. */
function argsOf({ headers }: IncomingMessage, body: string): Sent {
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  return isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}

function approveButton(blocks: Blocks): { blockId: string; value: string } | undefined {
  const found = blocks.flatMap(({ block_id, elements }) =>
    (elements ?? []).flatMap(({ action_id, value }) =>
      action_id === "approve" && value !== undefined ? [{ blockId: block_id ?? "", value }] : [],
    ),
  );
  return found[0];
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
