import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A Slack that takes everything at once: no limits, no checks, nothing kept. It measures the product and not Slack, and tells whoever waits for it when the
 * card of an escalation has arrived, with the button that approves it.
 */
export type Card = { channel: string; ts: string; blockId: string; value: string };
export type StandInSlack = {
  apiUrl: string;
  /** Resolves when the first card of the escalation with an Approve button has arrived. */
  card(escalationId: string): Promise<Card>;
  /** Calls by method since the last time it was asked. */
  takeCalls(): Record<string, number>;
  close(): Promise<void>;
};

export const TEAM = "T0BENCH";

export async function startStandInSlack(): Promise<StandInSlack> {
  const arrived = new Map<string, Card>();
  const waiting = new Map<string, (card: Card) => void>();
  let calls: Record<string, number> = {};
  let count = 0;

  const post = (form: URLSearchParams) => {
    const channel = form.get("channel") ?? "";
    const ts = `${1_700_000_000 + Math.floor(++count / 1e6)}.${String(count % 1e6).padStart(6, "0")}`;
    const blocks = form.get("blocks") ?? "";
    if (form.get("thread_ts") === null && blocks.includes('"approve"')) {
      const found = approveButton(blocks);
      const id = found?.value.split(":")[0];
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
  const answers: Record<string, (form: URLSearchParams) => object> = {
    "auth.test": () => ({
      team_id: TEAM,
      user_id: "U0BOT",
      bot_id: "B0BOT",
      team: "Bench",
      user: "bot",
      url: "https://bench.slack.com/",
    }),
    "users.info": (form) => ({ user: { id: form.get("user"), team_id: TEAM, deleted: false, is_bot: false } }),
    "conversations.info": (form) => ({ channel: { id: form.get("channel"), is_member: true, is_private: true } }),
    "chat.postMessage": post,
    "chat.update": (form) => ({ channel: form.get("channel"), ts: form.get("ts") }),
    "chat.getPermalink": (form) => ({ permalink: `https://bench.slack.com/archives/${form.get("channel")}/p1` }),
  };
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      const method = (request.url ?? "").replace(/^\/api\//, "");
      calls[method] = (calls[method] ?? 0) + 1;
      const answer = answers[method]?.(new URLSearchParams(body)) ?? {};
      response.setHeader("content-type", "application/json");
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
    takeCalls() {
      const taken = calls;
      calls = {};
      return taken;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function approveButton(blocks: string): { blockId: string; value: string } | undefined {
  type Element = { action_id?: string; value?: string };
  const found = (JSON.parse(blocks) as { block_id?: string; elements?: Element[] }[]).flatMap(({ block_id, elements }) =>
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
