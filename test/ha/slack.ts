import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A Slack that takes everything, and keeps what it took: so that a message can be looked for, and one that came twice is seen. */
export const TEAM = "T0HA00000";
export const REVIEWER = "U0REVIEWER";

export type Card = { channel: string; ts: string; blockId: string; value: string };
export type KeepingSlack = {
  apiUrl: string;
  card(escalationId: string): Card | undefined;
  /** Messages with one delivery id, and cards of one escalation, that stand there more than once. */
  duplicates(): string[];
  posts(): number;
  /** What people were told for their eyes only. */
  told: string[];
  close(): Promise<void>;
};

type Blocks = { block_id?: string; elements?: { action_id?: string; value?: string }[] }[];
type Metadata = { event_payload?: { delivery_id?: string } };
type Message = { ts: string; thread_ts?: string | undefined; metadata: Metadata | null };
type Sent = {
  channel?: string;
  users?: string;
  user?: string;
  ts?: string;
  text?: string;
  oldest?: string;
  latest?: string;
  thread_ts?: string;
  blocks?: Blocks | string;
  metadata?: Metadata | string;
};

export async function startKeepingSlack(): Promise<KeepingSlack> {
  const channels = new Map<string, Message[]>();
  const cards = new Map<string, Card>();
  const counts = new Map<string, number>();
  const told: string[] = [];
  let posted = 0;
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const placeOf = (channel = "") => (channel.startsWith("U") ? `D${channel}` : channel);

  const post = (sent: Sent) => {
    const channel = placeOf(sent.channel);
    // Whoever looks for it asks for a span of time, by the clock.
    const ts = `${Math.floor(Date.now() / 1000)}.${String(++posted).padStart(6, "0")}`;
    const metadata = parsed<Metadata>(sent.metadata);
    channels.set(channel, [...(channels.get(channel) ?? []).slice(-3000), { ts, thread_ts: sent.thread_ts, metadata }]);
    const delivery = metadata?.event_payload?.delivery_id;
    if (delivery !== undefined) count(`delivery ${delivery}`);
    const button = approveButton(parsed<Blocks>(sent.blocks) ?? []);
    const id = button?.value.split(":")[0];
    if (sent.thread_ts === undefined && channel.startsWith("C") && button !== undefined && id !== undefined) {
      cards.set(id, { channel, ts, ...button });
      count(`card of ${id}`);
    }
    return { channel, ts, message: { ts } };
  };
  const within =
    ({ oldest = "0", latest = "9999999999" }: Sent) =>
    (message: Message) =>
      Number(message.ts) >= Number(oldest) && Number(message.ts) <= Number(latest);
  const read = (sent: Sent, ofThread: boolean) => ({
    messages: (channels.get(placeOf(sent.channel)) ?? [])
      .filter(within(sent))
      .filter(({ thread_ts }) => (ofThread ? thread_ts === sent.ts : thread_ts === undefined))
      .reverse(),
  });
  const answers: Record<string, (sent: Sent) => object> = {
    "auth.test": () => ({
      team_id: TEAM,
      user_id: "U0BOT",
      bot_id: "B0BOT",
      team: "HA",
      user: "bot",
      url: "https://ha.slack.com/",
    }),
    "users.info": ({ user }) => ({ user: { id: user, team_id: TEAM, deleted: false, is_bot: false } }),
    "conversations.info": ({ channel }) => ({ channel: { id: channel, is_member: true, is_private: true } }),
    "conversations.open": ({ users }) => ({ channel: { id: `D${users}` } }),
    "conversations.history": (sent) => read(sent, false),
    "conversations.replies": (sent) => read(sent, true),
    "chat.postMessage": post,
    "chat.postEphemeral": ({ text = "" }) => ({ message_ts: String(told.push(text)) }),
    "chat.update": ({ channel, ts }) => ({ channel, ts }),
    "chat.getPermalink": ({ channel }) => ({ permalink: `https://ha.slack.com/archives/${channel}/p1` }),
  };
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const method = (request.url ?? "").replace(/^\/api\//, "");
      const sent = argsOf(request, body);
      if (method === "response") told.push(sent.text ?? "");
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ok: true, ...answers[method]?.(sent) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    card: (id) => cards.get(id),
    duplicates: () => [...counts].filter(([, n]) => n > 1).map(([what, n]) => `${what}: ${n} times`),
    posts: () => posted,
    told,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const parsed = <T>(value: T | string | undefined): T | null => (typeof value === "string" ? JSON.parse(value) : (value ?? null));

/** JSON, or a form: the two ways in which Slack is asked. */
function argsOf({ headers }: IncomingMessage, body: string): Sent {
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  return isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
}

function approveButton(blocks: Blocks): { blockId: string; value: string } | undefined {
  for (const { block_id, elements } of blocks)
    for (const { action_id, value } of elements ?? [])
      if (action_id === "approve" && value !== undefined) return { blockId: block_id ?? "", value };
  return undefined;
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
